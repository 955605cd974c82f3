"""The people of a clip as one table: who they are, how sure that is, and when they were seen."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.columns import MAX_SHIRT_NUMBER, ROLE_DTYPE
from touchline.data_frames import data_frame
from touchline.errors import InputError
from touchline.foreign_text import shown
from touchline.types import ROLES, Roles, TrackTable

UNKNOWN = -1
"""A team or a number that is not known."""

TEAMS = ("A", "B", "officials")
"""What teams 0, 1 and 2 are called; team A wears the lighter shirts."""

OFFICIALS = TEAMS.index("officials")
"""The team of referees and their assistants."""

_KINDS = {"ids": "i", "roles": "U", "teams": "i", "numbers": "i", "names": "U"}
"""Kinds of the columns' arrays; the others hold floats."""


@dataclass(frozen=True, slots=True)
class Identities:
    """One row for each identity of a clip, as parallel arrays, ascending by id.

    Args:
        ids: (I,) int64, as in the tracks; each once.
        roles: (I,) role names, one for the whole clip.
        teams: (I,) int64, 0 and 1 the two teams, 2 the officials, -1 unknown (see ``TEAMS``).
        team_confidences: (I,) float64 in 0..1, that ``teams`` is right; where that is -1, that
            they wear neither team's kit, as keepers do.
        numbers: (I,) int64 shirt numbers in 0..99, -1 unknown.
        number_confidences: (I,) float64 in 0..1, that ``numbers`` is right; 0 where unknown.
        seconds: (I,) float64, how long the identity was detected.
        names: (I,) text, empty where the name is not known.

    Raises:
        InputError: columns that are no arrays of one length and of their kind, an id given twice,
            a role, team, number, confidence or time outside its range.
    """

    ids: NDArray[np.int64]
    roles: Roles
    teams: NDArray[np.int64]
    team_confidences: NDArray[np.float64]
    numbers: NDArray[np.int64]
    number_confidences: NDArray[np.float64]
    seconds: NDArray[np.float64]
    names: NDArray[np.str_]

    def __post_init__(self) -> None:
        count = len(self.ids) if isinstance(self.ids, np.ndarray) and self.ids.ndim == 1 else 0
        for name in (column.name for column in fields(self)):
            column, kind = getattr(self, name), _KINDS.get(name, "f")
            if not isinstance(column, np.ndarray) or column.shape != (count,):
                raise InputError(f"{name} are {shown(column)}; an array ({count},) is needed")
            if count and column.dtype.kind != kind:
                raise InputError(f"{name} are an array of {column.dtype}, which cannot hold them")
        checks = {
            "ids must ascend, each once": np.diff(self.ids) <= 0,
            f"roles are {', '.join(ROLES)}": ~np.isin(self.roles, ROLES),
            f"teams lie in -1..{len(TEAMS) - 1}": (self.teams < UNKNOWN)
            | (self.teams >= len(TEAMS)),
            f"numbers lie in 0..{MAX_SHIRT_NUMBER}, -1 unknown": (self.numbers < UNKNOWN)
            | (self.numbers > MAX_SHIRT_NUMBER),
            "team confidences lie in 0..1": ~_share(self.team_confidences),
            "number confidences lie in 0..1": ~_share(self.number_confidences),
            "seconds are 0 or more": ~((self.seconds >= 0.0) & np.isfinite(self.seconds)),
        }
        for rule, bad in checks.items():
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise InputError(f"identity {self.ids[row]}: {rule}")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> Identities:
        """The rows picked by a boolean mask, an index array or a slice."""
        return Identities(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def nothing_known(cls, ids: NDArray[np.int64]) -> Identities:
        """People of whom nothing is known.

        Args:
            ids: (I,) int64, ascending.
        """
        count = len(ids)
        return cls(
            ids,
            np.full(count, "person", ROLE_DTYPE),
            np.full(count, UNKNOWN, np.int64),
            np.zeros(count),
            np.full(count, UNKNOWN, np.int64),
            np.zeros(count),
            np.zeros(count),
            np.full(count, ""),
        )

    @classmethod
    def of_tracks(cls, table: TrackTable, seconds_a_frame: float) -> Identities:
        """What a table of tracks alone tells: ids, the most frequent role, seconds detected.

        Args:
            table: the tracks.
            seconds_a_frame: 1 / frame rate.
        """
        ids, owners = np.unique(table.ids, return_inverse=True)
        count = len(ids)
        codes = np.array([ROLES.index(role) for role in table.roles.tolist()], np.int64)
        votes = np.bincount(owners * len(ROLES) + codes, minlength=count * len(ROLES))
        roles: Roles = np.array(ROLES)[votes.reshape(count, len(ROLES)).argmax(axis=1)]
        detected = np.bincount(owners[~table.interpolated], minlength=count)
        seconds = detected.astype(np.float64) * seconds_a_frame
        return replace(cls.nothing_known(ids), roles=roles, seconds=seconds)

    def one(self, identity: int) -> Identities:
        """The row of one id, as a table. Raises InputError for an id that is not there."""
        row = int(np.searchsorted(self.ids, identity))
        if row == len(self) or self.ids[row] != identity:
            raise InputError(f"there is no identity {identity}; ids are {_range(self.ids)}")
        return self[[row]]

    def name_roles(self, table: TrackTable) -> TrackTable:
        """``table``, whose ids are all here, with the one role of each identity."""
        return replace(table, roles=self.roles[np.searchsorted(self.ids, table.ids)])

    def with_names(self, names: dict[int, str]) -> Identities:
        """The same identities, those in ``names`` under their names."""
        called = [names.get(number, "") for number in self.ids.tolist()]
        return replace(self, names=np.array(called, np.str_).reshape(len(self)))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row an identity; UsageError where pandas is not installed.

        Teams by name; team, number and name are None where they are not known.
        """
        teams = [None if team == UNKNOWN else TEAMS[team] for team in self.teams.tolist()]
        numbers = [None if number == UNKNOWN else number for number in self.numbers.tolist()]
        return data_frame(
            {
                "identity": self.ids,
                "role": self.roles.astype(object),
                "team": np.array(teams, object),
                "team_confidence": self.team_confidences,
                "number": np.array(numbers, object),
                "number_confidence": self.number_confidences,
                "seconds": self.seconds,
                "name": np.array([name or None for name in self.names.tolist()], object),
            }
        )

    def label(self, row: int) -> str:
        """What a person reads: the name, else team and number, else the identity."""
        if self.names[row]:
            return str(self.names[row])
        team = "" if self.teams[row] == UNKNOWN else TEAMS[self.teams[row]]
        if self.numbers[row] != UNKNOWN:
            return f"{team} {self.numbers[row]}".strip()
        return f"{team} {self.roles[row]} {self.ids[row]}".strip()


def _share(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (values >= 0.0) & (values <= 1.0)


def _range(ids: NDArray[np.int64]) -> str:
    return f"{ids[0]} to {ids[-1]}" if len(ids) else "none"
