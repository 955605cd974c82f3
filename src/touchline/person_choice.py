"""Which people are meant: by identity, by name, or by number and team; the same way everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchline.errors import UsageError
from touchline.foreign_text import shown
from touchline.identities import TEAMS, UNKNOWN, Identities


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """What is said of the people who are meant; all that is given must hold.

    players: identities. number: of the shirt. team: A, B or officials. name: whole, in any case.
    """

    players: Sequence[int] = ()
    number: int | None = None
    team: str | None = None
    name: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is said at all."""
        told = (self.number, self.team, self.name)
        return bool(self.players) or any(one is not None for one in told)

    def __str__(self) -> str:
        told = [f"identity {player}" for player in self.players]
        told += [] if self.name is None else [f"name {shown(self.name)!r}"]
        told += [] if self.number is None else [f"number {self.number}"]
        told += [] if self.team is None else [f"team {shown(self.team)}"]
        return ", ".join(told)

    def people(self, identities: Identities) -> Identities:
        """Those of ``identities`` who are meant. Raises UsageError where there are none."""
        for player in self.players:
            identities.one(player)
        meant = np.ones(len(identities), np.bool_)
        if self.players:
            meant &= np.isin(identities.ids, self.players)
        if self.number is not None:
            meant &= identities.numbers == self.number
        if self.team is not None:
            meant &= identities.teams == team_code(self.team)
        if self.name is not None:
            wanted = self.name.strip().casefold()
            meant &= np.array(
                [name.casefold() == wanted for name in identities.names.tolist()], np.bool_
            )
        if not meant.any():
            raise UsageError(f"nobody has {self}: touchline info RUN lists everybody")
        return identities[meant]

    def person(self, identities: Identities) -> Identities:
        """The one who is meant, as a table of one. Raises UsageError where there are several."""
        people = self.people(identities)
        if len(people) > 1:
            several = ", ".join(str(one) for one in people.ids.tolist())
            raise UsageError(f"{self} are {len(people)} identities ({several}): give one of them")
        return people


def team_code(team: str) -> int:
    """The team of this name, in any case; -1 for ``unknown``. Raises UsageError for another."""
    codes = {name.casefold(): code for code, name in enumerate(TEAMS)} | {"unknown": UNKNOWN}
    code = codes.get(team.strip().casefold())
    if code is None:
        raise UsageError(f"team {shown(team)!r} is none: teams are {', '.join(TEAMS)}, or unknown")
    return code
