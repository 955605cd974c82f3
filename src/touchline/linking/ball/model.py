"""The numbers behind the ball's path, found on clips with true balls (``benchmarks/ball.py``)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BallModel:
    """How balls move, how detectors see them, and how sure a path is.

    Lengths are in heights of people (the median of the frame), times in seconds; log-likelihood
    ratios are natural.

    Args:
        noise: standard deviation of a detected centre.
        jerkiness: white noise of the acceleration, heights / s^1.5: drag, spin, bounces, gravity.
        speed: standard deviation of the speed, in each direction, after a touch or at first.
        near_touch: probability of a touch between two sightings beside a person.
        far_touch: the same away from people: bounces, posts, people that were not found.
        beside: how near to a person's body a touch is, in heights.
        false_per_frame: candidates a frame that are no ball.
        repeated: share of those that lie still on the grass, where one was before.
        repeat_noise: how still they lie, standard deviation.
        score_slope: log-likelihood ratio of a candidate per unit of its score's log odds.
        score_offset: the same of a candidate of score one half.
        speed_seconds: sightings this long before or after a gap tell the ball's speed there.
        curve_error: by how much a curve may miss what a constant speed on either side says.
        curve_error_second: the same, more for each second of the gap.
        sure_seconds: sightings of one path this near tell of each other whether they are the ball.
        sure_slope: log odds of being the ball per unit of their log-likelihood ratios together.
        sure_offset: the same where these are 0.
        bridge_seconds: the confidence of a bridge falls by e this far from both its ends.
        least_score_llr: no score says less.
        begin_llr: of a path that begins, anywhere.
        gap_llr: of each gap between two sightings.
        gap_second_llr: of each second of a gap.
    """

    noise: float = 0.035
    jerkiness: float = 3.0
    speed: float = 3.0
    near_touch: float = 0.1
    far_touch: float = 0.01
    beside: float = 0.15
    false_per_frame: float = 1.5
    repeated: float = 0.3
    repeat_noise: float = 0.03
    score_slope: float = 2.2
    score_offset: float = 2.0
    least_score_llr: float = -1.2
    speed_seconds: float = 0.2
    curve_error: float = 0.15
    curve_error_second: float = 0.5
    sure_seconds: float = 0.5
    sure_slope: float = 0.1
    sure_offset: float = -3.0
    bridge_seconds: float = 1.0
    begin_llr: float = -7.0
    gap_llr: float = -1.5
    gap_second_llr: float = -3.0


BALL_MODEL = BallModel()
