"""The trail of each player's feet over the last seconds, moving with the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Affine, Image

Points = NDArray[np.float64]

_PIECES = 6  # line segments a second, and at least; each costs about 2 microseconds per player
_STRONGEST = 0.85  # share of the player's colour in the newest segment
_THINNEST = 0.4  # of the width, at the oldest end
_FOREIGN = 60.0  # grey levels from most of what a trail lies on: a player or a line, no grass
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

    path: (P + 1, N, 2). colours: (N, 3). Each segment is mixed with the ground at its midpoint:
    on grass that looks like true transparency at a tenth of the cost.
    """
    path = _rounded(path)
    rows, columns = image.shape[:2]
    begin, end = path[:-1], path[1:]
    middle = (begin + end) / 2
    # False for NaN.
    inside = np.asarray((middle >= 0).all(axis=2) & (middle < (columns, rows)).all(axis=2))
    drawn = inside & (np.abs(end - begin).max(axis=2) > 0.2)
    if not drawn.any():
        return
    places = np.where(inside[..., None], middle, 0.0).astype(np.intp)
    below = _ground(image[places[..., 1], places[..., 0]].astype(np.float64), inside)
    piece, who = np.nonzero(drawn)
    age = (piece + 1) / len(begin)
    strength = (_STRONGEST * age)[:, None]
    mixed = (below[piece, who] * (1 - strength) + colours[who] * strength).tolist()
    limit = 4.0 * max(rows, columns)
    lines = np.concatenate([begin[piece, who], end[piece, who]], axis=1).clip(-limit, limit)
    ends = np.rint(lines * (1 << _SUBPIXEL)).astype(np.int64).tolist()
    wide = np.maximum(np.rint(width * (_THINNEST + (1 - _THINNEST) * age)), 1).astype(int).tolist()
    for (x1, y1, x2, y2), colour, thickness in zip(ends, mixed, wide, strict=True):
        cv2.line(image, (x1, y1), (x2, y2), colour, thickness, cv2.LINE_AA, _SUBPIXEL)


def _rounded(path: Points) -> Points:
    """The path with its corners cut (Chaikin, 1974); it begins and ends where it did."""
    near, far = 0.75 * path[:-1] + 0.25 * path[1:], 0.25 * path[:-1] + 0.75 * path[1:]
    inner = np.stack([near, far], axis=1).reshape(2 * len(near), *path.shape[1:])
    return np.concatenate([path[:1], inner, path[-1:]])


def _ground(below: Points, inside: NDArray[np.bool_]) -> Points:
    """(P, N, 3) colours below the segments, that of most of a trail where it crosses a player."""
    counts = inside.sum(axis=0)
    ordered = np.sort(np.where(inside[..., None], below, np.inf), axis=0)
    usual = ordered[np.maximum(counts - 1, 0) // 2, np.arange(len(counts))]
    usual = np.where(counts[:, None] > 0, usual, 0.0)
    foreign = np.abs(below - usual).max(axis=2) > _FOREIGN
    return np.where(foreign[..., None], usual[None], below)
