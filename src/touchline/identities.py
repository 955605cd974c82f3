"""The people of a clip as one table: who they are, how sure that is, and when they were seen."""

from __future__ import annotations

from collections.abc import Mapping
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

NOBODY = -1
"""Stands for nobody known among persons of a gallery."""

_KINDS = {"ids": "i", "roles": "U", "teams": "i", "numbers": "i", "names": "U"}
_KINDS |= {"persons": "i", "doubtful": "b"}
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
        persons: (I,) int64, who of a gallery they are, -1 nobody known.
        doubtful: (I,) bool, True where ``persons`` and the name with it are a guess.
        first_times: (I,) float64 seconds of the video of the first box; NaN for whoever is not
            seen in a clip.
        last_times: (I,) float64 the same of the last box.
        interpolated_shares: (I,) float64 in 0..1, of the boxes.
        least_confidences: (I,) float64 in 0..1, of the box that is least sure to be theirs; NaN
            where that is not known.
        least_sure_times: (I,) float64 seconds of that box; NaN where it is not known.

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
    persons: NDArray[np.int64]
    doubtful: NDArray[np.bool_]
    first_times: NDArray[np.float64]
    last_times: NDArray[np.float64]
    interpolated_shares: NDArray[np.float64]
    least_confidences: NDArray[np.float64]
    least_sure_times: NDArray[np.float64]

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
            "interpolated shares lie in 0..1": ~_share(self.interpolated_shares),
            "least confidences lie in 0..1": ~(
                _share(self.least_confidences) | np.isnan(self.least_confidences)
            ),
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
            np.full(count, NOBODY, np.int64),
            np.zeros(count, np.bool_),
            np.full(count, np.nan),
            np.full(count, np.nan),
            np.zeros(count),
            np.full(count, np.nan),
            np.full(count, np.nan),
        )

    @classmethod
    def of_tracks(cls, table: TrackTable, seconds_a_frame: float) -> Identities:
        """What a table of tracks alone tells: ids, the most frequent role, when they were seen.

        Args:
            table: the tracks.
            seconds_a_frame: 1 / frame rate.
        """
        ids, owners = np.unique(table.ids, return_inverse=True)
        count = len(ids)
        codes = np.zeros(len(table), np.int64)
        for code, role in enumerate(ROLES):
            codes[table.roles == role] = code
        votes = np.bincount(owners * len(ROLES) + codes, minlength=count * len(ROLES))
        roles: Roles = np.array(ROLES)[votes.reshape(count, len(ROLES)).argmax(axis=1)]
        detected = np.bincount(owners[~table.interpolated], minlength=count)
        boxes = np.bincount(owners, minlength=count)
        first, last = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(first, owners, table.times)
        np.maximum.at(last, owners, table.times)
        sure = np.full(count, np.nan)
        moments = sure.copy()
        if table.confidences is not None and count:
            sure = np.full(count, np.inf)
            np.minimum.at(sure, owners, table.confidences)
            least = np.flatnonzero(table.confidences == sure[owners])
            moments = np.full(count, np.inf)
            np.minimum.at(moments, owners[least], table.times[least])
        return replace(
            cls.nothing_known(ids),
            roles=roles,
            seconds=detected.astype(np.float64) * seconds_a_frame,
            first_times=first,
            last_times=last,
            interpolated_shares=1.0 - detected / np.maximum(boxes, 1),
            least_confidences=sure,
            least_sure_times=moments,
        )

    def one(self, identity: int) -> Identities:
        """The row of one id, as a table. Raises InputError for an id that is not there."""
        row = int(np.searchsorted(self.ids, identity))
        if row == len(self) or self.ids[row] != identity:
            raise InputError(f"there is no identity {identity}; ids are {_range(self.ids)}")
        return self[[row]]

    def name_roles(self, table: TrackTable) -> TrackTable:
        """``table``, whose ids are all here, with the one role of each identity."""
        return replace(table, roles=self.roles[np.searchsorted(self.ids, table.ids)])

    def with_names(self, names: Mapping[int, str]) -> Identities:
        """The same identities, those in ``names`` under their names."""
        called = [names.get(number, "") for number in self.ids.tolist()]
        return replace(self, names=np.array(called, np.str_).reshape(len(self)))

    def columns(self) -> dict[str, list[Any]]:
        """Plain values by the names they have in ``players.csv``; None where not known."""
        unknown_teams = self.teams == UNKNOWN
        return {
            "identity": self.ids.tolist(),
            "name": [name or None for name in self.names.tolist()],
            "team": _or_none([TEAMS[team] for team in self.teams.tolist()], unknown_teams),
            "role": self.roles.tolist(),
            "number": _or_none(self.numbers.tolist(), self.numbers == UNKNOWN),
            "first_time": _or_none(self.first_times.tolist(), np.isnan(self.first_times)),
            "last_time": _or_none(self.last_times.tolist(), np.isnan(self.last_times)),
            "seconds": self.seconds.tolist(),
            "interpolated_share": self.interpolated_shares.tolist(),
            "least_sure_time": _or_none(
                self.least_sure_times.tolist(), np.isnan(self.least_sure_times)
            ),
            "least_confidence": _or_none(
                self.least_confidences.tolist(), np.isnan(self.least_confidences)
            ),
            "team_confidence": self.team_confidences.tolist(),
            "number_confidence": self.number_confidences.tolist(),
            "person": _or_none(self.persons.tolist(), self.persons == NOBODY),
        }

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row an identity; UsageError where pandas is not installed.

        Columns as in ``players.csv``; team, number, name and person are None where not known.
        """
        columns = self.columns()
        loose = {"name", "team", "role", "number", "person"}
        return data_frame(
            {
                name: np.array(values, object if name in loose else np.float64)
                for name, values in columns.items()
            }
            | {"identity": self.ids}
        )

    def label(self, row: int) -> str:
        """What a person reads: the name, else team and number, else the identity."""
        if self.names[row]:
            return str(self.names[row])
        team = "" if self.teams[row] == UNKNOWN else TEAMS[self.teams[row]]
        if self.numbers[row] != UNKNOWN:
            return f"{team} {self.numbers[row]}".strip()
        return f"{team} {self.roles[row]} {self.ids[row]}".strip()


def _or_none(values: list[Any], unknown: NDArray[np.bool_]) -> list[Any]:
    return [None if gone else one for one, gone in zip(values, unknown.tolist(), strict=True)]


def _share(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (values >= 0.0) & (values <= 1.0)


def _range(ids: NDArray[np.int64]) -> str:
    return f"{ids[0]} to {ids[-1]}" if len(ids) else "none"
