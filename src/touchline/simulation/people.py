"""People of a scene, and the place of each in the team's shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.columns import ROLE_DTYPE
from touchline.simulation.config import SimulationConfig
from touchline.types import Roles

PITCH = (105.0, 68.0)
"""Length and width in metres; the middle is (0, 0), the camera stands where y is negative."""

_LINES = ((-24.0, 0.4), (-6.0, 0.4), (12.0, 0.2))  # metres from the block's middle, share of team


@dataclass(frozen=True, slots=True)
class SimulatedPeople:
    """Parallel arrays, one row per person; the row is ``id - 1``.

    ids: (N,) int64 from 1. roles: (N,) role names. kits: (N,) names; people in one kit look alike.
    sides: (N,) +1 for who plays towards positive x, -1 for the other team, 0 for referees.
    homes: (N, 2) place in the team's shape, metres, with the attack towards positive x.
    heights: (N,) metres.
    """

    ids: NDArray[np.int64]
    roles: Roles
    kits: NDArray[np.str_]
    sides: NDArray[np.int64]
    homes: NDArray[np.float64]
    heights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)


def make_people(config: SimulationConfig, generator: np.random.Generator) -> SimulatedPeople:
    """Two teams of ``config.people``, the first of each its keeper, and the referees."""
    outfield = max(0, config.people - 1)
    keepers = min(1, config.people)
    team = keepers + outfield
    roles = ["goalkeeper"] * keepers + ["player"] * outfield
    roles = roles * 2 + ["referee"] * config.referees
    first, second, keeper, other_keeper, referee = config.kits
    kits = [keeper] * keepers + [first] * outfield
    kits += [other_keeper] * keepers + [second] * outfield + [referee] * config.referees
    homes = np.concatenate([np.zeros((keepers, 2)), _shape(outfield)])
    count = len(roles)
    return SimulatedPeople(
        np.arange(1, count + 1),
        np.array(roles, ROLE_DTYPE),
        np.array(kits, np.str_),
        np.repeat([1, -1, 0], [team, team, config.referees]),
        np.concatenate([homes, homes, np.zeros((config.referees, 2))]),
        np.clip(generator.normal(1.82, 0.06, count), 1.6, 2.05),
    )


def _shape(count: int) -> NDArray[np.float64]:
    """Places of ``count`` outfield players in three lines, spread over the width."""
    ends = np.round(np.cumsum([share for _, share in _LINES]) * count).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    places = []
    for (x, _), size in zip(_LINES, sizes, strict=True):
        y = (np.arange(size) + 0.5) / max(size, 1) * 52.0 - 26.0
        # A line of many stands staggered, so that nobody shares a place.
        places.append(np.column_stack([x + 3.0 * (np.arange(size) % 3 - 1.0), y]))
    return np.concatenate(places)
