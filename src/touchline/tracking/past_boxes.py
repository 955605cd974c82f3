"""The last boxes of each track, carried along by the camera, and what trackers conclude of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_cxcywh, cxcywh_to_corners
from touchline.tracking.config import TrackerConfig
from touchline.tracking.kalman import STEPS_PER_SECOND, scale_of
from touchline.tracking.rows import TrackRows
from touchline.types import Affine, Index

_KEPT = 6
"""Boxes that the mean step is taken over, as many steps and one."""

_BACK = 3
"""Boxes before the last one from which the direction of a track is taken."""


def kept_boxes(config: TrackerConfig) -> int:
    """How many of its last boxes a track must remember with these settings."""
    wanted = config.motion_model != "kalman" or config.last_box_distance is not None
    return _KEPT if wanted or config.direction_weight or config.observation_update else 0


def remember(
    rows: TrackRows, chosen: Index, boxes: Boxes, now: float, config: TrackerConfig
) -> None:
    """Make ``boxes`` the last ones of the rows ``chosen``, where boxes are remembered at all."""
    if not rows.past.shape[1]:
        return
    if config.observation_update:
        _update_speeds(rows, chosen, boxes, now)
    rows.past[chosen, 1:], rows.past_times[chosen, 1:] = (
        rows.past[chosen, :-1],
        rows.past_times[chosen, :-1],
    )
    rows.past[chosen, 0], rows.past_times[chosen, 0] = boxes, now


def follow_camera(rows: TrackRows, motion: Affine) -> None:
    """Bring all remembered boxes to the next frame, where ``motion`` maps the image to it."""
    if not rows.past.size:
        return
    boxes = corners_to_cxcywh(rows.past.reshape(-1, 4))
    boxes[:, :2] = boxes[:, :2] @ motion[:, :2].T + motion[:, 2]
    boxes[:, 2:] *= scale_of(motion)
    rows.past = cxcywh_to_corners(boxes).reshape(rows.past.shape)


def expected_boxes(rows: TrackRows, config: TrackerConfig, now: float) -> Boxes:
    """(N, 4) where each track is expected."""
    if config.motion_model == "kalman":
        return cxcywh_to_corners(rows.state[0])
    last = rows.past[:, 0]
    if config.motion_model == "last_box":
        return last
    seconds = now - rows.past_times[:, 0]
    return last + np.tile(_speeds(rows, _KEPT - 1) * seconds[:, None], 2)


def direction_bonus(
    rows: TrackRows, chosen: Index, boxes: Boxes, scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, M) up to half the score of a detection, for going on in the direction of the track.

    chosen: rows of the N tracks. boxes, scores: (M, 4) and (M,) of the detections. At right angles
    0, backwards below; 0 for tracks of one box (OC-SORT's momentum, arXiv 2203.14360).
    """
    past = rows.past[chosen]
    behind = np.minimum(_known(rows)[chosen] - 1, _BACK)
    begin = _centres(past[np.arange(len(chosen)), behind])
    along = _centres(past[:, 0]) - begin
    there = _centres(boxes)[None] - begin[:, None]
    lengths = np.hypot(*along.T)[:, None] * np.hypot(there[..., 0], there[..., 1])
    cosines = np.einsum("nd,nmd->nm", along, there) / np.maximum(lengths, 1e-9)
    angles = np.arccos(np.clip(cosines, -1.0, 1.0))
    bonus = (np.pi / 2 - angles) / np.pi * scores
    return np.asarray(np.where(lengths > 0, bonus, 0.0))


def _update_speeds(rows: TrackRows, chosen: Index, boxes: Boxes, now: float) -> None:
    """Set the speed of tracks that come back from a gap to that from the box before it to here.

    What OC-SORT's filter learns from a straight virtual path through the gap.
    """
    steps = (now - rows.past_times[chosen, 0]) * STEPS_PER_SECOND
    gaps = steps > 1.5
    back = chosen[gaps]
    moved = _centres(boxes[gaps]) - _centres(rows.past[back, 0])
    rows.state[1, back, :2] = moved / steps[gaps, None]


def _known(rows: TrackRows) -> NDArray[np.int64]:
    """(N,) how many boxes each track remembers, at least 1."""
    return np.asarray(np.maximum(np.isfinite(rows.past_times).sum(axis=1), 1))


def _speeds(rows: TrackRows, back: int) -> NDArray[np.float64]:
    """(N, 2) mean speed of the centres over the last boxes, pixels a second."""
    each = np.arange(len(rows))
    behind = np.minimum(_known(rows) - 1, back)
    seconds = rows.past_times[:, 0] - rows.past_times[each, behind]
    moved = _centres(rows.past[:, 0]) - _centres(rows.past[each, behind])
    return np.asarray(moved / np.maximum(seconds, 1e-9)[:, None])


def _centres(boxes: Boxes) -> NDArray[np.float64]:
    """(N, 2) middles of boxes."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)
