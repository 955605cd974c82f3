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
    wanted |= bool(config.direction_weight or config.score_weight or config.observation_update)
    return _KEPT if wanted else 0


def remember(
    rows: TrackRows,
    chosen: Index,
    boxes: Boxes,
    scores: NDArray[np.float64],
    now: float,
    config: TrackerConfig,
) -> None:
    """Make ``boxes`` the last ones of the rows ``chosen``, where boxes are remembered at all."""
    if not rows.past.shape[1]:
        return
    if config.observation_update:
        _update_speeds(rows, chosen, boxes, now)
    for past, latest in (
        (rows.past, boxes),
        (rows.past_times, now),
        (rows.past_scores, scores),
    ):
        past[chosen, 1:] = past[chosen, :-1]
        past[chosen, 0] = latest


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


def corner_angles(rows: TrackRows, chosen: Index, boxes: Boxes) -> NDArray[np.float64]:
    """(N, M) mean angle of the four corners between where they went and the detection, 0..1 of pi.

    chosen: rows of the N tracks. boxes: (M, 4) of the detections. Where a corner went is the sum of
    the directions from up to three boxes before to the last; a track of one box turns nowhere.
    """
    past = _corners(rows.past[chosen])
    last = past[:, 0]
    went = np.zeros_like(last)
    for back in range(1, _BACK + 1):
        went += np.nan_to_num(_directions(last - past[:, back]))
    there = _directions(_corners(boxes)[None] - last[:, None])
    cosines = np.einsum("ncd,nmcd->nmc", _directions(went), there)
    moving = (np.abs(went).sum(axis=2) > 0)[:, None] & (np.abs(there).sum(axis=3) > 0)
    angles = np.where(moving, np.arccos(np.clip(cosines, -1.0, 1.0)), 0.0)
    return np.asarray(angles.mean(axis=2) / np.pi)


def expected_scores(rows: TrackRows, chosen: Index) -> NDArray[np.float64]:
    """(N,) score each track should have now, if it goes on as from the box before to the last."""
    last, before = rows.past_scores[chosen, 0], rows.past_scores[chosen, 1]
    return np.asarray(np.where(np.isfinite(before), 2.0 * last - before, last))


def _corners(boxes: Boxes) -> NDArray[np.float64]:
    """(..., 4, 2) x and y of the four corners of boxes (..., 4)."""
    return np.asarray(boxes[..., [[0, 1], [2, 1], [0, 3], [2, 3]]])


def _directions(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors (..., 2) at length 1; those of no length stay so."""
    lengths = np.hypot(vectors[..., 0], vectors[..., 1])
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0)[..., None])


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
