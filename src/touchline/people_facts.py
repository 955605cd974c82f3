"""What a run remembers of its people: what the clip shows of each, and whom a gallery knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchline.errors import InputError, StoreError
from touchline.identities import UNKNOWN, Identities
from touchline.stored_facts import Number, StoredFacts


@dataclass(frozen=True, slots=True)
class PersonFound(StoredFacts):
    """What the clip itself shows of one identity.

    team: 0 or 1, 2 the officials, -1 unknown; number: -1 unknown.
    """

    identity: int
    role: str
    team: int
    team_confidence: Number
    number: int
    number_confidence: Number


@dataclass(frozen=True, slots=True)
class TeamShirt(StoredFacts):
    """The colour of a team's shirts, as 8-bit L, a, b. team: 0 or 1, 2 the officials."""

    team: int
    lab: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Recognised(StoredFacts):
    """One identity of a clip, and who of a gallery it is.

    state: known, doubtful, unknown, or new: added just now. person: of the gallery, None for
    nobody; where the state is doubtful, the likeliest. confidence: 0.5..1, that ``person`` is
    right rather than the runner-up (None: nobody of the gallery). team: A, B, officials or empty.
    """

    identity: int
    state: str
    person: int | None
    name: str
    team: str
    number: int | None
    role: str
    confidence: Number
    runner_up: int | None
    runner_up_name: str
    seconds: Number


def people_found(identities: Identities) -> tuple[PersonFound, ...]:
    """What to remember of ``identities``, of whom only the clip has told yet."""
    columns = (
        identities.ids,
        identities.roles,
        identities.teams,
        identities.team_confidences.round(4),
        identities.numbers,
        identities.number_confidences.round(4),
    )
    return tuple(
        PersonFound(*row) for row in zip(*(column.tolist() for column in columns), strict=True)
    )


def with_found(everybody: Identities, found: Sequence[PersonFound], where: str) -> Identities:
    """``everybody`` as ``found`` says of them.

    Raises StoreError, naming ``where`` it is from, if it is of others or says what cannot be.
    """
    if [person.identity for person in found] != everybody.ids.tolist():
        raise StoreError(
            f"{where}: its people are not those of its tracks: touchline link {where} makes both"
        )
    try:
        return replace(
            everybody,
            roles=np.array([person.role for person in found], everybody.roles.dtype),
            teams=np.array([person.team for person in found], np.int64),
            team_confidences=np.array([person.team_confidence for person in found], np.float64),
            numbers=np.array([person.number for person in found], np.int64),
            number_confidences=np.array([person.number_confidence for person in found], np.float64),
        )
    except (InputError, OverflowError) as error:
        raise StoreError(
            f"{where}: {error}: touchline link {where} makes its tracks again"
        ) from None


def with_recognised(people: Identities, rows: Iterable[Recognised]) -> Identities:
    """``people`` with the names and persons that a gallery knows.

    Of people recognised for certain their number too, where the clip shows none; no team, as a
    gallery's A may be the clip's B.
    """
    numbers, number_sure = people.numbers.copy(), people.number_confidences.copy()
    names, persons, doubtful = people.names.tolist(), people.persons.copy(), people.doubtful.copy()
    places = {identity: row for row, identity in enumerate(people.ids.tolist())}
    for one in rows:
        row = places.get(one.identity)
        if row is None or one.person is None or one.state == "unknown":
            continue
        names[row] = names[row] or one.name
        persons[row], doubtful[row] = one.person, one.state == "doubtful"
        if not doubtful[row] and numbers[row] == UNKNOWN and one.number is not None:
            numbers[row], number_sure[row] = one.number, one.confidence
    return replace(
        people,
        numbers=numbers,
        number_confidences=number_sure,
        names=np.array(names, np.str_).reshape(len(people)),
        persons=persons,
        doubtful=doubtful,
    )
