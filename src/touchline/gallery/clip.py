"""The people of a finished run, with everything that tells who they are."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError, one_line
from touchline.gallery.people import ClipPeople, PersonEmbeddings
from touchline.identities import UNKNOWN, Identities
from touchline.linking.appearance_bins import AppearanceBins, collect_appearance
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts, RunInputs
from touchline.run.folder import RunFolder
from touchline.run.made import is_unchanged
from touchline.run.tables import people_of_clip, tracks_of
from touchline.types import TrackTable


def clip_people(run: Path) -> ClipPeople:
    """The identities of a run, apart from the ball, with everything that tells who they are.

    Raises UsageError for a run that has no tracks yet, whose tracks do not say which detections
    they are, or that was observed without an embedder.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        embedder = facts.models.embedder
        if embedder is None:
            raise UsageError(
                f"{run} was observed without appearance (embedder none), which a gallery needs: "
                "track it with an embedder"
            )
        table = _tracks_with_rows(folder, store, facts)
        people, _ = people_of_clip(folder, facts, table)
        people = people[people.roles != "ball"]
        # Who wears neither kit may wear one in another clip: only a known team is evidence.
        known = people.teams != UNKNOWN
        people = replace(people, team_confidences=np.where(known, people.team_confidences, 0.0))
        shown = table[np.isin(table.ids, people.ids)]
        bins = collect_appearance(store, shown)
    return ClipPeople(
        key=_clip_key(facts.inputs),
        tracks_key=_tracks_key(table),
        name=one_line(folder.path.resolve().name),
        embedder=embedder,
        people=_with_embeddings(people, bins, embedder.size),
        cannot_link=_cannot_link(people.ids, shown),
        recognised=facts.recognised,
    )


def _tracks_with_rows(folder: RunFolder, store: ObservationStore, facts: RunFacts) -> TrackTable:
    """The tracks as the last link wrote them, with the detections that they are."""
    path, rows = folder.path, store.track_rows()
    if facts.tracks is None:
        raise UsageError(f"{path} has no tracks yet: touchline link {path} makes them")
    table = tracks_of(folder)
    if rows is None:
        what = "was linked by an earlier version, whose tracks do not know their detections"
    elif len(rows) != len(table) or not is_unchanged(facts.tracks_made, folder.tracks_csv):
        what = "has a tracks.csv that was changed since it was made"
    else:
        return replace(table, rows=rows)
    raise UsageError(f"{path} {what}: touchline link {path} makes them again")


def _clip_key(inputs: RunInputs) -> str:
    """What tells a clip from others: the video and the part of it, however it was observed."""
    said = inputs.as_json()
    part = {name: said.get(name) for name in ("video", "simulation", "start", "end")}
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


def _tracks_key(table: TrackTable) -> str:
    """What tells these tracks from those of another linking, whatever people are called in them."""
    columns = (table.frames, table.ids, table.boxes)
    return hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()


def _with_embeddings(people: Identities, bins: AppearanceBins, size: int) -> PersonEmbeddings:
    """The identities and their embeddings, centred on the mean of the clip."""
    embeddings = bins.embeddings.reshape(-1, size)
    if len(embeddings):
        embeddings = embeddings - embeddings.mean(axis=0)
    owners = np.searchsorted(people.ids, bins.track_ids).astype(np.int64)
    return PersonEmbeddings(people, owners, embeddings, np.ones(len(bins)))


def _cannot_link(ids: NDArray[np.int64], table: TrackTable) -> NDArray[np.bool_]:
    """(P, P) True for two identities that have a box in one frame."""
    _, first = np.unique(table.frames, return_index=True)
    owners = np.searchsorted(ids, table.ids)
    cannot_link = np.zeros((len(ids), len(ids)), np.bool_)
    for members in np.split(owners, first[1:]):
        cannot_link[np.ix_(members, members)] = True
    np.fill_diagonal(cannot_link, False)
    return cannot_link
