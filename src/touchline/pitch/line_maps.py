"""How near the next line point is, everywhere in an image, for lines of each direction apart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.pitch.camera import Reals
from touchline.pitch.line_points import LinePoints
from touchline.types import Ints

DIRECTIONS = 4
"""Channels of direction; a point is drawn in every one that is within 40 degrees."""

_WITHIN = np.cos(np.deg2rad(40))


def line_maps(lines: LinePoints, width: int, height: int) -> NDArray[np.float32]:
    """(4, H, W) image widths from each pixel to the nearest line point of that direction."""
    columns = np.clip(((lines.points[:, 0] + 0.5) * width).astype(int), 0, width - 1)
    rows = np.clip((lines.points[:, 1] * width + height / 2).astype(int), 0, height - 1)
    maps = np.empty((DIRECTIONS, height, width), np.float32)
    for channel in range(DIRECTIONS):
        alike = np.abs(np.cos(lines.angles - channel * np.pi / DIRECTIONS)) > _WITHIN
        free = np.ones((height, width), np.uint8)
        free[rows[alike], columns[alike]] = 0
        maps[channel] = cv2.distanceTransform(free, cv2.DIST_L2, 3) if alike.any() else width
    return maps / np.float32(width)


def map_cells(points: Reals, along: Reals, width: int, height: int) -> Ints:
    """Index into the raveled maps of points (..., 2) with directions (..., 2); -1 outside."""
    x, y = points[..., 0], points[..., 1]
    reach = height / width / 2
    with np.errstate(invalid="ignore"):
        inside = (np.abs(x) < 0.5) & (np.abs(y) < reach)
        angle = np.arctan2(along[..., 1], along[..., 0])
    channel = (
        np.rint(np.where(inside, angle, 0) / (np.pi / DIRECTIONS)).astype(np.int64) % DIRECTIONS
    )
    columns = np.minimum(np.where(inside, x + 0.5, 0) * width, width - 1).astype(np.int64)
    rows = np.minimum(np.where(inside, y + reach, 0) * width, height - 1).astype(np.int64)
    return np.where(inside, (channel * height + rows) * width + columns, -1)
