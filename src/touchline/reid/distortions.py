"""Distortions by camera, light and compression, of given strength; nothing random.

Every function takes a BGR image (H, W, 3) uint8 and returns a new one; the input is unchanged.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image

LUMINANCE = np.array([0.114, 0.587, 0.299])
"""Weights of blue, green and red in brightness (ITU-R BT.601)."""

_MIN_HEIGHT, _MIN_WIDTH = 24, 8
"""Nothing is shrunk below this size: smaller people are not trained on either."""


def mean_colour(image: Image) -> NDArray[np.float64]:
    """(3,) mean blue, green and red."""
    return np.array(cv2.mean(image)[:3])


def mirror(image: Image) -> Image:
    """Mirrored left to right."""
    return np.ascontiguousarray(image[:, ::-1])


def turn_hue(image: Image, degrees: float) -> Image:
    """All hues rotated by one angle, to 2 degrees; brightness and saturation (of HSV) kept."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + round(degrees / 2)) % 180
    return _image(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))


def mix_channels(image: Image, matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> Image:
    """``matrix`` (3, 3) applied to every pixel's blue, green and red, and ``offset`` (3,) added."""
    return _image(cv2.transform(image, np.column_stack([matrix, offset])))


def bend_tones(image: Image, gamma: float) -> Image:
    """Every value v of 0..1 becomes v ** gamma: above 1 darker, below 1 lighter."""
    table = np.rint(255 * np.linspace(0.0, 1.0, 256) ** gamma).astype(np.uint8)
    return _image(cv2.LUT(image, table))


def defocus(image: Image, sigma: float, kernel: tuple[int, int] = (0, 0)) -> Image:
    """Blurred by a Gaussian of standard deviation ``sigma`` pixels; as it is for 0.

    kernel: width and height within which it acts, odd numbers; as far as it reaches unless given.
    """
    return _image(cv2.GaussianBlur(image, kernel, sigma)) if sigma > 0 else image


def smear(image: Image, length: float, angle: float) -> Image:
    """Averaged along a line of ``length`` pixels at ``angle`` radians from the horizontal."""
    reach = int(np.ceil(length / 2))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    beyond = np.maximum(np.abs(along) - length / 2, 0.0)
    # An antialiased line one pixel wide.
    kernel = np.maximum(1.0 - np.hypot(across, beyond), 0.0)
    return _image(cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE))


def shrink(image: Image, factor: float) -> Image:
    """With ``factor`` times fewer pixels each way, but not below 24 rows or 8 columns."""
    height, width = image.shape[:2]
    factor = max(1.0, min(factor, height / _MIN_HEIGHT, width / _MIN_WIDTH))
    size = (round(width / factor), round(height / factor))
    return _image(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def compress(image: Image, quality: int) -> Image:
    """Through JPEG of this quality, 1 to 100."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _image(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))


def shift(image: Image, right: int, down: int) -> Image:
    """Moved by whole pixels, negative ones to the left and up; black comes in."""
    height, width = image.shape[:2]
    right, down = max(-width, min(right, width)), max(-height, min(down, height))
    moved = np.zeros_like(image)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = image[
        max(-down, 0) : height + min(-down, 0), max(-right, 0) : width + min(-right, 0)
    ]
    return moved


def _image(pixels: cv2.typing.MatLike) -> Image:
    return pixels.astype(np.uint8, copy=False)
