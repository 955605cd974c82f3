"""Small anti-aliased images (rings, labels, markers), drawn once and pasted often.

Everything is drawn several times larger and averaged down; the fonts and arcs of OpenCV look
rough at their own size, and drawing them anew in each frame would take most of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image
from touchline.video.palette import INK, PAPER, Colour, text_colour

_FINEST = 8  # small sprites are drawn this many times larger
_LARGEST_CANVAS = 800  # pixels; wide sprites are drawn less fine, as they look smooth anyway
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CACHED = 1024
_DARK = 110  # rings of a colour without a lighter channel have a light edge

_Draw = Callable[[Image, NDArray[np.uint8], int], None]
"""Draws into a colour image and its alpha, both ``finer`` times larger than the sprite."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """An image with transparency.

    light: (H, W, 3) uint8, what it adds. shade: (H, W, 3) uint8, the share (of 255) of the
    image below that stays.
    """

    light: Image
    shade: Image

    @property
    def width(self) -> int:
        return int(self.light.shape[1])

    @property
    def height(self) -> int:
        return int(self.light.shape[0])


def paste(image: Image, sprite: Sprite, left: int, top: int) -> None:
    """Puts the sprite into the image; what reaches over the border is cut off."""
    x1, y1 = max(left, 0), max(top, 0)
    x2 = min(left + sprite.width, image.shape[1])
    y2 = min(top + sprite.height, image.shape[0])
    if x1 >= x2 or y1 >= y2:
        return
    below = image[y1:y2, x1:x2]
    part = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    dimmed = cv2.multiply(below, sprite.shade[part], scale=1.0 / 255.0)
    cv2.add(dimmed, sprite.light[part], dst=below)


@lru_cache(maxsize=_CACHED)
def ring(width: int, thickness: float, colour: Colour, dashed: bool) -> Sprite:
    """A ring on the grass, open behind the player, centred in the sprite."""
    height = max(round(width * 0.36), 4)
    edge = max(1.0, thickness * 0.6)
    pad = int(np.ceil(thickness / 2 + edge)) + 1
    stroke = thickness * 0.7 if dashed else thickness
    arcs = [(a, a + 18) for a in range(-40, 220, 30)] if dashed else [(-45, 225)]

    def draw(colours: Image, alpha: NDArray[np.uint8], finer: int) -> None:
        centre = (colours.shape[1] // 2, colours.shape[0] // 2)
        axes = (width * finer // 2, height * finer // 2)
        cv2.ellipse(alpha, centre, axes, 0, 0, 360, 45, -1)
        colours[:] = colour
        around = _outline_of(colour)
        for line, opacity, paint in ((stroke + 2 * edge, 150, around), (stroke, 255, colour)):
            thick = max(1, round(line * finer))
            for begin, end in arcs:
                cv2.ellipse(alpha, centre, axes, 0, begin, end, opacity, thick)
                cv2.ellipse(colours, centre, axes, 0, begin, end, paint, thick)

    return _render(width + 2 * pad, height + 2 * pad, draw)


@lru_cache(maxsize=_CACHED)
def dot(width: float, thickness: float, colour: Colour, hollow: bool) -> Sprite:
    """A flat dot on the grass, centred in the sprite; a hollow one is a small ring."""
    edge = max(1.0, thickness * 0.5)
    high, side = max(0.6 * width, 3.0), round(width + 2 * edge) + 2

    def draw(colours: Image, alpha: NDArray[np.uint8], finer: int) -> None:
        centre = (colours.shape[1] // 2, colours.shape[0] // 2)
        for more, paint, opacity in ((edge, _outline_of(colour), 190), (0.0, colour, 255)):
            axes = (round((width / 2 + more) * finer), round((high / 2 + more) * finer))
            cv2.ellipse(alpha, centre, axes, 0, 0, 360, opacity, -1)
            cv2.ellipse(colours, centre, axes, 0, 0, 360, paint, -1)
        if hollow:
            axes = (round(width * finer / 4), round(high * finer / 4))
            cv2.ellipse(alpha, centre, axes, 0, 0, 360, 0, -1)

    return _render(side, round(high + 2 * edge) + 2, draw)


def _outline_of(colour: Colour) -> Colour:
    return PAPER if text_colour(colour) == PAPER and max(colour) < _DARK else INK


@lru_cache(maxsize=_CACHED)
def label(text: str, tag: str, colour: Colour, height: int, faint: bool = False) -> Sprite:
    """A rounded label: ``tag`` light on dark, then ``text`` on ``colour``; one may be empty."""
    space = round(height * 0.26)
    parts = [(tag, INK, PAPER), (text, colour, text_colour(colour))]
    parts = [part for part in parts if part[0]]
    widths = [max(_text_width(part[0], height) + 2 * space, height) for part in parts]
    line = max(1, round(height / 14))

    def draw(colours: Image, alpha: NDArray[np.uint8], finer: int) -> None:
        scale, stroke = _font_for(height * finer)
        high, wide = alpha.shape
        radius = round(height * 0.3) * finer
        _rounded(alpha, (0, 0, wide, high), radius + line * finer, 215)
        colours[:] = INK
        inner = line * finer
        mask = np.zeros_like(alpha)
        _rounded(mask, (inner, inner, wide - inner, high - inner), radius, 255)
        left = inner
        for (words, background, ink), width in zip(parts, widths, strict=True):
            right = left + width * finer
            area = (slice(None), slice(left, right))
            colours[area][mask[area] > 0] = background
            span = cv2.getTextSize(words, _FONT, scale, stroke)[0]
            at = (left + (right - left - span[0]) // 2, (high + span[1]) // 2)
            cv2.putText(colours, words, at, _FONT, scale, ink, stroke)
            left = right
        np.maximum(alpha, mask, out=alpha)

    return _render(sum(widths) + 2 * line, height + 2 * line, draw, opacity=0.6 if faint else 1.0)


@lru_cache(maxsize=_CACHED)
def pointer(size: int, colour: Colour) -> Sprite:
    """A triangle that points down, with a dark edge; its tip is at the middle of the bottom."""

    def draw(colours: Image, alpha: NDArray[np.uint8], finer: int) -> None:
        high, wide = alpha.shape
        edge = max(1.0, size / 8) * finer
        outer = [(0, 0), (wide, 0), (wide / 2, high)]
        inner = [(1.7 * edge, edge), (wide - 1.7 * edge, edge), (wide / 2, high - 2 * edge)]
        colours[:] = INK
        cv2.fillPoly(alpha, [np.array(outer, np.int32)], 215)
        cv2.fillPoly(alpha, [np.array(inner, np.int32)], 255)
        cv2.fillPoly(colours, [np.array(inner, np.int32)], colour)

    return _render(size, round(size * 0.85), draw)


def _render(width: int, height: int, draw: _Draw, opacity: float = 1.0) -> Sprite:
    """What ``draw`` makes, averaged down to this size."""
    finer = max(2, min(_FINEST, _LARGEST_CANVAS // width))
    colours: Image = np.zeros((height * finer, width * finer, 3), np.uint8)
    alpha: NDArray[np.uint8] = np.zeros((height * finer, width * finer), np.uint8)
    draw(colours, alpha, finer)
    cover = np.repeat(alpha[:, :, None] * np.float32(opacity / 255), 3, axis=2)
    size = (width, height)
    light = cv2.resize(colours * cover, size, interpolation=cv2.INTER_AREA)
    shade = 255 * (1 - cv2.resize(cover, size, interpolation=cv2.INTER_AREA))
    return Sprite(np.rint(light).astype(np.uint8), np.rint(shade).astype(np.uint8))


def _font_for(height: int) -> tuple[float, int]:
    """Font scale and stroke for a text in a label of this height."""
    (_, unit_height), _ = cv2.getTextSize("0", _FONT, 1.0, 1)
    return 0.58 * height / unit_height, max(1, round(0.11 * height))


def _text_width(text: str, height: int) -> int:
    scale, stroke = _font_for(height * _FINEST)
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, stroke)
    return -(-width // _FINEST)


def _rounded(
    alpha: NDArray[np.uint8], area: tuple[int, int, int, int], radius: int, value: int
) -> None:
    x1, y1, x2, y2 = area
    radius = min(radius, (x2 - x1) // 2, (y2 - y1) // 2)
    cv2.rectangle(alpha, (x1 + radius, y1), (x2 - 1 - radius, y2 - 1), value, -1)
    cv2.rectangle(alpha, (x1, y1 + radius), (x2 - 1, y2 - 1 - radius), value, -1)
    for x in (x1 + radius, x2 - 1 - radius):
        for y in (y1 + radius, y2 - 1 - radius):
            cv2.circle(alpha, (x, y), radius, value, -1)
