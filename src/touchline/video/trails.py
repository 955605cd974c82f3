"""The trail of each player's feet over the last seconds, moving with the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Affine, Image

Points = NDArray[np.float64]

_PIECES = 6  # line segments a second, and at least; each costs about 2 microseconds per player
_STRONGEST = 0.85  # share of the player's colour in the newest segment
_SUBPIXEL = 3  # cv2.line takes coordinates in 1/8 pixel


class Trails:
    """Remembers where each id stood. A trail ends when its id is not seen, or the shot is cut."""

    def __init__(self, seconds: float) -> None:
        self._pieces = max(_PIECES, round(_PIECES * seconds))
        self._step = seconds / self._pieces
        self.clear()

    def clear(self) -> None:
        """Forgets all trails."""
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._places: Points = np.empty((self._pieces, 0, 2))  # oldest first; NaN: not seen then
        self._next_time = -np.inf

    def follow(
        self, ids: NDArray[np.int64], feet: Points, motion: Affine | None, time: float
    ) -> Points:
        """(P + 1, N, 2) pixels of the path of each of the N ids, oldest first, NaN where unknown.

        feet: (N, 2) where they stand now. motion: of the camera, since the call before.
        """
        if motion is not None:
            self._places = self._places @ motion[:, :2].T + motion[:, 2]
        self._keep(ids)
        path = np.concatenate([self._places, feet[None]])
        if time >= self._next_time:
            self._places = path[1:]
            self._next_time = time + self._step
        # Boxes shake with every stride: a path of raw points would be a zigzag.
        smooth = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
        path[1:-1] = np.where(np.isnan(smooth), path[1:-1], smooth)
        return path

    def _keep(self, ids: NDArray[np.int64]) -> None:
        """Brings the columns into the order of ``ids``; a new id has no past."""
        if np.array_equal(ids, self._ids):
            return
        places = np.full((self._pieces, len(ids), 2), np.nan)
        _, new, old = np.intersect1d(ids, self._ids, return_indices=True)
        places[:, new] = self._places[:, old]
        self._ids, self._places = ids.copy(), places


def draw_trails(image: Image, path: Points, colours: NDArray[np.float64], width: int) -> None:
    """Draws the trails into the image, fading out and thinning towards the past.

    path: (P + 1, N, 2). colours: (N, 3). Each segment is mixed with the image at its midpoint:
    on grass that looks like true transparency at a tenth of the cost.
    """
    rows, columns = image.shape[:2]
    begin, end = path[:-1], path[1:]
    middle = (begin + end) / 2
    inside = (middle >= 0).all(axis=2) & (middle < (columns, rows)).all(axis=2)  # false for NaN
    moved = np.abs(end - begin).max(axis=2) > 0.4
    piece, who = np.nonzero(inside & moved)
    if not len(piece):
        return
    at = middle[piece, who].astype(np.intp)
    strength = (_STRONGEST * (piece + 1) / len(begin))[:, None]
    below = image[at[:, 1], at[:, 0]]
    mixed = (below * (1 - strength) + colours[who] * strength).tolist()
    limit = 4.0 * max(rows, columns)
    lines = np.concatenate([begin[piece, who], end[piece, who]], axis=1).clip(-limit, limit)
    ends = np.rint(lines * (1 << _SUBPIXEL)).astype(np.int64).tolist()
    thin = max(1, round(width / 2))
    for (x1, y1, x2, y2), colour, part in zip(ends, mixed, piece.tolist(), strict=True):
        thickness = width if 2 * part >= len(begin) else thin
        cv2.line(image, (x1, y1), (x2, y2), colour, thickness, cv2.LINE_AA, _SUBPIXEL)
