"""A part of an image at another scale, with its boxes; nothing random."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from touchline.boxes import Boxes
from touchline.types import Image


@dataclass(frozen=True, slots=True)
class View:
    """Maps a part of an image to a part of a canvas, in whole pixels at both ends.

    source: (x1, y1, x2, y2) in the image. target: the same part on the canvas. Both are never
    empty.
    """

    source: tuple[int, int, int, int]
    target: tuple[int, int, int, int]

    def to_canvas(self, boxes: Boxes) -> Boxes:
        """Boxes (n, 4) in pixels of the image as boxes on the canvas, not cut."""
        source, target = np.array(self.source, np.float64), np.array(self.target, np.float64)
        scale = (target[2:] - target[:2]) / (source[2:] - source[:2])
        return (boxes - np.tile(source[:2], 2)) * np.tile(scale, 2) + np.tile(target[:2], 2)

    def pixels(self, image: Image, *, smooth: bool) -> Image:
        """The part in the target's size; ``smooth`` averages where it shrinks, else bilinear."""
        x1, y1, x2, y2 = self.source
        size = (self.target[2] - self.target[0], self.target[3] - self.target[1])
        part = image[y1:y2, x1:x2]
        if size == (x2 - x1, y2 - y1):
            return part.copy()
        shrinks = size[0] * size[1] < (x2 - x1) * (y2 - y1)
        method = cv2.INTER_AREA if smooth and shrinks else cv2.INTER_LINEAR
        return cv2.resize(part, size, interpolation=method).astype(np.uint8, copy=False)


def view_at(
    image: tuple[int, int],
    canvas: tuple[int, int],
    corner: tuple[float, float],
    scale: tuple[float, float],
) -> View:
    """The view of an image on a canvas, both (width, height), that starts at ``corner``.

    corner: point of the image, in its pixels, at the canvas's left top corner; negative where
    the image begins inside. scale: canvas pixels an image pixel, across and down. The scale is
    rounded so that whole pixels meet.
    """
    spans = [
        _span(length, room, start, factor)
        for length, room, start, factor in zip(image, canvas, corner, scale, strict=True)
    ]
    (x1, x2, left, right), (y1, y2, top, bottom) = spans
    return View((x1, y1, x2, y2), (left, top, right, bottom))


def _span(length: int, room: int, start: float, scale: float) -> tuple[int, int, int, int]:
    """First and last pixel in the image and on the canvas, along one side."""
    first = min(max(0, round(start)), length - 1)
    last = max(min(length, round(start + room / scale)), first + 1)
    begin = min(max(0, round((first - start) * scale)), room - 1)
    end = max(min(room, round((last - start) * scale)), begin + 1)
    return first, last, begin, end
