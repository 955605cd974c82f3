"""The people of run folders and galleries: add them, recognise them, say who is who."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.formats.table import read_csv
from touchline.gallery.adding import add_people
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import Matches, match_people
from touchline.gallery.people import (
    TEAMS,
    UNKNOWN,
    ClipPeople,
    EmbedderFacts,
    Features,
    People,
)
from touchline.gallery.people_file import Appearance, write_people
from touchline.gallery.store import Gallery, Person, opened
from touchline.linking.looks import Looks, collect_looks
from touchline.observations import ObservationStore
from touchline.run.folder import RunFolder
from touchline.types import TrackTable


def match_run(
    run: Path,
    file: Path,
    config: GalleryConfig,
    *,
    closed: bool = False,
    roster: int | None = None,
    given: Mapping[int, int] | None = None,
) -> list[Appearance]:
    """Who of a gallery the identities of a run are; also written to the run's people.csv.

    closed: everybody in the clip is in the gallery; so it is too once it holds ``roster`` people.
    given: persons by identity, from somebody who knows. The gallery stays as it is.

    Raises UsageError for a run without tracks or appearance and for one of another embedder.
    """
    clip = clip_people(run)
    with opened(file) as gallery:
        matches = _match(gallery, clip, config, closed, roster, given)
        rows = _appearances(clip, matches, gallery.listed())
    write_people(rows, RunFolder(run).people)
    return rows


def add_run(
    run: Path,
    file: Path,
    config: GalleryConfig,
    *,
    closed: bool = False,
    roster: int | None = None,
    given: Mapping[int, int] | None = None,
) -> list[Appearance]:
    """Keep the people of a run in a gallery, which is made where there is none.

    Who is recognised is kept with who he is, who is unknown becomes a new person, who is doubtful
    is left out, as is everybody new beyond ``roster`` people. The run's people.csv says who each
    identity is then. Raises UsageError as ``match_run``, and for a clip that was added before.
    """
    clip = clip_people(run)
    with opened(file, write=True, create=clip.embedder) as gallery:
        matches = _match(gallery, clip, config, closed, roster, given)
        added = add_people(gallery, clip, matches, config, roster=roster)
        states = np.where(added.new, "known", matches.states)
        persons = np.where(added.new, added.persons, matches.persons)
        shown = Matches(
            matches.track_ids,
            persons,
            matches.confidences,
            matches.runners_up,
            states,
            matches.features,
        )
        rows = _appearances(clip, shown, gallery.listed())
    write_people(rows, RunFolder(run).people)
    return rows


def clip_people(run: Path) -> ClipPeople:
    """The identities of a run, apart from the ball, with everything that tells who they are.

    Raises UsageError for a run that has no tracks yet, or was observed without an embedder.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = store.facts()
        embedder = facts["models"].get("embedder")
        if embedder is None:
            raise UsageError(
                f"{run} was observed without appearance (--reid none), which a gallery lives on: "
                "track it with an embedder"
            )
        if facts["tracks"] is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        table = read_csv(folder.tracks_csv)
        table = table[table.roles != "ball"]
        looks = collect_looks(store, table)
    ids = np.unique(table.ids)
    return ClipPeople(
        key=_clip_key(facts["inputs"]),
        tracks_key=hashlib.sha256(folder.tracks_csv.read_bytes()).hexdigest(),
        name=folder.path.resolve().name,
        embedder=EmbedderFacts(embedder["name"], embedder["sha256"], embedder["size"]),
        people=_people(ids, looks, _features(ids, table), embedder["size"]),
        seconds=_seconds(ids, table, facts["video"]["fps"]),
        apart=_apart(ids, table),
    )


def _match(
    gallery: Gallery,
    clip: ClipPeople,
    config: GalleryConfig,
    closed: bool,
    roster: int | None,
    given: Mapping[int, int] | None,
) -> Matches:
    gallery.embedder.require_same(clip.embedder, str(gallery.file), clip.name)
    people = gallery.people()
    if roster is not None and roster < len(people):
        raise UsageError(
            f"{gallery.file} holds {len(people)} people, more than a roster of {roster}: "
            "touchline gallery merge or remove whom there is too much"
        )
    full = roster is not None and roster == len(people)
    # Who was added from these very tracks is himself.
    known = gallery.remembered(clip.key, clip.tracks_key) | dict(given or {})
    return match_people(clip, people, config, closed=closed or full, given=known)


def _clip_key(inputs: Mapping[str, Any]) -> str:
    """What tells a clip from others: the video and the part of it, however it was observed."""
    part = {name: inputs.get(name) for name in ("video", "simulation", "start", "end")}
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


def _people(ids: NDArray[np.int64], looks: Looks, features: Features, size: int) -> People:
    """The identities and their looks, as seen from the mean look of the clip."""
    embeddings = looks.embeddings.reshape(-1, size)
    if len(embeddings):
        embeddings = embeddings - embeddings.mean(axis=0)
    owners = np.searchsorted(ids, looks.track_ids).astype(np.int64)
    return People(ids, features, owners, embeddings, np.ones(len(looks)))


def _features(ids: NDArray[np.int64], table: TrackTable) -> Features:
    """What the run says of its identities; a role is the one that most boxes have."""
    features = Features.nothing_known(len(ids))
    for row, track_id in enumerate(ids.tolist()):
        roles, counts = np.unique(table.roles[table.ids == track_id], return_counts=True)
        features.roles[row] = roles[counts.argmax()]
    return features


def _seconds(ids: NDArray[np.int64], table: TrackTable, fps: float) -> NDArray[np.float64]:
    """(P,) how long each identity was detected."""
    detected = np.searchsorted(ids, table.ids[~table.interpolated])
    return np.bincount(detected, minlength=len(ids)) / fps


def _apart(ids: NDArray[np.int64], table: TrackTable) -> NDArray[np.bool_]:
    """(P, P) True for two identities that have a box in one frame."""
    _, first = np.unique(table.frames, return_index=True)
    owners = np.searchsorted(ids, table.ids)
    apart = np.zeros((len(ids), len(ids)), np.bool_)
    for members in np.split(owners, first[1:]):
        apart[np.ix_(members, members)] = True
    np.fill_diagonal(apart, False)
    return apart


def _appearances(clip: ClipPeople, matches: Matches, listed: list[Person]) -> list[Appearance]:
    people = {person.person: person for person in listed}
    rows = []
    for row, track_id in enumerate(matches.track_ids.tolist()):
        who = people.get(int(matches.persons[row]))
        second = people.get(int(matches.runners_up[row]))
        team = int(matches.features.teams[row]) if who is None else who.team
        number = int(matches.features.numbers[row]) if who is None else who.number
        rows.append(
            Appearance(
                track_id=track_id,
                state=str(matches.states[row]),
                person=None if who is None else who.person,
                name="" if who is None else who.name or "",
                team=TEAMS[team] if team != UNKNOWN else "",
                number=number if number != UNKNOWN else None,
                role=str(matches.features.roles[row]),
                confidence=round(float(matches.confidences[row]), 4),
                runner_up=None if second is None else second.person,
                runner_up_name="" if second is None else second.name or "",
                seconds=round(float(clip.seconds[row]), 3),
            )
        )
    return rows
