"""The path of a window that follows people: smooth in every shot, and always inside the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes

_PERSON_SHARE = 0.25
"""A person is this part of the window's height, so that one sees what they do and with whom."""

_SLOWEST_HZ = 0.4
"""Movements of the people that are quicker than this are smoothed away: strides, jumping boxes."""

_UNSEEN_WEIGHT = 0.01  # of a straight line through the time in which they are not seen
_MARGIN = 0.6  # person heights around whoever is nearest to the border
_SIZE_SECONDS = 1.0  # before somebody leaves the window as it was, it begins to grow
_MOST_ENLARGED = 6.0


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom a window is to hold, by frame.

    Args:
        boxes: (F, 4) corner pixels around all of them; NaN where nobody is seen.
        heights: (F,) pixels of the tallest of them; NaN likewise.
        shots: (F,) bool, True where a frame begins a shot; the first always does.
    """

    boxes: Boxes
    heights: NDArray[np.float64]
    shots: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        frames: NDArray[np.int64],
        shots: NDArray[np.bool_],
        box_frames: NDArray[np.int64],
        boxes: Boxes,
    ) -> Targets:
        """Of boxes (M, 4) in ``box_frames`` (M,), ascending, each of which is in ``frames``."""
        around, heights = np.full((len(frames), 4), np.nan), np.full(len(frames), np.nan)
        if len(boxes):
            starts = np.flatnonzero(np.diff(box_frames, prepend=-1))
            places = np.searchsorted(frames, box_frames[starts])
            around[places, :2] = np.minimum.reduceat(boxes[:, :2], starts)
            around[places, 2:] = np.maximum.reduceat(boxes[:, 2:], starts)
            heights[places] = np.maximum.reduceat(boxes[:, 3] - boxes[:, 1], starts)
        return cls(around, heights, shots)


def follow(
    targets: Targets, fps: float, image_size: tuple[int, int], view_size: tuple[int, int]
) -> Boxes:
    """(F, 4) corner pixels of a window of the shape of ``view_size``, for every frame.

    Within a shot it moves smoothly, forward as backward in time, also while nobody is seen; at a
    cut it begins anew; a shot without any of them is shown whole. It holds everybody, with a
    margin, unless the shape forbids it: where they are farther apart than the image is high.

    image_size, view_size: width and height.
    """
    windows = np.empty((len(targets.heights), 4))
    starts = np.flatnonzero(targets.shots)
    for first, end in zip(starts, np.append(starts, len(windows))[1:], strict=True):
        shot = slice(int(first), int(end))
        windows[shot] = _shot(
            targets.boxes[shot], targets.heights[shot], fps, image_size, view_size
        )
    return windows


def holds(windows: Boxes, boxes: Boxes, image_size: tuple[int, int]) -> NDArray[np.bool_]:
    """(F,) whether each window holds all of its box that is in the image; True for NaN."""
    inside = np.clip(boxes, 0.0, np.tile(image_size, 2))
    lost = (inside[:, :2] < windows[:, :2] - 0.5) | (inside[:, 2:] > windows[:, 2:] + 0.5)
    return np.asarray(~lost.any(axis=1))


def _shot(
    boxes: Boxes,
    heights: NDArray[np.float64],
    fps: float,
    image_size: tuple[int, int],
    view_size: tuple[int, int],
) -> Boxes:
    image, shape = np.array(image_size, np.float64), view_size[0] / view_size[1]
    largest = min(image[1], image[0] / shape) / 2
    seen = np.flatnonzero(~np.isnan(heights))
    if not len(seen):
        centres, half = np.tile(image / 2, (len(heights), 1)), np.full(len(heights), largest)
    else:
        centres = _smooth((boxes[:, :2] + boxes[:, 2:]) / 2, seen, fps)
        reach = np.maximum(centres - boxes[:, :2], boxes[:, 2:] - centres)
        reach = np.maximum(reach[:, 1], reach[:, 0] / shape) + _MARGIN * heights
        needed = np.maximum(reach, heights / (2 * _PERSON_SHARE))
        half = _eased(np.interp(np.arange(len(needed)), seen, needed[seen]), fps)
        half = np.clip(half, min(largest, image[1] / (2 * _MOST_ENLARGED)), largest)
    sides = np.column_stack([half * shape, half])
    centres = np.clip(centres, sides, image - sides)
    return np.hstack([centres - sides, centres + sides])


def _smooth(points: NDArray[np.float64], seen: NDArray[np.intp], fps: float) -> NDArray[np.float64]:
    """(F, 2) the points without what is quicker than ``_SLOWEST_HZ``, delayed by nothing.

    Whittaker, "On a new method of graduation", 1923: least squares with a penalty on the second
    difference, here with a small weight on straight lines where nobody is seen.
    """
    from scipy.linalg import solveh_banded

    count = len(points)
    places = np.arange(count)
    filled = np.column_stack([np.interp(places, seen, points[seen, axis]) for axis in (0, 1)])
    if count < 3:
        return filled
    weights = np.full(count, _UNSEEN_WEIGHT)
    weights[seen] = 1.0
    penalty = (fps / (2 * np.pi * _SLOWEST_HZ)) ** 4
    # The upper bands of W + penalty * D'D, for D the second difference.
    bands = np.zeros((3, count))
    for offset, factor in enumerate((1.0, -2.0, 1.0)):
        bands[2, offset : count - 2 + offset] += penalty * factor**2
    bands[2] += weights
    bands[1, 1:-1] += -2.0 * penalty
    bands[1, 2:] += -2.0 * penalty
    bands[0, 2:] += penalty
    smooth: NDArray[np.float64] = solveh_banded(bands, weights[:, None] * filled)
    return smooth


def _eased(needed: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """(F,) never less than ``needed``, and growing and shrinking without a jerk."""
    from scipy.ndimage import maximum_filter1d

    reach = max(1, round(_SIZE_SECONDS * fps))
    most = maximum_filter1d(needed, 2 * reach + 1, mode="nearest")
    kernel = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(most, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
