"""Spread of the people of a clip: the denser they are, the less proximity says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.boxes import Boxes

_DEFAULT = (8.0, 2.0, 0.25)
"""``PopulationScale`` of other clips: the default where a clip has too few people."""

_DEFAULT_PAIRS = 200
"""Weight of the default, in pairs."""


@dataclass(frozen=True, slots=True)
class PopulationScale:
    """Mean difference of two people in one image: across and in depth in body heights, and of
    the logarithm of their heights."""

    across: float
    depth: float
    size: float


class PopulationScaleMeter:
    """Measures the ``PopulationScale`` of a clip from some of its frames."""

    def __init__(self) -> None:
        self._sums, self._count = np.array(_DEFAULT) * _DEFAULT_PAIRS, float(_DEFAULT_PAIRS)

    def add(self, boxes: Boxes) -> None:
        """Add the people of one frame, at ``boxes`` (N, 4)."""
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

    def scale(self) -> PopulationScale:
        """The scale of the frames added so far, shrunk towards the default."""
        across, depth, size = (self._sums / self._count).tolist()
        return PopulationScale(across, depth, size)
