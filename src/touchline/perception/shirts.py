"""Clothing colours of the people in an image, by which teams are told apart.

Twelve numbers a box, each a weighted mean over pixels of a band of the body, in 8-bit CIE Lab.
Means keep their worth in small images and on stripes, where medians jump from one colour of a
kit to the other; the spread over the torso tells stripes from plain shirts of the same mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import areas, clip_to_image, intersection_areas
from touchline.perception.config import ShirtsConfig
from touchline.perception.crops import crop_people, resize_crops, usable_crops
from touchline.types import TIME_TOLERANCE, Image

SHIRT_SIZE = 12
"""Length of a shirt: mean of L, a, b over the torso, their spread there, and their means over
shorts and over socks."""

_HEIGHT, _WIDTH = 32, 16
_TORSO, _SHORTS, _SOCKS = slice(6, 16), slice(16, 21), slice(22, 30)
"""Rows of a box of 32 rows; without the head, whose hair says nothing of the team."""

_MIDDLE_WIDTH = 0.25
"""Standard deviation of the weight across the box, as a share of its width."""

_BACKGROUND_SPREAD = np.array([30.0, 10.0, 10.0], np.float32)
"""How far from the background's L, a and b a pixel still counts as background."""

_MIN_WEIGHT = 0.02
"""What is left of a background pixel, so that a shirt of the grass's colour has one too."""

_MIDDLE = np.exp(
    -0.5 * (((np.arange(_WIDTH) + 0.5) / _WIDTH - 0.5) / _MIDDLE_WIDTH) ** 2, dtype=np.float32
)
_BACKGROUND_PRECISION = -0.5 / np.square(_BACKGROUND_SPREAD)


class ShirtColours:
    """Measures clothing colours in some frames of a video: within 0.1 s nothing changes."""

    def __init__(self, config: ShirtsConfig | None = None) -> None:
        self._config = config or ShirtsConfig()
        self._last = -np.inf

    def forget(self) -> None:
        """Begin anew: the next frame is measured."""
        self._last = -np.inf

    def look(
        self, image: Image, boxes: NDArray[np.float64], time: float
    ) -> NDArray[np.float32] | None:
        """(N, 12) colours of the people in ``boxes`` (N, 4), NaN for people not seen well.

        None if it is not yet time to measure, or nobody is seen well. time: seconds, ascending.
        """
        config = self._config
        if not config.enabled or time < self._last + config.interval_seconds - TIME_TOLERANCE:
            return None
        self._last = time
        colours = shirt_colours(image, boxes, config)
        return None if np.isnan(colours).all() else colours

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that ``restore`` needs to continue with the same results."""
        return {"last": np.array(self._last)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the object with this ``state`` stopped."""
        self._last = float(state.get("last", -np.inf))  # older runs had no such state


def shirt_colours(
    image: Image, boxes: NDArray[np.float64], config: ShirtsConfig | None = None
) -> NDArray[np.float32]:
    """(N, 12) float32, exact in float16: clothing colours in every box.

    boxes: (N, 4) corner pixels of people. A row of NaN: too small, cut off by the border, or
    covered by a box in front of it (one that stands lower in the image). Grass, or whatever
    else is the median colour at the box's left and right edge, is weighted out.
    """
    shirts = np.full((len(boxes), SHIRT_SIZE), np.nan, np.float32)
    rows = np.flatnonzero(shows_clothes(image, boxes, config or ShirtsConfig()))
    crops = crop_people(image, boxes[rows])
    usable = usable_crops(crops)
    if len(usable):
        pixels = resize_crops([crops[row] for row in usable], _HEIGHT, _WIDTH)
        shirts[rows[usable]] = _colours(pixels).astype(np.float16)
    return shirts


def shows_clothes(
    image: Image, boxes: NDArray[np.float64], config: ShirtsConfig
) -> NDArray[np.bool_]:
    """(N,) bool, True for boxes that are large, whole and free enough."""
    height, width = image.shape[:2]
    area = np.maximum(areas(boxes), 1e-12)
    inside = areas(clip_to_image(boxes, width, height)) / area
    shared = intersection_areas(boxes, boxes)
    in_front = boxes[None, :, 3] > boxes[:, None, 3]
    covered = np.where(in_front, shared, 0.0).max(axis=1, initial=0.0) / area
    tall = boxes[:, 3] - boxes[:, 1] >= config.min_height
    shown: NDArray[np.bool_] = (
        tall & (inside >= config.min_inside_share) & (covered <= config.max_covered_share)
    )
    return shown


def _colours(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 12) of images (N, 32, 16, 3)."""
    count = len(pixels)
    tall = pixels.reshape(count * _HEIGHT, _WIDTH, 3)  # one conversion for all crops
    lab = cv2.cvtColor(tall, cv2.COLOR_BGR2Lab).reshape(count, _HEIGHT, _WIDTH, 3)
    planes = np.ascontiguousarray(lab.transpose(0, 3, 1, 2), np.float32)
    weights = _foreground(planes)
    torso = _mean(planes, weights, _TORSO)
    squares = _mean(np.square(planes), weights, _TORSO)
    spread = np.sqrt(np.maximum(squares - np.square(torso), 0.0))
    bands = [torso, spread, _mean(planes, weights, _SHORTS), _mean(planes, weights, _SOCKS)]
    return np.concatenate(bands, axis=1)


def _foreground(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, H, W) weight of each pixel: in the middle, and unlike the side edges of the box."""
    edges = np.concatenate([planes[..., 0], planes[..., -1]], axis=2)
    edges.sort(axis=2)  # many times faster than np.median on short rows
    background = edges[..., edges.shape[2] // 2]
    distance = np.square(planes - background[:, :, None, None])
    closeness = _BACKGROUND_PRECISION @ distance.reshape(len(planes), 3, -1)
    weights = np.maximum(1.0 - np.exp(closeness), _MIN_WEIGHT).reshape(-1, _HEIGHT, _WIDTH)
    return np.asarray(weights * _MIDDLE, np.float32)


def _mean(
    planes: NDArray[np.float32], weights: NDArray[np.float32], rows: slice
) -> NDArray[np.float32]:
    """(N, 3) weighted means over the pixels of some ``rows`` of every image."""
    chosen = weights[:, rows].reshape(len(weights), -1, 1)
    total = planes[:, :, rows].reshape(len(weights), 3, -1) @ chosen
    return np.asarray(total[..., 0] / chosen.sum(axis=1), np.float32)
