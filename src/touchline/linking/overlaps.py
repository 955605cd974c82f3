"""Overlapping boxes within frames, for a whole clip at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas

_PAIRS_AT_ONCE = 200_000

_LEVEL = 0.25
"""Heads or feet are level below this difference, in heights of the smaller box."""


def boxes_inside(
    frames: NDArray[np.int64], boxes: Boxes, min_share: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of rows of one frame: more than ``min_share`` of the first box lies in the second.

    frames: (M,) ascending. boxes: (M, 4) corner pixels. Mutual overlaps give two pairs.
    """
    size = areas(boxes)
    starts = np.flatnonzero(np.diff(frames, prepend=-1))
    counts = np.diff(np.append(starts, len(frames)))
    inner, outer = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    # Frames with equally many boxes are batched: a loop over a whole match is slow.
    for count in np.unique(counts[counts > 1]).tolist():
        alike = starts[counts == count]
        block = max(1, _PAIRS_AT_ONCE // count**2)
        for first in range(0, len(alike), block):
            rows = alike[first : first + block, None] + np.arange(count)
            here = boxes[rows]
            low = np.maximum(here[:, :, None, :2], here[:, None, :, :2])
            high = np.minimum(here[:, :, None, 2:], here[:, None, :, 2:])
            shared = np.maximum(high - low, 0.0).prod(axis=-1)
            inside = shared > min_share * size[rows][:, :, None]
            inside[:, np.arange(count), np.arange(count)] = False
            frame, i, j = inside.nonzero()
            inner.append(rows[frame, i])
            outer.append(rows[frame, j])
    return np.concatenate(inner), np.concatenate(outer)


def are_level(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """(N,) whether the heads or the feet of ``boxes`` and ``others``, both (N, 4), are level."""
    heights = np.minimum(boxes[:, 3] - boxes[:, 1], others[:, 3] - others[:, 1])
    apart = np.minimum(np.abs(boxes[:, 1] - others[:, 1]), np.abs(boxes[:, 3] - others[:, 3]))
    return np.asarray(apart < _LEVEL * heights)


def paired_ious(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """(N,) intersection over union of ``boxes`` (N, 4) and ``others`` (N, 4), row by row."""
    low = np.maximum(boxes[:, :2], others[:, :2])
    high = np.minimum(boxes[:, 2:], others[:, 2:])
    shared = np.maximum(high - low, 0.0).prod(axis=1)
    union = areas(boxes) + areas(others) - shared
    return np.asarray(shared / np.maximum(union, 1e-12))
