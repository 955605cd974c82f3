"""Which team every tracklet plays for, from the colours of shirts over the whole clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.types import Roles

UNKNOWN, OFFICIALS = -1, 2
"""What ``TeamTable.teams`` holds besides 0 and 1, the two teams."""


@dataclass(frozen=True, slots=True)
class TeamTable:
    """The team of every tracklet of a clip, as parallel arrays, ascending by id.

    track_ids: (T,) int64. teams: (T,) int64, 0 or 1 the two teams, 2 officials, -1 unknown.
    roles: (T,) role names. confidences: (T,) float64 in 0..1, that ``teams`` is right; 0 where
    unknown.
    """

    track_ids: NDArray[np.int64]
    teams: NDArray[np.int64]
    roles: Roles
    confidences: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> TeamTable:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, "<U10"), np.empty(0))
