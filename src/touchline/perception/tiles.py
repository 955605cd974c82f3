"""Overlapping tiles of a large image, and merging their boxes into the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas, intersection_areas
from touchline.perception.suppression import suppress
from touchline.types import Image

TILE_WIDTH, TILE_HEIGHT = 1920, 1080
"""The size that automatic tiles approximate: what networks usually see whole."""

MIN_COVER = 0.6
"""Part of a box, cut by its tile's edge, that a whole box of another view has to cover."""

MAX_VIEW_OVERLAP = 0.5
"""IoU above which boxes of two views are one object; lower than within a view, where they would
rather be two."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of an image.

    Args:
        left: its first column of pixels.
        top: its first row of pixels.
        width: columns.
        height: rows.
    """

    left: int
    top: int
    width: int
    height: int

    def crop(self, image: Image) -> Image:
        """The part of the image, as a view."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]


def split_image(width: int, height: int, tiles: str, overlap: float) -> list[Tile]:
    """The views of an image: the whole of it first, then its tiles row by row, if any.

    tiles: ``off``, ``auto`` (tiles of about 1920 x 1080, so none for images up to 2560 x 1440)
    or ``3x2`` for 3 columns and 2 rows. overlap: part of a tile that its neighbour sees too.
    """
    if tiles == "auto":
        columns, rows = max(1, round(width / TILE_WIDTH)), max(1, round(height / TILE_HEIGHT))
    elif tiles == "off":
        columns = rows = 1
    else:
        columns, rows = (int(count) for count in tiles.split("x"))
    views = [Tile(0, 0, width, height)]
    if columns * rows > 1:
        views += [
            Tile(left, top, tile_width, tile_height)
            for top, tile_height in _intervals(height, rows, overlap)
            for left, tile_width in _intervals(width, columns, overlap)
        ]
    return views


def _intervals(length: int, count: int, overlap: float) -> list[tuple[int, int]]:
    """``count`` equal intervals (start, length) that cover 0..length, each sharing ``overlap``."""
    part = min(length, int(np.ceil(length / (count - (count - 1) * overlap))))
    starts = np.linspace(0, length - part, count).round().astype(int)
    return [(int(start), part) for start in starts]


def cut_by_edge(boxes: Boxes, tile: Tile, image_size: tuple[int, int]) -> NDArray[np.bool_]:
    """(N,) True where a box, in image pixels, ends at an edge of its tile inside the image."""
    near = 0.01 * max(tile.width, tile.height)
    right, bottom = tile.left + tile.width, tile.top + tile.height
    cut: NDArray[np.bool_] = (tile.left > 0) & (boxes[:, 0] < tile.left + near)
    cut |= (tile.top > 0) & (boxes[:, 1] < tile.top + near)
    cut |= (right < image_size[0]) & (boxes[:, 2] > right - near)
    cut |= (bottom < image_size[1]) & (boxes[:, 3] > bottom - near)
    return cut


def whole_in_a_tile(
    boxes: Boxes, tiles: Sequence[Tile], image_size: tuple[int, int]
) -> NDArray[np.bool_]:
    """(N,) True where a box, in image pixels, lies in one of the tiles without being cut."""
    whole = np.zeros(len(boxes), np.bool_)
    for tile in tiles:
        start = (tile.left, tile.top)
        end = (tile.left + tile.width, tile.top + tile.height)
        inside = (boxes[:, :2] >= start).all(axis=1) & (boxes[:, 2:] <= end).all(axis=1)
        whole |= inside & ~cut_by_edge(boxes, tile, image_size)
    return whole


def merge_views(
    boxes: Boxes,
    scores: NDArray[np.float64],
    groups: NDArray[np.int64],
    views: NDArray[np.int64],
    cut: NDArray[np.bool_],
) -> tuple[Boxes, NDArray[np.int64]]:
    """Boxes of the whole image, and the rows they stem from (their score and role).

    boxes: (N, 4) corners in image pixels, with each one's group (only equal groups compete),
    the view it was found in, and whether that view's edge cuts it. A cut box goes where another
    view has the whole; cut boxes that only have each other become their common hull.
    """
    shared = intersection_areas(boxes, boxes)
    rivals = (groups[:, None] == groups[None, :]) & (views[:, None] != views[None, :])
    area = areas(boxes)
    covered = rivals & ~cut[None, :] & (shared >= MIN_COVER * area[:, None])
    alone = cut & ~covered.any(axis=1)
    smaller = np.maximum(np.minimum(area[:, None], area[None, :]), 1e-12)
    touching = rivals & alone[:, None] & alone[None, :] & (shared > MAX_VIEW_OVERLAP * smaller)
    hulls = boxes.copy()
    left_out = cut & ~alone
    for row in np.argsort(-scores, kind="stable"):
        if alone[row] and not left_out[row]:
            others = touching[row] & ~left_out
            hulls[row, :2] = np.minimum(boxes[row, :2], boxes[others, :2].min(0, initial=np.inf))
            hulls[row, 2:] = np.maximum(boxes[row, 2:], boxes[others, 2:].max(0, initial=-np.inf))
            left_out |= others
    rows = np.flatnonzero(~left_out)
    rows = rows[suppress(hulls[rows], scores[rows], groups[rows], MAX_VIEW_OVERLAP, views[rows])]
    return hulls[rows], rows
