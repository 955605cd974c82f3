"""Shot boundaries, from a thumbnail of each frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.clip_windows import LEAD_SECONDS
from touchline.flashes import MAX_FLASH_FRAMES
from touchline.types import TIME_TOLERANCE, Image
from touchline.video.config import ShotConfig
from touchline.video.thumbnails import (
    NOISE,
    Thumbnail,
    colour_change,
    packed,
    structure_change,
    unpacked,
)

# A flash or a fade changes light and colour but leaves lines where they are.
_MIN_STRUCTURE_CHANGE = 0.25

# Pans and shaky cameras change a lot all the time: the mean change is added to the threshold.
_RECENT_SECONDS = 0.5
_RECENT_WEIGHT = 1.5

# Where images lay between, two are compared at more shifts, of which one may fit by chance.
_APART_RECENT_WEIGHT = 1.0

# An image that changes little by little, and nears a shot left before, comes as near as this.
_NEAR = 0.6

# Fade to black or white and back: how long an image of the contrast before is remembered.
_FADE_SECONDS = 1.0
_FADED = 0.7  # of that contrast: below, the image is on its way
_DIPPED = 0.25  # of that contrast: what is left at most in black or white

_MOST_LEFT = 16  # shots remembered at once; a film of foreign images has one an image


@dataclass(frozen=True, slots=True)
class ShotChange:
    """What an image means for the current shot.

    cut: it begins a new one, as far as is known so far. flash_frames: number of images before it
    that were no shot but a flash, dropped or foreign; without ``cut``, the shot before continues.
    """

    cut: bool = False
    flash_frames: int = 0

    @property
    def interrupts(self) -> bool:
        """Whether this image does not continue the one right before it."""
        return self.cut or self.flash_frames > 0


@dataclass(frozen=True, slots=True)
class _Left:
    """The last image of a shot, ``age`` images ago; another shot began at ``time``."""

    thumbnail: Thumbnail
    time: float
    age: int


@dataclass(frozen=True, slots=True)
class _Clear:
    """The last image with the shot's contrast, at ``time``. dipped: 1 where black came after
    it, 2 where white, 0 neither.
    """

    thumbnail: Thumbnail
    time: float
    dipped: int = 0


class ShotCuts:
    """Finds hard cuts in a video shown frame by frame, and fades through black or white.

    The change between two frames is 1 - correlation of their thumbnails at the best shift (0..2,
    blind to light, pans and zooms) plus the Hellinger-type distance of their colour shares (0..1).
    Wide shots of a pitch share their colours, so structure weighs more. A cut is where the change
    exceeds ``min_change`` plus 1.5 times its recent mean. Dissolves and slow wipes are found at
    best by their steepest frame.

    One image does not tell a cut from a flash. So a shot that is left is remembered for
    ``flash_seconds``: when an image of it comes, what lay between was no shot.
    """

    def __init__(self, config: ShotConfig | None = None) -> None:
        self._config = config or ShotConfig()
        self._lead: list[tuple[float, Thumbnail]] = []  # times and images of the last second
        self._start()

    def _start(self) -> None:
        self._last: Thumbnail | None = None
        self._last_time = 0.0
        self._recent = 0.0
        self._left: list[_Left] = []
        self._clear: _Clear | None = None
        self._plain_frames = 0  # images up to the last one that were plain

    @property
    def doubts(self) -> bool:
        """Whether a later image may still revoke the latest cuts."""
        return bool(self._left)

    def is_cut(self, image: Image, time: float) -> bool:
        """Whether this frame, shown after the last one at ``time`` seconds, begins a new shot."""
        return self.look(image, time).cut

    def look(self, image: Image, time: float) -> ShotChange:
        """What this frame, shown after the last one at ``time`` seconds, does to the shot.

        The very first frame begins none: nothing came before that could be carried over. Nor does
        the one after a flash or a foreign image: it belongs to the shot before.
        """
        thumbnail = Thumbnail.of(image)
        self._lead = [*_since(self._lead, time), (time, thumbnail)]
        return self._look(thumbnail, time)

    def begin_anew(self, time: float) -> None:
        """Remember nothing but the images of the second before ``time``, that of the next one.

        What comes then does not depend on where the clip began.
        """
        self._start()
        for seen, thumbnail in _since(self._lead, time):
            self._look(thumbnail, seen)

    def _look(self, thumbnail: Thumbnail, time: float) -> ShotChange:
        last, last_time, plain_frames = self._last, self._last_time, self._plain_frames
        self._last, self._last_time = thumbnail, time
        self._plain_frames = plain_frames + 1 if thumbnail.plain else 0
        if last is None:
            self._follow_contrast(thumbnail, time)
            return ShotChange()
        self._remember(time)
        change = self._change_within_shot(last, thumbnail)
        flash_frames = self._back_from_flash(thumbnail, 1.0 if change is None else _NEAR)
        if flash_frames:
            self._clear = None
            return ShotChange(flash_frames=flash_frames)
        if change is None:
            return self._cut(last, time, plain_frames)
        weight = 1.0 - math.exp(-max(time - last_time, 0.0) / _RECENT_SECONDS)
        self._recent += weight * (change - self._recent)
        return ShotChange(cut=self._follow_contrast(thumbnail, time))

    def _cut(self, last: Thumbnail, time: float, plain_frames: int) -> ShotChange:
        """A cut after the image ``last``, which ended ``plain_frames`` plain ones."""
        self._clear = None
        # White or black between two shots is neither's: the new one begins here.
        between = plain_frames and any(left.age == plain_frames + 1 for left in self._left)
        self._left = [*self._left[1 - _MOST_LEFT :], _Left(last, time, 1)]
        return ShotChange(cut=True, flash_frames=plain_frames if between else 0)

    def _remember(self, time: float) -> None:
        """Age the remembered shots by one image, and forget those left long ago."""
        seconds = self._config.flash_seconds
        self._left = [
            replace(left, age=left.age + 1)
            for left in self._left
            # One image may be a flash however slowly images follow each other.
            if (left.age <= MAX_FLASH_FRAMES and time - left.time <= seconds + TIME_TOLERANCE)
            or (left.age == 1 and seconds > 0.0)
        ]

    def _back_from_flash(self, thumbnail: Thumbnail, nearness: float) -> int:
        """How many images were a flash, if this one returns to the shot before them.

        nearness: share of the usual limit within which it has to lie.
        """
        for place in range(len(self._left) - 1, -1, -1):
            left = self._left[place]
            limit = self._config.min_change + _APART_RECENT_WEIGHT * self._recent
            if _change(left.thumbnail, thumbnail, apart=True)[1] <= nearness * limit:
                del self._left[place:]
                return left.age - 1
        return 0

    def _follow_contrast(self, thumbnail: Thumbnail, time: float) -> bool:
        """Whether another shot comes out of the black or white into which the last one went."""
        clear = self._clear
        if clear is None:
            if not thumbnail.plain:
                self._clear = _Clear(thumbnail, time)
            return False
        late = time - clear.time > _FADE_SECONDS + TIME_TOLERANCE
        back = thumbnail.contrast > max(2 * NOISE, _DIPPED * clear.thumbnail.contrast)
        if not back and (thumbnail.black or thumbnail.white):
            if not (late or clear.dipped):
                self._clear = replace(clear, dipped=1 if thumbnail.black else 2)
            return False
        if clear.dipped:
            if not back:
                return False
            # After a while in black even the same camera begins anew; long white may be snow.
            self._clear = None
            if late:
                return clear.dipped == 1
            # Colours are pale still, lines are there.
            return structure_change(clear.thumbnail, thumbnail) > _MIN_STRUCTURE_CHANGE
        if late or thumbnail.contrast >= _FADED * clear.thumbnail.contrast:
            self._clear = _Clear(thumbnail, time)
        return False

    def _change_within_shot(self, before: Thumbnail, after: Thumbnail) -> float | None:
        """Distance between two images of one shot; None if they are of different shots."""
        structure, change = _change(before, after)
        limit = self._config.min_change + _RECENT_WEIGHT * self._recent
        return None if change > limit and structure > _MIN_STRUCTURE_CHANGE else change

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which ``restore`` continues exactly here."""
        clear = self._clear
        images = [left.thumbnail for left in self._left]
        images += [self._last] if self._last is not None else []
        images += [clear.thumbnail] if clear is not None else []
        images += [thumbnail for _, thumbnail in self._lead]
        return packed(images) | {
            "lead": np.array([time for time, _ in self._lead]),
            "numbers": np.array([self._last_time, self._recent, self._plain_frames]),
            "left": np.array([(left.time, left.age) for left in self._left]).reshape(-1, 2),
            "clear": np.array([] if clear is None else [clear.time, clear.dipped]),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what ``state`` gave."""
        if "left" not in state:
            return  # of an older version: the next image is taken for a first one
        last_time, recent, plain_frames = state["numbers"].tolist()
        self._last_time, self._recent, self._plain_frames = last_time, recent, int(plain_frames)
        images = iter(unpacked(state))
        self._left = [_Left(next(images), time, int(age)) for time, age in state["left"].tolist()]
        self._last, self._clear = next(images, None), None
        if len(state["clear"]):
            time, dipped = state["clear"].tolist()
            self._clear = _Clear(next(images), time, int(dipped))
        if "lead" in state:  # an older version kept none
            self._lead = list(zip(state["lead"].tolist(), images, strict=True))


def _change(before: Thumbnail, after: Thumbnail, *, apart: bool = False) -> tuple[float, float]:
    """Distance between two images by structure, and by structure and colours."""
    structure = structure_change(before, after, apart=apart)
    return structure, structure + colour_change(before, after)


def _since(images: list[tuple[float, Thumbnail]], time: float) -> list[tuple[float, Thumbnail]]:
    """The images of the second before ``time``."""
    return [one for one in images if time - one[0] <= LEAD_SECONDS + TIME_TOLERANCE]
