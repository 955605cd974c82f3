"""A part of the image at a size of its own: its pixels, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.types import Affine, Image


@dataclass(frozen=True, slots=True)
class Viewport:
    """A window of the image, shown at ``size`` (width and height).

    window: (4,) corner pixels, of the same shape; fractions of a pixel count, as a window that
    moves by whole pixels shakes.
    """

    window: NDArray[np.float64]
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """By how much it is enlarged."""
        return float(self.size[0] / (self.window[2] - self.window[0]))

    def of_image(self, image: Image) -> Image:
        """The pixels of the view, BGR of its size."""
        scale, (left, top) = self.scale, self.window[:2]
        if scale < 1:  # averaged first, or single lines of the pitch would flicker
            high, wide = (max(1, round(side * scale)) for side in image.shape[:2])
            small = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA)
            across, down = wide / image.shape[1], high / image.shape[0]
        else:
            small, across, down = image, 1.0, 1.0
        width, height = self.size
        # Pixels are squares: the middle of the first lies at 0.5.
        x, y = scale / across, height / (self.window[3] - top) / down
        matrix = np.array(
            [
                [x, 0.0, (0.5 - left * across) * x - 0.5],
                [0.0, y, (0.5 - top * down) * y - 0.5],
            ]
        )
        return cv2.warpAffine(
            small, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)

    def of_boxes(self, boxes: Boxes) -> Boxes:
        """(N, 4) where boxes of the image are in the view."""
        return (boxes - np.tile(self.window[:2], 2)) * self.scale

    def of_motion(self, motion: Affine, before: Viewport) -> Affine:
        """The camera's motion between two images, between their views ``before`` and this one."""
        linear = motion[:, :2] * (self.scale / before.scale)
        start = motion[:, :2] @ before.window[:2] + motion[:, 2] - self.window[:2]
        return np.column_stack([linear, start * self.scale])
