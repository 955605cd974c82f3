"""Crops of people and whole images as small JPEG files, for pages that show who is who."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image

CROP_HEIGHT = 160
"""Lines of a crop at most; smaller people stay as they are."""

_AROUND = 0.12  # of the box's height, of what is around it
_MAX_ASPECT = 1.5  # widths in heights, of a fall or a slide tackle
_QUALITY = 82


def portrait(image: Image, box: NDArray[np.float64]) -> bytes:
    """A JPEG of a person and a little around them.

    image: (H, W, 3) BGR. box: (4,) corner pixels; it may reach over the border, and where nothing
    of it lies in the image the nearest pixels are shown.
    """
    height, width = image.shape[:2]
    around = _AROUND * (box[3] - box[1])
    left, right = _within(box[0] - around, box[2] + around, width)
    top, bottom = _within(box[1] - around, box[3] + around, height)
    crop = image[top:bottom, left:right]
    lines = min(CROP_HEIGHT, crop.shape[0])
    columns = crop.shape[1] * lines / crop.shape[0]
    columns = min(max(round(columns), 1), round(CROP_HEIGHT * _MAX_ASPECT))
    if (lines, columns) != crop.shape[:2]:
        crop = cv2.resize(crop, (columns, lines), interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()


def _within(low: float, high: float, size: int) -> tuple[int, int]:
    """``low`` and ``high`` as whole pixels of 0 to ``size``, at least one of them."""
    first = min(max(int(low), 0), size - 1)
    return first, min(max(int(np.ceil(high)), first + 1), size)


def picture(image: Image, width: int | None = None) -> bytes:
    """A JPEG of a whole image. width: in pixels, to be scaled down to; None: as it is."""
    height, columns = image.shape[:2]
    if width is not None and width < columns:
        lines = max(round(height * width / columns), 1)
        image = cv2.resize(image, (width, lines), interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()
