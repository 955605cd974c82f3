"""How far from each other the people of a clip are, as a measure of how little a near one says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.boxes import Boxes

_USUAL = (8.0, 2.0, 0.25)
"""``Spread`` of other clips: what holds where this one has too few people to say."""

_USUAL_PAIRS = 200
"""So many pairs weigh what is usual."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean difference of two people in one picture: across and in depth in body heights, and of
    the logarithm of their heights."""

    across: float
    depth: float
    size: float


class SpreadMeter:
    """Measures the spread of a clip from some of its frames."""

    def __init__(self) -> None:
        self._sums, self._count = np.array(_USUAL) * _USUAL_PAIRS, float(_USUAL_PAIRS)

    def add(self, boxes: Boxes) -> None:
        """Count the people of one frame, at ``boxes`` (N, 4)."""
        height = boxes[:, 3] - boxes[:, 1]
        i, j = np.triu_indices(len(boxes), 1)
        mean = np.sqrt(height[i] * height[j])
        across = (boxes[i, 0] + boxes[i, 2] - boxes[j, 0] - boxes[j, 2]) / 2
        self._sums += (
            np.abs(across / mean).sum(),
            np.abs((boxes[i, 3] - boxes[j, 3]) / mean).sum(),
            np.abs(np.log(height[i] / height[j])).sum(),
        )
        self._count += len(i)

    def spread(self) -> Spread:
        """The spread of what was counted; little of it is filled up with what is usual."""
        across, depth, size = (self._sums / self._count).tolist()
        return Spread(across, depth, size)
