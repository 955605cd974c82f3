"""Images as a video shows them: parts, in other colours, from afar, moved and compressed."""

from __future__ import annotations

import cv2
import numpy as np

from touchline.types import Image

SIDE = 32
"""Pixels of a side of what the network sees."""


def part_of(piece: Image, rng: np.random.Generator) -> Image:
    """A random part of an image, at least half of each side."""
    height, width = piece.shape[:2]
    rows, columns = (int(rng.integers(side // 2, side + 1)) for side in (height, width))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = piece[top : top + rows, left : left + columns]
    return part[:, ::-1] if rng.random() < 0.5 else part


def jittered(piece: Image, rng: np.random.Generator) -> Image:
    """Other colours: hue, saturation and light moved."""
    hsv = cv2.cvtColor(np.ascontiguousarray(piece), cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + (rng.uniform(0, 180) if rng.random() < 0.5 else 0)) % 180
    hsv[..., 1:] *= rng.uniform(0.6, 1.4, 2).astype(np.float32)
    shown = cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2BGR)
    return np.asarray(shown, np.uint8)


def far(rng: np.random.Generator, least: float = 11.0) -> float:
    """Height of the crop in the video, in pixels: as many twice as near as near."""
    return float(least * 4 ** rng.uniform(0, 1))


def through_a_camera(image: Image, height: float, rng: np.random.Generator) -> Image:
    """(32, 32, 3): small, blurred, sharpened, noisy and compressed, as in a video; then resized."""
    rows = max(6, round(height))
    columns = max(5, round(height * rng.uniform(0.7, 1.25)))
    wide = cv2.copyMakeBorder(image, 8, 8, 8, 8, cv2.BORDER_REFLECT)
    if rng.random() < 0.25:
        length = int(rng.integers(3, 9))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        if rng.random() < 0.4:
            kernel = np.ascontiguousarray(kernel.T)
        wide = cv2.filter2D(wide, -1, kernel)
    grow = np.array([1 + 16 / side for side in image.shape[:2]])
    size = (round(columns * grow[1]), round(rows * grow[0]))
    reduced = cv2.resize(wide, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    sigma = float(rng.uniform(0.2, 1.1))
    small = np.asarray(cv2.GaussianBlur(reduced, (0, 0), sigma), np.float32)
    if rng.random() < 0.35:
        smooth = cv2.GaussianBlur(small, (0, 0), 1.2)
        small = small + np.float32(rng.uniform(0.3, 1.2)) * (small - smooth)
    light = np.float32(rng.uniform(0.65, 1.25))
    small = (small - 128) * np.float32(rng.uniform(0.55, 1.15)) + 128 * light
    small += rng.normal(0, rng.uniform(0, 6), small.shape)
    shown = np.clip(small, 0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        _, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(22, 92))])
        shown = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    top = round(8 / image.shape[0] * rows) + int(rng.integers(-1, 2))
    left = round(8 / image.shape[1] * columns) + int(rng.integers(-1, 2))
    cut = shown[max(top, 0) : top + rows, max(left, 0) : left + columns]
    shrinks = cut.shape[0] >= SIDE and cut.shape[1] >= SIDE
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (SIDE, SIDE), interpolation=method), np.uint8)
