"""Greedy non-maximum suppression: keep one of several boxes for one object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, iou_matrix


def suppress(
    boxes: Boxes,
    scores: NDArray[np.float64],
    groups: NDArray[np.int64],
    max_overlap: float,
    views: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Rows that stay, best score first: none overlaps a better one of its group by more.

    boxes: (N, 4) corners. groups: (N,), boxes of unequal groups never compete.
    max_overlap: IoU. views: (N,) or None; where given, boxes of one view never compete either.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order):
        best, order = int(order[0]), order[1:]
        kept.append(best)
        rivals = groups[order] == groups[best]
        if views is not None:
            rivals &= views[order] != views[best]
        overlap = iou_matrix(boxes[best : best + 1], boxes[order])[0]
        order = order[~(rivals & (overlap > max_overlap))]
    return np.array(kept, np.int64)
