"""Made-up images of the backs of shirts, with and without numbers, of any size and sharpness.

A back is a cylinder: its cloth has a pattern, folds and a number in a font, and is turned and
tilted. Before it may be an arm or another player, beside it grass or a piece of a real image;
then it is looked at from afar, moved, sharpened and compressed. No font is part of this: any
folder of them will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from benchmarks.far_images import far, jittered, part_of, through_a_camera
from benchmarks.shirt_cloth import CANVAS, behind, beside, cloth_of, cylinder, painted
from touchline.types import Image

BLANK = 10
"""The class of tens that are not there."""

UNREADABLE, READABLE, UNDECIDED = 0, 1, 2

_GLYPH = 40
"""Height of the digits that are cut out of fonts, in pixels."""

_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"
"""Without those that look like digits."""

_LEAST_INK = 0.3
"""Least share of a digit's rectangle that is ink: thinner fonts are worn by nobody."""

Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NumberFont:
    """Masks (40, W) uint8 of ten digits and of letters, each cut out tightly."""

    name: str
    digits: tuple[NDArray[np.uint8], ...]
    letters: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One image (32, 32, 3) uint8 BGR, its digits, and whether they can be read."""

    image: Image
    tens: int
    ones: int
    readable: int


def load_fonts(folder: Path) -> list[NumberFont]:
    """Every font under ``folder`` that is bold enough, by name; one of each look."""
    fonts, seen = [], set()
    for file in sorted(path for path in folder.rglob("*") if path.suffix in (".ttf", ".otf")):
        font = ImageFont.truetype(str(file), 64)
        digits = [_glyph(font, text) for text in "0123456789"]
        if any(mask is None for mask in digits):
            continue
        masks = tuple(mask for mask in digits if mask is not None)
        ink = float(np.mean([mask.mean() / 255 for mask in masks]))
        look = masks[8].tobytes() + masks[4].tobytes()
        if ink < _LEAST_INK or look in seen or _glyph(font, "A") is None:
            continue
        seen.add(look)
        letters = tuple(mask for text in _LETTERS if (mask := _glyph(font, text)) is not None)
        fonts.append(NumberFont(file.stem, masks, letters))
    return fonts


def _glyph(font: ImageFont.FreeTypeFont, text: str) -> NDArray[np.uint8] | None:
    page = PillowImage.new("L", (160, 160))
    ImageDraw.Draw(page).text((40, 30), text, fill=255, font=font)
    mask = np.asarray(page)
    rows, columns = np.flatnonzero(mask.max(axis=1) > 60), np.flatnonzero(mask.max(axis=0) > 60)
    if len(rows) < 12 or len(columns) < 4:
        return None
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(4, round(tight.shape[1] * _GLYPH / tight.shape[0]))
    return np.asarray(cv2.resize(tight, (width, _GLYPH), interpolation=cv2.INTER_AREA), np.uint8)


def make(
    seed: int, fonts: Sequence[NumberFont], real: Sequence[Image], empty_share: float = 0.35
) -> Sample:
    """The sample of a seed. real: pieces of images without a number that can be read.

    empty_share: of samples that show no number from the start.
    """
    rng = np.random.default_rng(seed)
    if rng.random() < empty_share:
        if len(real) and rng.random() < 0.55:
            return Sample(_bare(real, rng), BLANK, 0, UNREADABLE)
        return Sample(_back(None, fonts, real, rng)[0], BLANK, 0, UNREADABLE)
    number = int(rng.integers(1, 10) if rng.random() < 0.3 else rng.integers(10, 100))
    image, seen = _back(number, fonts, real, rng)
    readable = READABLE if seen > 0.55 else UNREADABLE if seen < 0.3 else UNDECIDED
    return Sample(image, number // 10 if number > 9 else BLANK, number % 10, readable)


def _bare(real: Sequence[Image], rng: np.random.Generator) -> Image:
    """A part of a real image, which may be larger or smaller than a back."""
    piece = jittered(part_of(real[int(rng.integers(len(real)))], rng), rng)
    height = rng.uniform(0.7, 1.3) * piece.shape[0]
    return through_a_camera(piece, min(float(height), far(rng) * 1.5), rng)


def _back(
    number: int | None,
    fonts: Sequence[NumberFont],
    real: Sequence[Image],
    rng: np.random.Generator,
) -> tuple[Image, float]:
    """A made-up back, and the share of its worst digit that can be seen."""
    tight = rng.random() < 0.45
    font = fonts[int(rng.integers(len(fonts)))]
    plate, areas = _plate(number, font, rng)
    height = rng.uniform(0.55, 0.95) if tight else rng.uniform(0.3, 0.68)
    scale = height * CANVAS / _GLYPH
    half = CANVAS * (rng.uniform(0.7, 1.6) if tight else rng.uniform(0.38, 0.75))
    turn = float(np.clip(rng.normal(0, 0.3 if tight else 0.45), -1.3, 1.3))
    across, down, inside, light = cylinder(half, turn, tight, rng)
    if number is not None and tight:  # the crop is about the number, wherever on the body
        across += np.float32(turn * half)
        inside = np.ones_like(inside)
    centre = np.array(plate.shape[:2]) / 2
    wide = scale * rng.uniform(0.85, 1.15)
    map_x = (across / wide + centre[1]).astype(np.float32)
    map_y = (down / scale + centre[0]).astype(np.float32)
    print_of = cv2.remap(plate, map_x, map_y, cv2.INTER_LINEAR)
    ink = np.asarray(print_of, np.float32) / np.float32(255)
    cloth, main = cloth_of(across, down, real, rng)
    image = painted(cloth, ink, main, rng) * light[..., None]
    if inside.min() < 1:
        image = image * inside[..., None] + beside(real, rng) * (1 - inside[..., None])
    covered = np.zeros((CANVAS, CANVAS), np.float32)
    if rng.random() < 0.2:
        image, covered = behind(image, rng)
    seen = 0.0
    if number is not None:
        left = ink[..., :2] * (inside * (1 - covered))[..., None]
        parts = left.sum(axis=(0, 1)) / np.maximum(areas * scale * wide, 1)
        seen = float(min(part for part, area in zip(parts, areas, strict=True) if area > 0))
    shown = through_a_camera(
        np.clip(image, 0, 255).astype(np.uint8), far(rng, 10.0 if tight else 14.0), rng
    )
    return shown, seen


def _plate(
    number: int | None, font: NumberFont, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """What is printed: tens, ones, their outline, and letters; and the area of each digit."""
    plate = np.zeros((2 * _GLYPH, 3 * _GLYPH, 4), np.uint8)
    areas = np.zeros(2)
    if number is not None:
        squeeze, gap = rng.uniform(0.7, 1.35), int(rng.integers(0, 5))
        masks = [(1, font.digits[number % 10])]
        if number > 9:
            masks.insert(0, (0, font.digits[number // 10]))
        masks = [(plane, _squeezed(mask, squeeze)) for plane, mask in masks]
        left = (plate.shape[1] - sum(m.shape[1] for _, m in masks) - gap * (len(masks) - 1)) // 2
        for plane, mask in masks:
            part = plate[_GLYPH // 2 : _GLYPH // 2 + _GLYPH, left : left + mask.shape[1], plane]
            part[:] = mask[:, : part.shape[1]]
            areas[plane] = part.sum() / 255
            left += mask.shape[1] + gap
        wide = int(rng.choice([0, 3, 5, 7], p=[0.45, 0.25, 0.2, 0.1]))
        if wide:
            both = np.maximum(plate[..., 0], plate[..., 1])
            plate[..., 2] = cv2.dilate(
                both, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide,) * 2)
            )
    if rng.random() < (0.4 if number is not None else 0.55):
        _write(plate[..., 3], font, number is not None, rng)
    return plate, areas


def _squeezed(mask: NDArray[np.uint8], squeeze: float) -> NDArray[np.uint8]:
    width = max(4, round(mask.shape[1] * squeeze))
    return np.asarray(cv2.resize(mask, (width, _GLYPH)), np.uint8)


def _write(
    plane: NDArray[np.uint8], font: NumberFont, beside: bool, rng: np.random.Generator
) -> None:
    """Letters or a bar above or below a number, or letters as large as one where there is none."""
    height = int(rng.integers(6, 12)) if beside or rng.random() < 0.6 else int(rng.integers(17, 40))
    count = int(rng.integers(3, 10)) if height < 17 else int(rng.integers(1, 4))
    top = int(rng.choice([_GLYPH // 2 - height - 4, 3 * _GLYPH // 2 + 4]))
    if not beside:
        top = int(rng.integers(4, 2 * _GLYPH - height))
    if rng.random() < 0.25:
        half = int(rng.integers(8, 42))
        plane[max(top, 0) : top + height // 2, 3 * _GLYPH // 2 - half : 3 * _GLYPH // 2 + half] = (
            255
        )
        return
    left = 3 * _GLYPH // 2 - count * height // 3
    for _ in range(count):
        mask = font.letters[rng.integers(len(font.letters))]
        width = max(3, mask.shape[1] * height // _GLYPH)
        part = plane[max(top, 0) : top + height, max(left, 0) : left + width]
        if part.size:
            part[:] = cv2.resize(mask, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_AREA)
        left += width + 2
