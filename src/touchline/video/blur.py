"""Make people unrecognisable: few coarse patches in the place of each."""

from __future__ import annotations

import cv2
import numpy as np

from touchline.boxes import Boxes
from touchline.types import Image

_AROUND = 0.15  # of the box's height: hair, arms and a box that fits badly
_PATCHES = 7  # over a person's height; a face is about one
_SMALLEST = 4  # pixels of a patch at least


def blur_boxes(image: Image, boxes: Boxes) -> None:
    """Blurs whatever is in ``boxes`` (N, 4), and a little around them, in ``image`` itself.

    What is left is the mean colour of some patches, so that no program brings it back.
    """
    height, width = image.shape[:2]
    source = image.copy() if len(boxes) else image  # overlapping boxes: nothing is blurred twice
    for x1, y1, x2, y2 in boxes.tolist():
        around = _AROUND * (y2 - y1)
        left, right = max(int(x1 - around), 0), min(int(np.ceil(x2 + around)), width)
        top, bottom = max(int(y1 - around), 0), min(int(np.ceil(y2 + around)), height)
        if left >= right or top >= bottom:
            continue
        patch = max((y2 - y1) / _PATCHES, _SMALLEST)
        part = source[top:bottom, left:right]
        few = (max(1, round((right - left) / patch)), max(1, round((bottom - top) / patch)))
        coarse = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
        image[top:bottom, left:right] = cv2.resize(
            coarse, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR
        )
