"""Spread of the people of a clip: the denser the crowd, the less proximity says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.boxes import Boxes


@dataclass(frozen=True, slots=True)
class PopulationScale:
    """Mean difference of two people in one image: across and in depth in body heights, and of
    the logarithm of their heights."""

    across: float
    depth: float
    size: float


@dataclass(frozen=True, slots=True)
class PopulationPrior:
    """What other clips say about a clip with few people in a frame.

    scale: theirs. pairs: how many pairs of people of the clip weigh as much as it.
    """

    scale: PopulationScale = PopulationScale(across=8.0, depth=2.0, size=0.25)
    pairs: int = 200


POPULATION_PRIOR = PopulationPrior()


class PopulationScaleMeter:
    """Measures the ``PopulationScale`` of a clip from some of its frames."""

    def __init__(self, prior: PopulationPrior = POPULATION_PRIOR) -> None:
        scale, pairs = prior.scale, float(prior.pairs)
        self._sums = np.array((scale.across, scale.depth, scale.size)) * pairs
        self._count = pairs

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
        """The scale of the frames added so far, shrunk towards the prior's."""
        across, depth, size = (self._sums / self._count).tolist()
        return PopulationScale(across, depth, size)
