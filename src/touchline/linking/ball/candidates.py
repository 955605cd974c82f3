"""What may be the ball in a frame: the detector's best balls, and the people beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.linking.ball.model import BallModel
from touchline.types import Detections, Floats, Mask

MOST = 6
"""Candidates of a frame, the best by score."""

_SURE_PERSON = 0.3
_LOWEST, _HIGHEST = 1e-3, 0.97

_NOWHERE = np.empty((0, 4))


@dataclass(frozen=True, slots=True)
class BallCandidates:
    """What may be the ball in a frame.

    Args:
        boxes: (K, 4) corner pixels.
        places: (K, 2) centres.
        llrs: (K,) log-likelihood ratios by their scores.
        beside: (K,) whether a person is beside them.
        height: of people in pixels, their median; None where nobody is sure to be one.
    """

    boxes: Floats
    places: Floats
    llrs: Floats
    beside: Mask
    height: float | None


def ball_candidates(found: Detections, min_score: float, model: BallModel) -> BallCandidates:
    """The candidates among a frame's detections, best first.

    min_score: of a candidate.
    """
    is_ball = found.roles == "ball"  # and everybody else a person
    people = found.boxes[~is_ball & (found.scores >= _SURE_PERSON)]
    heights = people[:, 3] - people[:, 1]
    height = _median(heights) if len(people) else None
    balls = (is_ball & (found.scores >= min_score)).nonzero()[0]
    if not len(balls):
        none = np.empty(0)
        return BallCandidates(_NOWHERE, _NOWHERE[:, :2], none, none > 0.0, height)
    balls = balls[np.argsort(-found.scores[balls], kind="stable")][:MOST]
    boxes = found.boxes[balls]
    places = (boxes[:, :2] + boxes[:, 2:]) / 2
    scores = found.scores[balls].clip(_LOWEST, _HIGHEST)
    llrs = model.score_slope * np.log(scores / (1 - scores)) + model.score_offset
    llrs = llrs.clip(model.least_score_llr, None)
    beside = np.zeros(len(balls), np.bool_)
    if len(people):
        outside = np.maximum(people[None, :, :2] - places[:, None], 0)
        outside = np.maximum(outside, places[:, None] - people[None, :, 2:])
        near = (outside**2).sum(axis=2) <= (model.beside * heights) ** 2
        beside = near.any(axis=1)
    return BallCandidates(boxes, places, llrs, beside, height)


def _median(values: Floats) -> float:
    """The median: ``np.median`` takes as long as all the rest of a frame's candidates."""
    values = np.sort(values)
    last = len(values) - 1
    return float((values[last // 2] + values[(last + 1) // 2]) / 2)
