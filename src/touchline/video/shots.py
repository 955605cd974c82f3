"""Where one camera's picture ends and another's begins, from a thumbnail of each frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image
from touchline.video.config import ShotConfig

_SAMPLED = (320, 180)
_THUMBNAIL = (64, 36)

# Pixels of the thumbnail a pan may shift between two frames: an eighth of the width.
_SHIFT_X, _SHIFT_Y = 8, 3

# A flash or a fade changes light and colour but leaves lines where they are.
_MIN_STRUCTURE_CHANGE = 0.25

# Pans and shaky cameras change a lot all the time: the usual change is added to the threshold.
_RECENT_SECONDS = 0.5
_RECENT_WEIGHT = 1.5

# Standard deviation of grey levels below which a picture is blank and has no structure.
_BLANK = 2.0


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept of a frame. luma: (36, 64) uint8. colours: (1024,) float32 shares of CrCb."""

    luma: NDArray[np.uint8]
    colours: NDArray[np.float32]


class ShotCuts:
    """Finds hard cuts in a video shown frame by frame.

    The change between two frames is 1 - correlation of their thumbnails at the best shift (0..2,
    blind to light and pans) plus the Hellinger-type distance of their colour shares (0..1). Wide
    shots of a pitch share their colours, so structure weighs more. A cut is where the change
    exceeds ``min_change`` plus 1.5 times its recent mean. Dissolves and slow wipes are found at
    best by their steepest frame.
    """

    def __init__(self, config: ShotConfig | None = None) -> None:
        self._config = config or ShotConfig()
        self._last: _Look | None = None
        self._before_cut: _Look | None = None
        self._last_time = 0.0
        self._cut_time = 0.0
        self._recent = 0.0

    def is_cut(self, image: Image, time: float) -> bool:
        """Whether this frame, shown after the last one at ``time`` seconds, begins a new shot.

        The very first frame does not: nothing came before that could be carried over. Nor does
        the one after a flash or a foreign picture: it belongs to the shot before.
        """
        look = _look(image)
        last, last_time = self._last, self._last_time
        self._last, self._last_time = look, time
        if last is None:
            return False
        change = self._change_within_shot(last, look)
        if change is not None:
            weight = 1.0 - math.exp(-max(time - last_time, 0.0) / _RECENT_SECONDS)
            self._recent += weight * (change - self._recent)
            return False
        before = self._before_cut
        self._before_cut = last
        is_return = (
            before is not None
            and time - self._cut_time <= self._config.flash_seconds
            and self._change_within_shot(before, look) is not None
        )
        self._cut_time = time
        return not is_return

    def _change_within_shot(self, before: _Look, after: _Look) -> float | None:
        """How far two looks of one shot lie apart; None when they are of different shots."""
        structure = _structure_change(before, after)
        change = structure + _colour_change(before, after)
        limit = self._config.min_change + _RECENT_WEIGHT * self._recent
        return None if change > limit and structure > _MIN_STRUCTURE_CHANGE else change

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which ``restore`` continues exactly here."""
        looks = {"last": self._last, "before_cut": self._before_cut}
        state: dict[str, NDArray[Any]] = {
            "numbers": np.array([self._last_time, self._cut_time, self._recent])
        }
        for name, look in looks.items():
            if look is not None:
                state |= {f"{name}_luma": look.luma, f"{name}_colours": look.colours}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what ``state`` gave."""
        self._last_time, self._cut_time, self._recent = (float(n) for n in state["numbers"])
        self._last, self._before_cut = (
            _Look(np.array(state[f"{name}_luma"]), np.array(state[f"{name}_colours"]))
            if f"{name}_luma" in state
            else None
            for name in ("last", "before_cut")
        )


def _look(image: Image) -> _Look:
    # Every fourth pixel first: averaging a whole 720p picture takes eight times as long, and
    # coarser samples gave false cuts.
    sampled = cv2.resize(image, _SAMPLED, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(sampled, _THUMBNAIL, interpolation=cv2.INTER_AREA)
    ycrcb = cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb)
    counts = cv2.calcHist([ycrcb], [1, 2], None, [32, 32], [64, 192, 64, 192])
    smooth = cv2.GaussianBlur(counts, (3, 3), 0).ravel().astype(np.float32)
    total = float(smooth.sum())
    return _Look(np.ascontiguousarray(ycrcb[..., 0], np.uint8), smooth / total if total else smooth)


def _structure_change(before: _Look, after: _Look) -> float:
    """1 - normalised correlation of the lumas at the best shift: 0 same lines, 1 none in common."""
    inner = before.luma[_SHIFT_Y:-_SHIFT_Y, _SHIFT_X:-_SHIFT_X]
    blank_before, blank_after = inner.std() < _BLANK, after.luma.std() < _BLANK
    if blank_before or blank_after:
        return 0.0 if blank_before and blank_after else 1.0
    correlations = cv2.matchTemplate(after.luma, inner, cv2.TM_CCOEFF_NORMED)
    return 1.0 - float(correlations.max())


def _colour_change(before: _Look, after: _Look) -> float:
    """1 - Bhattacharyya coefficient of the colour shares: 0 alike, 1 no colour in common."""
    return 1.0 - float(np.sqrt(before.colours * after.colours).sum())
