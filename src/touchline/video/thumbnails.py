"""Thumbnails for shot detection, and the distance between two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image

NOISE = 3.0
"""Standard deviation in grey levels of noise and compression: regions of two images that vary by
less are plain in both, and alike."""

_SAMPLED = (320, 180)
_SIZE = (64, 36)

# Pixels of the thumbnail a pan may shift between two frames: an eighth of the width; twice that
# where images lay between.
_SHIFT_X, _SHIFT_Y = 8, 3

# If the structure does not fit, the camera may have zoomed by this much, in or out.
_ZOOM = 1.15
_SUSPICIOUS = 0.25

# If fewer pixels of the thumbnail change by this many levels, people move over plain ground.
_CHANGED_LEVELS = 12.0
_CHANGED_SHARE = 0.1

_FAINT = 0.5  # grey levels: noise of a thumbnail in which faint lines are looked for

# Plain images have no structure to compare: this many grey levels, or levels of red and blue,
# make another image.
_OTHER_LIGHT, _OTHER_TONE = 80.0, 16.0

_BLACK, _WHITE = 32.0, 220.0

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A thumbnail of an image.

    luma: (36, 64) uint8. colours: (1024,) float32 shares of CrCb. tone: (3,) mean Y, Cr and Cb.
    contrast: standard deviation of the luma.
    """

    luma: NDArray[np.uint8]
    colours: NDArray[np.float32]
    tone: NDArray[np.float64]
    contrast: float

    @classmethod
    def of(cls, image: Image) -> Thumbnail:
        """The thumbnail of a BGR image of any size."""
        # Every fourth pixel first: averaging a whole 720p image takes eight times as long, and
        # coarser samples gave false cuts.
        sampled = cv2.resize(image, _SAMPLED, interpolation=cv2.INTER_NEAREST)
        small = cv2.resize(sampled, _SIZE, interpolation=cv2.INTER_AREA)
        ycrcb = cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb)
        counts = cv2.calcHist([ycrcb], [1, 2], None, [32, 32], [64, 192, 64, 192])
        smooth = cv2.GaussianBlur(counts, (3, 3), 0).ravel().astype(np.float32)
        total = float(smooth.sum())
        luma = np.ascontiguousarray(ycrcb[..., 0], np.uint8)
        colours = smooth / total if total else smooth
        return cls(luma, colours, ycrcb.reshape(-1, 3).mean(axis=0), float(luma.std()))

    @property
    def plain(self) -> bool:
        """Whether it shows no structure."""
        return self.contrast < NOISE

    @property
    def black(self) -> bool:
        """Whether it is practically black."""
        return bool(self.contrast < 2 * NOISE and self.tone[0] < _BLACK)

    @property
    def white(self) -> bool:
        """Whether it is practically white."""
        return bool(self.contrast < 2 * NOISE and self.tone[0] > _WHITE)


def structure_change(before: Thumbnail, after: Thumbnail, *, apart: bool = False) -> float:
    """How little structure the two share: 0 all of it, 1 none.

    It is 1 - correlation of the lumas at the best shift and zoom; two plain images differ by
    light and tone. apart: other images lay between, in which the camera moved on.
    """
    one, other = before.luma.astype(np.float32), after.luma.astype(np.float32)
    change = _mismatch(one, other)
    if apart and change > _SUSPICIOUS:
        change = min(change, _mismatch(one, other, reach=2))
    if change > _SUSPICIOUS:
        change = min(change, _mismatch(_enlarged(one), other), _mismatch(one, _enlarged(other)))
    far = _distance(before, after)
    if change > _SUSPICIOUS and far < 1.0:
        changed = np.abs(one - other - (one.mean() - other.mean())) > _CHANGED_LEVELS
        change = min(change, float(changed.mean()) / _CHANGED_SHARE)
    # The more there is to see in either, and the more of it stays, the less do light and tone tell.
    noise = (2 * NOISE) ** 2
    spreads = (before.contrast**2 + noise) * (after.contrast**2 + noise)
    plain = far * noise / math.sqrt(spreads)
    if plain > max(change, _SUSPICIOUS):
        shared = float(((one - one.mean()) * (other - other.mean())).mean())
        spreads = (before.contrast**2 + _FAINT**2) * (after.contrast**2 + _FAINT**2)
        plain *= 1.0 - max(0.0, shared / math.sqrt(spreads))
    return max(change, plain)


def colour_change(before: Thumbnail, after: Thumbnail) -> float:
    """1 - Bhattacharyya coefficient of the colour shares: 0 alike, 1 no colour in common."""
    return 1.0 - float(np.sqrt(before.colours * after.colours).sum())


def packed(thumbnails: Sequence[Thumbnail]) -> dict[str, NDArray[Any]]:
    """The thumbnails as arrays that ``unpacked`` reads."""
    return {
        "lumas": np.array([each.luma for each in thumbnails], np.uint8),
        "colours": np.array([each.colours for each in thumbnails], np.float32),
        "tones": np.array([each.tone for each in thumbnails], np.float64),
        "contrasts": np.array([each.contrast for each in thumbnails], np.float64),
    }


def unpacked(state: Mapping[str, NDArray[Any]]) -> list[Thumbnail]:
    """The thumbnails that ``packed`` was given."""
    return [
        Thumbnail(np.array(luma), np.array(colours), np.array(tone), float(contrast))
        for luma, colours, tone, contrast in zip(
            state["lumas"], state["colours"], state["tones"], state["contrasts"], strict=True
        )
    ]


def _mismatch(one: Grey, other: Grey, reach: int = 1) -> float:
    """1 - correlation of the inner part of each with the other, at the best shift of each.

    reach: multiple of the default maximum shift.
    """
    x, y = _SHIFT_X * reach, _SHIFT_Y * reach
    there = _correlation(one[y:-y, x:-x], other)
    back = _correlation(other[y:-y, x:-x], one)
    return 1.0 - (there + back) / 2


def _correlation(part: Grey, whole: Grey) -> float:
    """Correlation of ``part`` with the place in ``whole`` that fits best: 1 the same.

    Both are taken to share some noise, so that what is plain is like all that is plain. Each
    place has its own spread: that of the whole says nothing of a part without lines.
    """
    noise, (height, width) = NOISE**2, part.shape
    shared = cv2.matchTemplate(whole, part, cv2.TM_CCOEFF) / part.size + noise
    rows, columns = shared.shape
    mean = cv2.blur(whole, (width, height), anchor=(0, 0))[:rows, :columns]
    square = cv2.blur(whole * whole, (width, height), anchor=(0, 0))[:rows, :columns]
    spreads = (np.maximum(square - mean * mean, 0.0) + noise) * (float(part.var()) + noise)
    return float((shared / np.sqrt(spreads)).max())


def _enlarged(luma: Grey) -> Grey:
    """The middle of a thumbnail, enlarged to its size."""
    height, width = luma.shape
    big = cv2.resize(luma, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv2.INTER_LINEAR)
    top, left = (big.shape[0] - height) // 2, (big.shape[1] - width) // 2
    return np.ascontiguousarray(big[top : top + height, left : left + width], np.float32)


def _distance(before: Thumbnail, after: Thumbnail) -> float:
    """Distance of light and tone of two images: from 0 to 1, where the images differ."""
    light, *tone = np.abs(before.tone - after.tone).tolist()
    return float(min(1.0, max(light / _OTHER_LIGHT, max(tone) / _OTHER_TONE)))
