"""Visible share of each person, judged by the boxes alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, intersection_areas
from touchline.reid.truth import ClipTruth


def visible_shares(clip: ClipTruth) -> NDArray[np.float64]:
    """(N,) share in 0..1 of each box that lies inside the image and that nobody nearer covers.

    Of two people the one with the lower feet is nearer. Counted in whole pixels.
    """
    shares = np.zeros(len(clip))
    order = np.argsort(clip.frames, kind="stable")
    starts = np.flatnonzero(np.diff(clip.frames[order], prepend=-1))
    boxes = np.round(clip.boxes)
    limits = np.array([clip.width, clip.height, clip.width, clip.height], np.float64)
    inside = np.clip(boxes, 0.0, limits)
    for rows in np.split(order, starts[1:]):
        shares[rows] = _of_one_frame(boxes[rows], inside[rows])
    return shares


def _of_one_frame(boxes: Boxes, inside: Boxes) -> NDArray[np.float64]:
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    seen_width, seen_height = (inside[:, 2:] - inside[:, :2]).T
    seen = seen_width * seen_height
    covers = intersection_areas(inside, inside) > 0
    covers &= inside[None, :, 3] > inside[:, None, 3]
    for row in np.flatnonzero(covers.any(axis=1)):
        left, top, right, bottom = inside[row].astype(int)
        free = np.ones((bottom - top, right - left), np.bool_)
        for x1, y1, x2, y2 in inside[covers[row]].astype(int):
            free[max(y1 - top, 0) : y2 - top, max(x1 - left, 0) : x2 - left] = False
        seen[row] = free.sum()
    shares: NDArray[np.float64] = seen / np.maximum(width * height, 1.0)
    return shares
