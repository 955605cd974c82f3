"""Points in the middle of painted lines, with the direction of the line, from a mask of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.pitch.camera import to_widths
from touchline.pitch.line_masks import LineMasks
from touchline.types import Floats, Mask

_LEAST = 0.25  # of the mask; what is fainter is not looked at
_SMOOTH = 1.2  # pixels: over the width of a line
_WINDOW = 4.0  # pixels: along a line
_COHERENCE = 0.75  # of the structure tensor: 1 for a straight line, 0 for a round blob
_SHORTEST = 18  # pixels of a piece of line; socks and the ball are shorter
_BORDER = 6  # pixels in from the border of the image, where half of a thing looks like a line
_MOST = 700
_REMAP = 30000  # points that cv2.remap takes at once


@dataclass(frozen=True, slots=True)
class LinePoints:
    """Points on painted lines of one image.

    Args:
        points: (N, 2) in image widths from the centre.
        angles: (N,) of the line there, in [0, pi), x to the right and y down.
        pixel: the size of a pixel of the mask they were found in, in image widths.
    """

    points: Floats
    angles: Floats
    pixel: float

    def __len__(self) -> int:
        return len(self.angles)


def find_line_points(masks: LineMasks) -> LinePoints:
    """Thinned points of all pieces of line that are long and straight enough, at most 700."""
    height, width = masks.lines.shape
    smooth = cv2.GaussianBlur(masks.lines, (0, 0), _SMOOTH)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    products = (dx * dx, dy * dy, dx * dy)
    xx, yy, xy = (cv2.GaussianBlur(one, (0, 0), _WINDOW) for one in products)
    rows, columns = np.nonzero(smooth[_BORDER:-_BORDER, _BORDER:-_BORDER] > _LEAST)
    rows, columns = rows + _BORDER, columns + _BORDER
    xx, yy, xy = xx[rows, columns], yy[rows, columns], xy[rows, columns]
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-9)
    normal = 0.5 * np.arctan2(2 * xy, xx - yy)
    straight = np.flatnonzero(coherence > _COHERENCE)
    straight = straight[:: -(-len(straight) // _REMAP) or 1]
    rows, columns, normal = rows[straight], columns[straight], normal[straight]
    across, shift = _peaks(smooth, rows, columns, normal)
    rows, columns, normal = rows[across], columns[across], normal[across]
    steps = shift[across, None] * np.stack([np.cos(normal), np.sin(normal)], axis=1)
    keep = _in_long_pieces(rows, columns, (height, width))
    pixels = (np.stack([columns, rows], axis=1) + 0.5 + steps)[keep]
    angles = np.mod(normal[keep] + np.pi / 2, np.pi)
    chosen = np.linspace(0, len(pixels) - 1, min(len(pixels), _MOST)).round().astype(int)
    return LinePoints(to_widths(pixels, width, height)[chosen], angles[chosen], 1 / width)


def _peaks(
    smooth: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], normal: NDArray[Any]
) -> tuple[Mask, Floats]:
    """Which pixels are the highest across their line, and by how much the top lies beside them."""
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    dx, dy = np.cos(normal).astype(np.float32), np.sin(normal).astype(np.float32)
    here = smooth[rows, columns]
    if not len(here):
        return np.empty(0, bool), np.empty(0)
    before, after = (
        cv2.remap(smooth, x + step * dx, y + step * dy, cv2.INTER_LINEAR).ravel()
        for step in (-1.0, 1.0)
    )
    curve = np.maximum(2 * here - before - after, 1e-6)
    return (here >= before) & (here > after), np.clip((after - before) / (2 * curve), -1, 1)


def _in_long_pieces(rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> Mask:
    """Which of the points are in a connected piece that reaches far enough."""
    drawn = np.zeros(shape, np.uint8)
    drawn[rows, columns] = 1
    joined = cv2.dilate(drawn, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    reach = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    return np.asarray(reach[labels[rows, columns]] > _SHORTEST + 4)
