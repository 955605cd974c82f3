"""Reads crops a batch at a time, and changes their appearance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import cv2
import numpy as np

from touchline.image_files import read_image
from touchline.reid.distortions import turn_hue
from touchline.reid.manifest import Manifest
from touchline.types import Image

_BATCH = 64

_MIN_HUE_SHIFT, _MAX_HUE_SHIFT = 30, 150
"""Hue shifts in OpenCV's half degrees, of 180: always far from the original colour."""

_BLUR = 1 / 64
"""Standard deviation of the blur as a share of the crop's height: 2 pixels of 128."""

Variant = Callable[[Image, np.random.Generator], Image]
"""From a BGR crop and a random generator to a new crop; the input is unchanged."""


def read_crops(manifest: Manifest, batch: int = _BATCH) -> Iterator[tuple[slice, Sequence[Image]]]:
    """The rows of each batch and their BGR crops, in order, one batch in memory at a time.

    Raises VideoError naming the file that is missing or cannot be decoded.
    """
    for start in range(0, len(manifest), batch):
        rows = slice(start, min(start + batch, len(manifest)))
        yield rows, [read_image(manifest.file(row)) for row in range(rows.start, rows.stop)]


def change(variant: Variant, crops: Sequence[Image], first_row: int, seed: int = 0) -> list[Image]:
    """Every crop changed, each with its own generator, seeded by ``seed`` and its row only."""
    return [
        variant(crop, np.random.default_rng((seed, first_row + place)))
        for place, crop in enumerate(crops)
    ]


def grey(crop: Image, _: np.random.Generator) -> Image:
    """In greyscale; the three channels are equal."""
    return _image(cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def shift_hue(crop: Image, random: np.random.Generator) -> Image:
    """With all hues rotated by one angle between 60 and 300 degrees, drawn for this crop."""
    return turn_hue(crop, 2.0 * int(random.integers(_MIN_HUE_SHIFT, _MAX_HUE_SHIFT + 1)))


def blur(crop: Image, _: np.random.Generator) -> Image:
    """Out of focus: a Gaussian of 1/64 of the crop's height."""
    return _image(cv2.GaussianBlur(crop, (0, 0), max(0.3, _BLUR * crop.shape[0])))


def halve(crop: Image, _: np.random.Generator) -> Image:
    """At half the resolution: half as many pixels each way, at least one."""
    size = (max(1, crop.shape[1] // 2), max(1, crop.shape[0] // 2))
    return _image(cv2.resize(crop, size, interpolation=cv2.INTER_AREA))


VARIANTS: Mapping[str, Variant] = {"grey": grey, "hue": shift_hue, "blur": blur, "half": halve}
"""The changes that robustness is measured with, by name."""


def _image(pixels: cv2.typing.MatLike) -> Image:
    return pixels.astype(np.uint8, copy=False)
