"""The people of a finished run, with everything that tells who they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes, ClothesCollector
from touchline.disk_files import file_sha256
from touchline.errors import UsageError, one_line
from touchline.formats.table import read_csv
from touchline.gallery.people import ClipPeople, Features, PersonEmbeddings
from touchline.identities import UNKNOWN
from touchline.linking.appearance_bins import AppearanceBins, collect_appearance
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import RunFacts, RunInputs
from touchline.run.folder import RunFolder
from touchline.types import TrackTable


def clip_people(run: Path) -> ClipPeople:
    """The identities of a run, apart from the ball, with everything that tells who they are.

    Raises UsageError for a run that has no tracks yet, or was observed without an embedder.
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
        if facts.tracks is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        table = read_csv(folder.tracks_csv)
        table = table[table.roles != "ball"]
        clothes = ClothesCollector()
        bins = collect_appearance(_with_clothes(store, table, clothes), table)
    ids = np.unique(table.ids)
    return ClipPeople(
        key=_clip_key(facts.inputs),
        tracks_key=file_sha256(folder.tracks_csv),
        name=one_line(folder.path.resolve().name),
        embedder=embedder,
        people=_people(ids, bins, _features(ids, table, clothes.clothes()), embedder.size),
        seconds=_seconds(ids, table, facts.video.fps),
        cannot_link=_cannot_link(ids, table),
    )


def _clip_key(inputs: RunInputs) -> str:
    """What tells a clip from others: the video and the part of it, however it was observed."""
    said = inputs.as_json()
    part = {name: said.get(name) for name in ("video", "simulation", "start", "end")}
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


def _people(
    ids: NDArray[np.int64], bins: AppearanceBins, features: Features, size: int
) -> PersonEmbeddings:
    """The identities and their embeddings, centred on the mean of the clip."""
    embeddings = bins.embeddings.reshape(-1, size)
    if len(embeddings):
        embeddings = embeddings - embeddings.mean(axis=0)
    owners = np.searchsorted(ids, bins.track_ids).astype(np.int64)
    return PersonEmbeddings(ids, features, owners, embeddings, np.ones(len(bins)))


def _with_clothes(
    store: ObservationStore, table: TrackTable, clothes: ClothesCollector
) -> Iterator[Observation]:
    """The observations, whose clothes are gathered in passing: a long store is read once."""
    detected = table[~table.interpolated]
    for observation in store:
        rows = detected.rows_at(observation.frame)
        ids, boxes = detected.ids[rows], detected.boxes[rows]
        clothes.add(observation.time, ids, boxes, observation.detections)
        yield observation


def _features(ids: NDArray[np.int64], table: TrackTable, clothes: Clothes) -> Features:
    """Role, as the tracks say it, team and number of each identity."""
    features = Features.nothing_known(len(ids))
    for row, track_id in enumerate(ids.tolist()):
        roles, counts = np.unique(table.roles[table.ids == track_id], return_counts=True)
        features.roles[row] = roles[counts.argmax()]
    teams, numbers = clothes.teams(), clothes.shirt_numbers()
    rows = np.searchsorted(ids, teams.track_ids)
    features.teams[rows] = teams.teams
    features.team_confidences[rows] = np.where(teams.teams == UNKNOWN, 0.0, teams.confidences)
    rows = np.searchsorted(ids, numbers.track_ids)
    features.numbers[rows] = numbers.numbers
    features.number_confidences[rows] = numbers.confidences
    return features


def _seconds(ids: NDArray[np.int64], table: TrackTable, fps: float) -> NDArray[np.float64]:
    """(P,) how long each identity was detected."""
    detected = np.searchsorted(ids, table.ids[~table.interpolated])
    return np.bincount(detected, minlength=len(ids)) / fps


def _cannot_link(ids: NDArray[np.int64], table: TrackTable) -> NDArray[np.bool_]:
    """(P, P) True for two identities that have a box in one frame."""
    _, first = np.unique(table.frames, return_index=True)
    owners = np.searchsorted(ids, table.ids)
    cannot_link = np.zeros((len(ids), len(ids)), np.bool_)
    for members in np.split(owners, first[1:]):
        cannot_link[np.ix_(members, members)] = True
    np.fill_diagonal(cannot_link, False)
    return cannot_link
