"""Random photometric changes of an image: light, colour, blur, noise, compression."""

from __future__ import annotations

from itertools import permutations
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.detection.augmentation_config import (
    ImageAugmentationConfig,
    ImageBlurConfig,
    ImageColourConfig,
    ImageQualityConfig,
)
from touchline.types import Image

_GREY = np.array([0.114, 0.587, 0.299])  # weights of blue, green, red (ITU-R BT.601)
_YIQ = np.array([_GREY, [-0.321, -0.275, 0.596], [0.311, -0.523, 0.212]])
_SHUFFLES = [np.eye(3)[list(order)] for order in permutations(range(3))][1:]
_NORMAL = np.array([NormalDist().inv_cdf((step + 0.5) / 256) for step in range(256)], np.float32)
"""Maps uniform bytes to normal numbers; drawing bytes is ten times as fast."""


def jitter_colours(
    image: Image, config: ImageAugmentationConfig, rng: np.random.Generator
) -> Image:
    """A BGR image (H, W, 3) uint8 as another camera, light or codec would have it."""
    if rng.random() < config.shuffle.probability:
        image = _mix(image, _SHUFFLES[rng.integers(len(_SHUFFLES))], 0.0)
    if rng.random() < config.colour.probability:
        image = _change_colour(image, config.colour, rng)
    if rng.random() < config.blur.probability:
        image = _blur(image, config.blur, rng)
    if rng.random() < config.noise.probability:
        image = _add_noise(image, rng.uniform(0.0, config.noise.max_sigma), rng)
    if rng.random() < config.quality.probability:
        image = _worsen(image, config.quality, rng)
    return image


def _change_colour(image: Image, config: ImageColourConfig, rng: np.random.Generator) -> Image:
    """Hue, saturation, contrast and brightness are one matrix: nothing clips between them."""
    brightness, contrast, saturation = (
        1.0 + rng.uniform(-reach, reach)
        for reach in (config.brightness, config.contrast, config.saturation)
    )
    angle = np.deg2rad(rng.uniform(-config.max_hue, config.max_hue))
    cosine, sine = saturation * np.cos(angle), saturation * np.sin(angle)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    matrix = brightness * contrast * np.linalg.inv(_YIQ) @ turn @ _YIQ
    level = float(_GREY @ np.array(cv2.mean(image)[:3]))
    image = _mix(image, matrix, brightness * (1.0 - contrast) * level)
    reach = np.log(config.max_gamma)
    gamma = np.exp(rng.uniform(-reach, reach))
    table = np.rint(255 * np.linspace(0.0, 1.0, 256) ** gamma).astype(np.uint8)
    return _image(cv2.LUT(image, table))


def _mix(image: Image, matrix: NDArray[np.float64], offset: float) -> Image:
    return _image(cv2.transform(image, np.column_stack([matrix, np.full(3, offset)])))


def _blur(image: Image, config: ImageBlurConfig, rng: np.random.Generator) -> Image:
    if rng.random() >= config.motion:
        sigma = rng.uniform(0.0, config.max_sigma)
        return _image(cv2.GaussianBlur(image, (0, 0), sigma)) if sigma > 0 else image
    length, angle = rng.uniform(0.0, config.max_length), rng.uniform(0.0, np.pi)
    reach = int(np.ceil(length / 2))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    beyond = np.maximum(np.abs(along) - length / 2, 0.0)
    # An antialiased line one pixel wide.
    kernel = np.maximum(1.0 - np.hypot(across, beyond), 0.0)
    return _image(cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE))


def _add_noise(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    steps = np.frombuffer(rng.bytes(image.size), np.uint8).reshape(image.shape)
    noise = np.rint(sigma * _NORMAL).astype(np.int16)[steps]
    return _image(cv2.add(image, noise, dtype=cv2.CV_8U))


def _worsen(image: Image, config: ImageQualityConfig, rng: np.random.Generator) -> Image:
    """Downscaled, JPEG-compressed, and scaled back up."""
    height, width = image.shape[:2]
    factor = rng.uniform(1.0, config.max_shrink)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    quality = int(rng.integers(config.min_jpeg, config.max_jpeg + 1))
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None  # OpenCV has just written it
    return _image(cv2.resize(decoded, (width, height), interpolation=cv2.INTER_LINEAR))


def _image(pixels: cv2.typing.MatLike) -> Image:
    return pixels.astype(np.uint8, copy=False)
