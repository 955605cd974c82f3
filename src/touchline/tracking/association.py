"""Distances in 0..1 between tracks and detections, and their optimal assignment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.boxes import Boxes, iou_matrix

Distances = NDArray[np.float64]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns of the pairs, of equal length."""


_BLOCK_ROWS = 64  # what is computed at once stays in the processor's cache


def overlap_distances(tracks: Boxes, detections: Boxes, expansion: float) -> Distances:
    """(N, M) one minus the overlap of boxes widened on every side by ``expansion`` of their size.

    Widened boxes still touch where small or fast people have moved by more than their own width
    (C-BIoU, arXiv 2211.14317).
    """
    if expansion > 0.0:
        tracks = _widen(tracks, expansion)
        detections = _widen(detections, expansion)
    distances = np.empty((len(tracks), len(detections)))
    for start in range(0, len(tracks), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        np.subtract(1.0, iou_matrix(tracks[block], detections), out=distances[block])
    return distances


def _widen(boxes: Boxes, share: float) -> Boxes:
    pad = (boxes[:, 2:] - boxes[:, :2]) * share
    wide = np.empty_like(boxes)
    np.subtract(boxes[:, :2], pad, out=wide[:, :2])
    np.add(boxes[:, 2:], pad, out=wide[:, 2:])
    return wide


def assign(distances: Distances, limit: float) -> Pairs:
    """The pairs that minimise the sum of distances, where leaving two unmatched costs ``limit``.

    This is what lap's ``cost_limit`` means: the (N+M, N+M) matrix that offers every row and
    every column a way out at ``limit / 2``. A pair must be worth more than leaving both unmatched,
    which differs from solving first and dropping distant pairs afterwards. The same minimum,
    up to the constant of all unmatched, is that of ``min(distance, limit)`` on the (N, M)
    matrix with pairs at the limit dropped; a row and a column that have only each other below
    the limit are a pair in any optimum and are taken out first. Every entry at or above the
    limit, infinity included, is no pair.
    """
    open_pairs = distances < limit
    rows, columns = open_pairs.nonzero()
    if not len(rows):
        return rows, columns
    row_choices = np.bincount(rows, minlength=distances.shape[0])
    column_choices = np.bincount(columns, minlength=distances.shape[1])
    confident = (row_choices[rows] == 1) & (column_choices[columns] == 1)
    if confident.all():
        return rows, columns
    unsure = ~confident
    open_rows = _distinct(rows[unsure], distances.shape[0])
    open_columns = _distinct(columns[unsure], distances.shape[1])
    rest = distances[open_rows[:, None], open_columns]
    picked_rows, picked_columns = linear_sum_assignment(np.minimum(rest, limit))
    below = rest[picked_rows, picked_columns] < limit
    return (
        np.concatenate([rows[confident], open_rows[picked_rows[below]]]),
        np.concatenate([columns[confident], open_columns[picked_columns[below]]]),
    )


def _distinct(values: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The distinct values in 0..count-1, in order."""
    present = np.zeros(count, np.bool_)
    present[values] = True
    return present.nonzero()[0]
