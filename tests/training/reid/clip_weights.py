"""Weights, images and texts made from nothing but their names: the same here and elsewhere.

The golden files therefore hold answers only. Numpy keeps RandomState's numbers for ever.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """Sizes of a CLIP whose position table is square, and the images it is then used on."""

    name: str
    width: int
    layers: int
    text_width: int
    text_layers: int
    projection: int
    square: int
    height_width: tuple[int, int]


CASES = (
    Case("small", 128, 3, 64, 2, 32, square=64, height_width=(96, 48)),
    Case("ViT-B/16", 768, 12, 512, 12, 512, square=224, height_width=(256, 128)),
)
STRIDES = (16, 12)

TOKENS = np.zeros((3, 77), np.int64)
"""CLIP-ReID's sentence, a longer one, and one that fills the context."""
TOKENS[0, :12] = [49406, 320, 1125, 539, 320, 343, 343, 343, 343, 2533, 269, 49407]
TOKENS[1, :30] = [49406, *range(1000, 1028), 49407]
TOKENS[2] = [49406, *range(500, 575), 49407]


def weight(name: str, shape: tuple[int, ...]) -> Array:
    """The value of a parameter: of a size that keeps signals alive through many layers."""
    uniform = np.random.RandomState(zlib.crc32(name.encode())).random_sample(shape)
    spread = np.asarray(uniform - 0.5, np.float32)
    if name.endswith("logit_scale"):
        return np.full(shape, 4.6, np.float32)
    if len(shape) == 1 and name.endswith(("weight", "running_var")):
        return 1 + 0.2 * spread
    if "embedding" in name or len(shape) == 1:
        return spread
    inputs = shape[0] if "proj" in name and len(name.split(".")) <= 2 else math.prod(shape[1:])
    return spread * np.float32(math.sqrt(12 / inputs))


def weights(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """All parameters and buffers of a network but its counters, from their names and shapes."""
    return {
        name: weight(name, tuple(shape))
        for name, shape in shapes.items()
        if not name.endswith("num_batches_tracked")
    }


def images(height: int, width: int) -> Array:
    """Two normalised images (2, 3, height, width)."""
    return np.random.RandomState(7).standard_normal((2, 3, height, width)).astype(np.float32)


def digest(values: NDArray[np.floating]) -> list[list[float]]:
    """Of each row its length and twelve numbers spread over it."""
    picks = np.linspace(0, values.shape[1] - 1, 12).astype(int)
    rows = np.column_stack([np.linalg.norm(values, axis=1), values[:, picks]])
    return [[float(f"{value:.7g}") for value in row] for row in rows]
