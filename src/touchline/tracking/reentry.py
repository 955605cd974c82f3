"""Re-entry: log odds that a new track and an absent person are the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.evidence.appearance import AppearanceModel
from touchline.evidence.motion import motion_llr
from touchline.evidence.population import PopulationScale
from touchline.evidence.whitening import Vectors
from touchline.tracking.appearance import distance_matrix
from touchline.tracking.association import Distances, assign
from touchline.tracking.config import ReentryConfig

LogOdds = NDArray[np.float64]
"""(A, N) natural log odds that each absent and each new track show the same person."""

_TINY = 1e-9  # just alike enough is more than nobody

_MAX_MOTION_SECONDS = 30.0
"""Longest gap over which motion is informative."""


class ReentryDecision(NamedTuple):
    """A decision of the online tracker that a new track is somebody who was here before.

    Attributes:
        time: seconds, when it was decided.
        new_id: what the track was called until then.
        old_id: what it is called from then on.
    """

    time: float
    new_id: int
    old_id: int


class ReturnCandidates(NamedTuple):
    """Candidate tracks for a re-entry: the absent ones, or the new ones.

    feet: (N, 3) foot x, foot y and height, where an absent one was last seen and a new one first,
    in pixels of this frame. times: (N,) seconds of that. sums, counts: (N, D) sums of whitened
    bins and (N,) how many, 0 for none. placed: (N,) whether ``feet`` means anything. at_border:
    (N,) whether the absent one left, or the new one entered, at the image's border.
    """

    feet: NDArray[np.float64]
    times: NDArray[np.float64]
    sums: Vectors
    counts: NDArray[np.float64]
    placed: NDArray[np.bool_]
    at_border: NDArray[np.bool_]


def return_log_odds(
    absent: ReturnCandidates,
    new: ReturnCandidates,
    appearance_model: AppearanceModel,
    population: PopulationScale,
    config: ReentryConfig,
) -> LogOdds:
    """Appearance, motion and prior together; -inf where the new track is older than the absence.

    Motion counts for nothing after a shot cut, and appearance for nothing unless both have bins.
    """
    log_odds = appearance_model.llr(absent.sums, absent.counts, new.sums, new.counts)
    gaps = new.times - absent.times[:, None]
    possible = (gaps > 0.0) & (gaps <= config.max_absent_seconds)
    i, j = (possible & absent.placed[:, None] & (gaps <= _MAX_MOTION_SECONDS)).nonzero()
    log_odds[i, j] += motion_llr(
        new.feet[j, :2] - absent.feet[i, :2],
        (absent.feet[i, 2], new.feet[j, 2]),
        gaps[i, j],
        (absent.at_border[i], new.at_border[j]),
        population,
    )
    log_odds += config.prior_log_odds
    log_odds -= np.where(
        (absent.counts > 0)[:, None] & (new.counts > 0), 0.0, config.unseen_penalty
    )
    log_odds[~possible] = -np.inf
    return log_odds


def above_cosine(
    absent: Vectors, new: Vectors, gaps: NDArray[np.float64], config: ReentryConfig
) -> LogOdds:
    """By how much the cosine of two means (A, D) and (N, D) lies above ``min_cosine``, else -inf.

    gaps: (A, N) seconds of absence. Nothing else counts: McByte++'s rule.
    """
    cosines = 1.0 - 2.0 * distance_matrix(absent, new)
    assert config.min_cosine is not None
    possible = (gaps > 0.0) & (gaps <= config.max_absent_seconds) & (cosines >= config.min_cosine)
    return np.where(possible, cosines - config.min_cosine + _TINY, -np.inf)


def confident_pairs(log_odds: LogOdds, min_margin: float) -> list[tuple[int, int]]:
    """The (absent, new) pairs of the best assignment with a margin of at least ``min_margin``.

    All pairs are weighed together: two players who return at once and look alike to a third do
    not hinder each other. Leaving anybody unmatched has log odds of 0.
    """
    costs: Distances = -log_odds
    rows, columns = assign(costs, 0.0)
    best = costs[rows, columns].sum()
    confident = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        without = costs.copy()
        without[row, column] = np.inf
        if _least(without) - best >= min_margin:
            confident.append((row, column))
    return confident


def _least(costs: Distances) -> float:
    """The cost of the best assignment."""
    return float(costs[assign(costs, 0.0)].sum())


def feet_of(boxes: Boxes) -> NDArray[np.float64]:
    """(N, 3) foot x, foot y and height of boxes."""
    height = boxes[:, 3] - boxes[:, 1]
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3], height])
