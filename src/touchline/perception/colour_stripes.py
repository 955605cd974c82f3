"""The built-in appearance embedding: colours by height on the body. Needs no network.

Sizes and exponent were chosen on crops of SNMOT-060 and SportsMOT football; docs/embedders.md
has the numbers. Normalising histograms by a root before comparing them: Arandjelovic, Zisserman,
"Three things everyone should know to improve object retrieval", CVPR 2012.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.perception.crops import resize_crops, usable_crops
from touchline.types import Image

HEIGHT, WIDTH = 32, 16
"""Every crop is resized to this; more pixels did not tell people apart better."""

STRIPES = 8
BINS = 4
"""Horizontal bands from head to feet, and bins along each of the axes L, a and b."""

LIGHT_RANGE = (0.0, 256.0)
A_RANGE = (100.0, 160.0)
B_RANGE = (90.0, 180.0)
"""Where kits, skin and grass lie in 8-bit Lab; colours outside fall into the last bin."""

MIDDLE_WIDTH = 0.4
"""Standard deviation of the weight across the box, as a share of its width."""

BACKGROUND_SPREAD = (30.0, 10.0, 10.0)
"""How far from the background's L, a and b a pixel still counts as background."""

MIN_WEIGHT = 0.02
"""What is left of a background pixel, so that a crop of one colour has a vector too."""


class ColourStripes:
    """Unit vectors (N, 512) of soft Lab colour histograms of eight bands of the body.

    The background, taken to be the median colour at the box's left and right edge, is weighted
    out. All values are at least 0, so cosines lie in 0..1, and two people of one team are alike:
    compare by margins, or subtract the clip's mean vector first.
    """

    name = "colour"
    sha256: str | None = None
    size = STRIPES * BINS**3

    def __init__(self) -> None:
        self._light_bins = _soft_bins(LIGHT_RANGE)
        self._a_bins = _soft_bins(A_RANGE)
        self._b_bins = _soft_bins(B_RANGE)
        columns = (np.arange(WIDTH) + 0.5) / WIDTH - 0.5
        self._middle = np.exp(-0.5 * (columns / MIDDLE_WIDTH) ** 2).astype(np.float32)

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, 512) float32 unit vectors, one for each BGR crop; zeros for an empty crop."""
        vectors = np.zeros((len(crops), self.size), np.float32)
        rows = usable_crops(crops)
        if len(rows):
            vectors[rows] = self._histograms(
                resize_crops([crops[row] for row in rows], HEIGHT, WIDTH)
            )
        return vectors

    def _histograms(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 512) unit vectors of images (N, HEIGHT, WIDTH, 3)."""
        count = len(pixels)
        tall = pixels.reshape(count * HEIGHT, WIDTH, 3)  # one conversion for all crops
        lab: Image = cv2.cvtColor(tall, cv2.COLOR_BGR2Lab).astype(np.uint8, copy=False)
        lab = lab.reshape(count, HEIGHT, WIDTH, 3)
        weights = self._middle * _foreground(lab)

        bands = lab.reshape(count, STRIPES, -1, 3)  # (N, stripes, pixels of a stripe, 3)
        light = self._light_bins[bands[..., 0]] * weights.reshape(count, STRIPES, -1, 1)
        a, b = self._a_bins[bands[..., 1]], self._b_bins[bands[..., 2]]
        colour = (a[..., :, None] * b[..., None, :]).reshape(*bands.shape[:3], -1)
        histograms = light.swapaxes(-1, -2) @ colour  # (N, stripes, BINS, BINS * BINS)

        histograms /= histograms.sum(axis=(-2, -1), keepdims=True)
        # The cube root told people apart better than Hellinger's square root.
        vectors = np.cbrt(histograms.reshape(count, -1))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors, np.float32)


def _foreground(lab: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, H, W) weight of each pixel, small where it has the colour of the side edges."""
    edges = np.concatenate([lab[:, :, 0], lab[:, :, -1]], axis=1)
    background = np.median(edges, axis=1)[:, None, None, :].astype(np.float32)
    distance = (lab - background) / np.array(BACKGROUND_SPREAD, np.float32)
    weights = 1.0 - np.exp(-0.5 * np.square(distance).sum(axis=-1))
    return np.asarray(np.maximum(weights, MIN_WEIGHT), np.float32)


def _soft_bins(limits: tuple[float, float]) -> NDArray[np.float32]:
    """(256, BINS) share of each bin in an 8-bit value: linear between the two nearest centres."""
    low, high = limits
    place = np.clip((np.arange(256) - low) / (high - low) * BINS - 0.5, 0, BINS - 1)
    shares = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(BINS)))
    return np.asarray(shares, np.float32)
