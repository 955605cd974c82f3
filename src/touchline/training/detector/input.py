"""From an image to network input, exactly as the exported file will get it.

Shape letters: B images, C channels, H rows, W columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.perception.preprocess import (
    BYTE_BGR,
    Fit,
    PixelFormat,
    Placement,
    input_canvas,
    to_network,
)
from touchline.training.detector.network import STRIDES
from touchline.types import Image

FIT: Fit = "corner"
PIXELS: PixelFormat = BYTE_BGR
STRIDE = STRIDES[-1]

Canvas = tuple[int, int]


def network_input(image: Image, size: int) -> tuple[NDArray[np.float32], Canvas, Placement]:
    """An image as a batch (1, 3, H, W), its (width, height), and where the image lies in it.

    size: longer side of what the network sees, in pixels.
    """
    canvas = input_canvas((image.shape[1], image.shape[0]), size, (None, None), STRIDE, FIT)
    batch, (placement,) = to_network([image], canvas, FIT, PIXELS)
    return batch, canvas, placement
