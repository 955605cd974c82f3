"""Bicubic resizing as Pillow does it, for networks that were trained with it.

Bicubic is not the same everywhere: Pillow's kernel has a = -0.5 and is widened where the image
shrinks, OpenCV's has -0.75 and skips pixels. Keys, "Cubic Convolution Interpolation for Digital
Image Processing", IEEE Transactions on Acoustics, Speech, and Signal Processing, 1981.

Shape letters: H, W rows and columns of the image, O pixels of a side afterwards, I before.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image

_A = -0.5
_REACH = 2.0
_NOTHING = np.empty((0, 0), np.float32)


def resize_bicubic(image: Image, height: int, width: int) -> Image:
    """The image (H, W, 3) at another size, columns first, rounded after each direction."""
    columns = np.ascontiguousarray(image.transpose(1, 0, 2), np.float32)
    across = _resized(columns, width).transpose(1, 0, 2)
    return _resized(np.ascontiguousarray(across, np.float32), height)


def _resized(image: NDArray[np.float32], size: int) -> Image:
    """With ``size`` rows, everything else as it is."""
    # Not numpy's product: its threads cost ten times as much as so small a sum.
    flat = cv2.gemm(_weights(len(image), size), image.reshape(len(image), -1), 1.0, _NOTHING, 0.0)
    rounded: Image = np.floor(flat + 0.5).clip(0, 255).astype(np.uint8)
    return rounded.reshape(size, *image.shape[1:])


@lru_cache(maxsize=1024)
def _weights(before: int, after: int) -> NDArray[np.float32]:
    """(O, I) share of each pixel of a side in each pixel of the resized side."""
    scale = before / after
    widened = max(scale, 1.0)
    centre_O1 = (np.arange(after)[:, None] + 0.5) * scale
    place_I = np.arange(before) + 0.5
    distance_OI = np.abs(place_I - centre_O1) / widened
    near, far = distance_OI <= 1, (distance_OI > 1) & (distance_OI < _REACH)
    cubed, squared = distance_OI**3, distance_OI**2
    weight_OI = np.where(near, (_A + 2) * cubed - (_A + 3) * squared + 1, 0.0)
    weight_OI += np.where(far, _A * (cubed - 5 * squared + 8 * distance_OI - 4), 0.0)
    weights: NDArray[np.float32] = (weight_OI / weight_OI.sum(1, keepdims=True)).astype(np.float32)
    weights.flags.writeable = False
    return weights
