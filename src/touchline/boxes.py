"""Box geometry on whole arrays. Boxes are corner pixels ``(x1, y1, x2, y2)``, shape (N, 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """(N,) area of each box in square pixels."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def intersection_areas(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) area shared by each box of ``a`` with each box of ``b``."""
    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    np.maximum(width, 0.0, out=width)
    np.maximum(height, 0.0, out=height)
    width *= height
    return width


def lie_inside(boxes: Boxes, parts: Boxes) -> NDArray[np.bool_]:
    """(n,) which of ``boxes`` (n, 4) have more than half of their area in one of ``parts``."""
    return np.asarray((intersection_areas(boxes, parts) > 0.5 * areas(boxes)[:, None]).any(1))


def iou_matrix(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) intersection over union in 0..1; 0 where both boxes are empty."""
    shared = intersection_areas(a, b)
    union = areas(a)[:, None] + areas(b)[None, :] - shared
    np.maximum(union, 1e-12, out=union)
    shared /= union
    return shared


def corners_to_xywh(boxes: Boxes) -> Boxes:
    """Left, top, width, height."""
    return np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])


def xywh_to_corners(boxes_xywh: Boxes) -> Boxes:
    """Corner pixels from left, top, width, height."""
    return np.column_stack([boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]])


def corners_to_cxcywh(boxes: Boxes) -> Boxes:
    """Centre x, centre y, width, height."""
    size = boxes[:, 2:] - boxes[:, :2]
    return np.column_stack([boxes[:, :2] + size / 2, size])


def cxcywh_to_corners(boxes_cxcywh: Boxes) -> Boxes:
    """Corner pixels from centre x, centre y, width, height."""
    half = boxes_cxcywh[:, 2:] / 2
    return np.column_stack([boxes_cxcywh[:, :2] - half, boxes_cxcywh[:, :2] + half])


def clip_to_image(boxes: Boxes, width: int, height: int) -> Boxes:
    """Boxes cut at the image's border; a box that lies outside becomes empty."""
    limits = np.array([width, height, width, height], np.float64)
    return np.clip(boxes, 0.0, limits)


def covered_shares(boxes: Boxes) -> NDArray[np.float64]:
    """(N,) greatest share of each box that one other box covers."""
    shared = intersection_areas(boxes, boxes)
    np.fill_diagonal(shared, 0.0)
    return np.asarray(shared.max(axis=1, initial=0.0) / np.maximum(areas(boxes), 1e-12))
