"""Occlusion judged by the boxes alone: of two people the one with the lower feet is nearer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas, intersection_areas


def hidden_shares(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each of (N, 4) boxes the share in 0..1 that nearer people cover, and who covers most.

    The second array holds a row of ``boxes``, or -1 where nobody covers anything. Several
    occluders count as if they lay at random, which is exact for one.
    """
    count = len(boxes)
    if not count:
        return np.empty(0), np.empty(0, np.int64)
    covered = intersection_areas(boxes, boxes)
    covered /= np.maximum(areas(boxes), 1e-9)[:, None]
    covered *= boxes[None, :, 3] > boxes[:, None, 3]
    by = covered.argmax(axis=1)
    by[covered[np.arange(count), by] <= 0.0] = -1
    return 1.0 - np.prod(1.0 - covered, axis=1), by
