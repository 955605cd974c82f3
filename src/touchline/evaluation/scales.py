"""The factor between the pixels of a result and those of its truth."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import iou_matrix
from touchline.errors import UsageError
from touchline.metrics.alignment import MIN_IOU
from touchline.types import TrackTable

logger = logging.getLogger(__name__)

_COMMON = (1 / 3, 1 / 2, 2 / 3, 3 / 4, 4 / 3, 3 / 2, 2.0, 3.0)  # between 480, 720, 1080, 1440, 2160
_FRAMES_LOOKED_AT = 20
_SUSPICIOUS, _CONVINCING = 0.1, 0.3  # shares of true boxes that are found


def scale_between(
    name: str, truth_size: tuple[int, int] | None, result_size: tuple[int, int] | None
) -> float:
    """What to multiply a result's coordinates by; 1 where an image's size is unknown.

    Sizes are (width, height). Raises UsageError for images of different shape.
    """
    if truth_size is None or result_size is None or truth_size == result_size:
        return 1.0
    across, down = (true / own for true, own in zip(truth_size, result_size, strict=True))
    if abs(across / down - 1.0) > 0.01:  # more than a side rounded to whole pixels explains
        raise UsageError(
            f"{name}: truth is {truth_size[0]}x{truth_size[1]}, the result "
            f"{result_size[0]}x{result_size[1]}, a different shape: give --scale"
        )
    return across


def warn_of_wrong_scale(name: str, truth: TrackTable, result: TrackTable, scale: float) -> None:
    """Warns where ``result``, which is ``scale`` times the file, would fit far better rescaled."""
    frames = np.intersect1d(truth.frames, result.frames)
    if not len(frames):
        return
    frames = frames[:: -(-len(frames) // _FRAMES_LOOKED_AT)]
    found = _share_found(truth, result, frames, 1.0)
    if found >= _SUSPICIOUS:
        return
    best_share, best = max((_share_found(truth, result, frames, one), one) for one in _COMMON)
    if best_share >= max(_CONVINCING, 3 * found):
        logger.warning(
            "%s: %.0f %% of the true boxes are found, %.0f %% with the result %.4g times as large: "
            "is it in other pixels? --scale %.4g",
            name,
            100 * found,
            100 * best_share,
            best,
            best * scale,
        )


def _share_found(
    truth: TrackTable, result: TrackTable, frames: NDArray[np.int64], scale: float
) -> float:
    """Share of the true boxes in ``frames`` that some box of the rescaled result overlaps."""
    found = total = 0
    for frame in frames.tolist():
        true_boxes, boxes = truth.at(frame).boxes, result.at(frame).boxes * scale
        overlaps = iou_matrix(true_boxes, boxes)
        found += int((overlaps.max(axis=1, initial=0.0) >= MIN_IOU).sum())
        total += len(true_boxes)
    return found / total
