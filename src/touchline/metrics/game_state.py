"""GS-HOTA: HOTA of game states, with distance on the pitch and what is known of people.

Somers et al., "SoccerNet Game State Reconstruction", CVPRW 2024. Two people are alike by a Gaussian
of their distance in metres, and not at all where role, team or shirt number differ: a wrong number
makes a person wrong. The numbers are those of SoccerNet's own package (``sn-trackeval``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from touchline.errors import InputError
from touchline.identities import UNKNOWN
from touchline.metrics.alignment import Alignment, Overlaps, pairs_in_pieces
from touchline.metrics.hota import HotaScores, hota
from touchline.types import Floats, Ints, Roles

GAME_STATE_ROLES = ("player", "goalkeeper", "referee", "other")
"""What people are; the ball does not count."""

TOLERANCE = 5.0
"""Metres apart at which two places are alike by 0.05, the least overlap that counts."""

_AT_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class GameStates:
    """Who is where in the frames of a clip: one row a person and frame.

    Args:
        frames: (M,) int64 from 0.
        ids: (M,) int64 of a person; each once in a frame.
        places: (M, 2) metres.
        roles: (M,) of ``GAME_STATE_ROLES``.
        teams: (M,) int64 which team, -1 none or unknown; counts for players and goalkeepers.
        numbers: (M,) int64 of the shirt, -1 none or unknown; counts for players.
    """

    frames: Ints
    ids: Ints
    places: Floats
    roles: Roles
    teams: Ints
    numbers: Ints

    def __post_init__(self) -> None:
        count = len(self.frames)
        for name in (part.name for part in fields(self)):
            shape = (count, 2) if name == "places" else (count,)
            found = getattr(self, name).shape
            if found != shape:
                raise InputError(f"{name} of GameStates are {found}; an array {shape} is needed")
        unknown = ~np.isin(self.roles, GAME_STATE_ROLES)
        if unknown.any():
            raise InputError(
                f"role {str(self.roles[unknown][0])!r} of GameStates is none of "
                f"{', '.join(GAME_STATE_ROLES)}"
            )

    def __len__(self) -> int:
        return len(self.frames)

    def sorted(self) -> GameStates:
        """The same rows by frame, then id. Raises InputError for an id twice in a frame."""
        order = np.lexsort((self.ids, self.frames))
        columns = {part.name: getattr(self, part.name)[order] for part in fields(self)}
        same = (np.diff(columns["frames"]) == 0) & (np.diff(columns["ids"]) == 0)
        if same.any():
            row = int(np.flatnonzero(same)[0])
            raise InputError(
                f"id {columns['ids'][row]} is twice in frame {columns['frames'][row]} (counted "
                "from 0); a person is in one place"
            )
        return replace(self, **columns)

    def attributes(self) -> Ints:
        """(M,) one number for role, team and shirt number, as far as they count for the role."""
        role = np.array([GAME_STATE_ROLES.index(one) for one in self.roles.tolist()], np.int64)
        team = np.where(role <= GAME_STATE_ROLES.index("goalkeeper"), self.teams, UNKNOWN)
        number = np.where(role == GAME_STATE_ROLES.index("player"), self.numbers, UNKNOWN)
        return np.asarray((role * 10 + team + 1) * 100_000 + number + 1, np.int64)


def gs_hota(truth: GameStates, result: GameStates, tolerance: float = TOLERANCE) -> HotaScores:
    """GS-HOTA and its parts, of one sequence; either may be empty.

    tolerance: metres at which two places are hardly alike.
    """
    return hota(align_game_states(truth, result, tolerance))


def align_game_states(truth: GameStates, result: GameStates, tolerance: float) -> Alignment:
    """``truth`` and ``result`` of one sequence, whose overlaps are likenesses of game states."""
    truth, result = truth.sorted(), result.sorted()
    frames = np.union1d(truth.frames, result.frames)
    starts = [
        np.append(np.searchsorted(states.frames, frames), len(states)) for states in (truth, result)
    ]
    ids = [np.unique(states.ids) for states in (truth, result)]
    return Alignment(
        frames,
        1.0,
        ids[0],
        ids[1],
        np.searchsorted(ids[0], truth.ids),
        starts[0],
        np.searchsorted(ids[1], result.ids),
        starts[1],
        _likenesses(truth, starts[0], result, starts[1], tolerance),
    )


def _likenesses(
    truth: GameStates, truth_starts: Ints, result: GameStates, result_starts: Ints, tolerance: float
) -> Overlaps:
    """The pairs of people who are told alike, of each frame."""
    mine, theirs = truth.attributes(), result.attributes()
    sigma = tolerance / np.sqrt(-2 * np.log(_AT_TOLERANCE))
    found: list[tuple[Ints, Ints, Floats]] = [
        (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    ]
    for rows, columns in pairs_in_pieces(truth_starts, result_starts):
        told = mine[rows] == theirs[columns]
        rows, columns = rows[told], columns[told]
        # The order of the sums is the package's: likenesses agree to the last bit.
        apart = np.sqrt(((truth.places[rows] - result.places[columns]) ** 2).sum(axis=-1))
        alike = np.exp(-0.5 * (apart / sigma) ** 2)
        some = alike > 0
        found.append((rows[some], columns[some], alike[some]))
    true_rows, result_rows, alike = (np.concatenate(one) for one in zip(*found, strict=True))
    return Overlaps(true_rows, result_rows, alike, np.searchsorted(true_rows, truth_starts))
