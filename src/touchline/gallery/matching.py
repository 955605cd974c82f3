"""Recognise the people of a clip among those of a gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.gallery.assignment import NOBODY, choose
from touchline.gallery.config import GalleryConfig
from touchline.gallery.evidence import log_odds, oriented
from touchline.gallery.people import ClipPeople, PersonEmbeddings
from touchline.identities import Identities

NO_PERSON = -1
"""Stands for nobody known among person numbers."""

_CERTAIN = 100.0
"""Log odds of what a user says."""

STATES = ("known", "doubtful", "unknown")
"""Recognised; perhaps the one named; nobody of the gallery."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Who the identities of a clip are, as parallel arrays in the order of the clip's people.

    identities: (I,) of the clip, with teams named as in the gallery. persons: (I,) int64, the
    person of the gallery that an identity most likely is, or NO_PERSON. confidences: (I,) float64
    in 0.5..1, that this is so and not the runner-up. runners_up: (I,) int64, a person or NO_PERSON.
    states: (I,) names from STATES.
    """

    identities: Identities
    persons: NDArray[np.int64]
    confidences: NDArray[np.float64]
    runners_up: NDArray[np.int64]
    states: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.identities)


def match_people(
    clip: ClipPeople,
    gallery: PersonEmbeddings,
    config: GalleryConfig,
    *,
    closed: bool = False,
    given: Mapping[int, int] | None = None,
) -> Matches:
    """Match the people of ``clip`` to those of ``gallery``, all decided together.

    Both from one embedder. closed: everybody in the clip is in the gallery. given: persons by track
    id, given by the user. Raises UsageError where those are impossible.
    """
    given = given or {}
    _check_given(given, clip, gallery)
    if not len(gallery) or not len(clip.people):
        return _nobody_known(clip)
    people = oriented(clip.people, gallery)
    prior = np.log((1.0 - config.unknown_fraction) / len(gallery) / config.unknown_fraction)
    scores = log_odds(people, gallery, clip.cannot_link, config) + prior
    for track_id, person in given.items():
        row = np.searchsorted(people.ids, track_id)
        scores[row] = -np.inf
        scores[row, np.searchsorted(gallery.ids, person)] = _CERTAIN
    choices = choose(scores, clip.cannot_link, closed=closed)
    confidences = 1.0 / (1.0 + np.exp(-np.minimum(choices.margins, 50.0)))
    persons = _persons(gallery, choices.chosen)
    known = (persons != NO_PERSON) & (confidences >= config.min_confidence)
    # Barely nobody is as doubtful as barely somebody.
    nobody = (persons == NO_PERSON) & (confidences >= config.min_confidence)
    states = np.select([known, nobody], ["known", "unknown"], "doubtful")
    return Matches(
        people.identities,
        persons,
        confidences,
        _persons(gallery, choices.runners_up),
        states,
    )


def _persons(gallery: PersonEmbeddings, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(positions == NOBODY, NO_PERSON, gallery.ids[positions])


def _nobody_known(clip: ClipPeople) -> Matches:
    count = len(clip.people)
    nobody = np.full(count, NO_PERSON, np.int64)
    return Matches(
        clip.people.identities,
        nobody,
        np.ones(count),
        nobody.copy(),
        np.full(count, "unknown"),
    )


def _check_given(given: Mapping[int, int], clip: ClipPeople, gallery: PersonEmbeddings) -> None:
    places: dict[int, list[int]] = {}
    for track_id, person in given.items():
        if track_id not in clip.people.ids:
            raise UsageError(f"{clip.name} has no identity {track_id}: tracks.csv names them")
        if person not in gallery.ids:
            raise UsageError(f"the gallery holds no person {person}: touchline gallery list")
        place = int(np.searchsorted(clip.people.ids, track_id))
        for other in places.setdefault(person, []):
            if clip.cannot_link[place, other]:
                raise UsageError(
                    f"identities {clip.people.ids[other]} and {track_id} cannot both be person "
                    f"{person}: they were seen in one frame"
                )
        places[person].append(place)
