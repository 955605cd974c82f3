"""Adding the people of a clip to a gallery."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import NO_PERSON, Matches
from touchline.gallery.people import ClipPeople
from touchline.gallery.rows import keep_better, keep_cannot_link, make_room, write_embeddings
from touchline.gallery.store import Gallery
from touchline.identities import UNKNOWN, Identities
from touchline.types import Ints

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the identities of a clip, in their order.

    persons: (I,) int64, the person each is in the gallery now, or NO_PERSON for one left out.
    new: (I,) bool, True where that person was not there before.
    """

    persons: Ints
    new: NDArray[np.bool_]


def add_people(
    gallery: Gallery,
    clip: ClipPeople,
    matches: Matches,
    config: GalleryConfig,
    *,
    roster: int | None = None,
) -> Added:
    """Add the people of a clip: recognised ones to their persons, unknown ones as new people.

    Left out are those who are doubtful, were seen for less than ``config.min_seconds`` or never
    embedded, and, once ``roster`` people are in the gallery, everybody not among them; those seen
    longest go first. Raises UsageError for a clip that was added before.
    """
    if gallery.clip_of(clip.key) is not None:
        raise UsageError(
            f"{clip.name} is in {gallery.file} already: remove clip {gallery.clip_of(clip.key)} "
            "first to add it again (touchline gallery remove --clip)"
        )
    persons = np.where(matches.states == "known", matches.persons, NO_PERSON)
    seconds = clip.people.identities.seconds
    newcomers = (
        (matches.states == "unknown")
        & (seconds >= config.min_seconds)
        & (clip.people.weights() > 0)
    )
    rows = np.flatnonzero(newcomers)
    rows = rows[np.argsort(-seconds[rows], kind="stable")]
    if roster is not None:
        rows = rows[: max(roster - len(gallery.listed()), 0)]
    rows = np.sort(rows)
    for row in rows.tolist():
        persons[row] = _new_person(gallery, matches.identities, row)
    number = _insert_clip(gallery, clip)
    _keep_sightings(gallery, number, clip, persons)
    _keep_cannot_links(gallery, number, clip.cannot_link, persons)
    _keep_embeddings(gallery, number, clip, persons, config.max_embeddings)
    _keep_what_is_known(gallery, matches.identities, persons)
    new = np.zeros(len(persons), np.bool_)
    new[rows] = True
    return Added(persons, new)


def _insert_clip(gallery: Gallery, clip: ClipPeople) -> int:
    cursor = gallery.connection.execute(
        "INSERT INTO clips (key, tracks, name) VALUES (?, ?, ?)",
        (clip.key, clip.tracks_key, clip.name),
    )
    return int(cursor.lastrowid or 0)


def _new_person(gallery: Gallery, people: Identities, row: int) -> int:
    cursor = gallery.connection.execute(
        "INSERT INTO people (team, team_confidence, number, number_confidence, role) "
        "VALUES (?, 0, ?, 0, ?)",
        (UNKNOWN, UNKNOWN, str(people.roles[row])),
    )
    return int(cursor.lastrowid or 0)


def _keep_sightings(gallery: Gallery, number: int, clip: ClipPeople, persons: Ints) -> None:
    seconds = clip.people.identities.seconds
    columns = (clip.people.ids.tolist(), persons.tolist(), seconds.tolist())
    gallery.connection.executemany(
        "INSERT INTO sightings VALUES (?, ?, ?, ?)",
        [(number, track, who, time) for track, who, time in zip(*columns, strict=True) if who > 0],
    )


def _keep_cannot_links(
    gallery: Gallery, number: int, cannot_link: NDArray[np.bool_], persons: Ints
) -> None:
    for row, column in np.argwhere(np.triu(cannot_link, 1)).tolist():
        first, second = int(persons[row]), int(persons[column])
        if first != NO_PERSON and second != NO_PERSON:
            keep_cannot_link(gallery, first, second, number)


def _keep_embeddings(
    gallery: Gallery, number: int, clip: ClipPeople, persons: Ints, max_embeddings: int
) -> None:
    """The clip's embeddings of each person, few enough to leave room for their other clips."""
    of_embedding = persons[clip.people.owners]
    for person in np.unique(of_embedding[of_embedding != NO_PERSON]).tolist():
        mine = of_embedding == person
        write_embeddings(
            gallery, person, number, clip.people.embeddings[mine], clip.people.counts[mine]
        )
        make_room(gallery, person, max_embeddings)


def _keep_what_is_known(gallery: Gallery, people: Identities, persons: Ints) -> None:
    for row in np.flatnonzero(persons != NO_PERSON).tolist():
        _keep_name(gallery, int(persons[row]), str(people.names[row]))
        keep_better(
            gallery,
            int(persons[row]),
            int(people.teams[row]),
            float(people.team_confidences[row]),
            int(people.numbers[row]),
            float(people.number_confidences[row]),
            str(people.roles[row]),
        )


def _keep_name(gallery: Gallery, person: int, name: str) -> None:
    """Name a person as the run does, unless a name is in the way."""
    if not name:
        return
    told = gallery.connection.execute(
        "SELECT person, name FROM people WHERE name = ? OR person = ?", (name, person)
    ).fetchall()
    others = [(who, called) for who, called in told if called and (who, called) != (person, name)]
    if others:
        who, called = others[0]
        logger.warning(
            "person %s is not named %s, as the run says: person %s is %s; touchline gallery name "
            "or merge settles it",
            *(person, name, who, called),
        )
        return
    gallery.connection.execute("UPDATE people SET name = ? WHERE person = ?", (name, person))
