"""Who came back: new tracks held against the absent people, in log odds of being one person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.evidence.appearance import Likeness
from touchline.evidence.spread import Spread
from touchline.evidence.ways import way_odds
from touchline.evidence.whitening import Vectors
from touchline.tracking.association import Distances, assign
from touchline.tracking.config import ReentryConfig

Odds = NDArray[np.float64]
"""(A, N) natural logarithm of how much sooner each absent and each new track are one person."""

_WAY_SECONDS = 30.0
"""Longest gap over which the way says anything."""


class Reentry(NamedTuple):
    """A decision: the track that was shown as ``new_id`` until ``time`` is ``old_id``."""

    time: float
    new_id: int
    old_id: int


class Candidates(NamedTuple):
    """Tracks that may be one person: the absent ones, or the new ones.

    feet: (N, 3) foot x, foot y and height, where an absent one was last seen and a new one first,
    in pixels of this frame. times: (N,) seconds of that. sums, counts: (N, D) sums of whitened
    looks and (N,) how many, 0 for none. placed: (N,) whether ``feet`` means anything. at_border:
    (N,) whether the absent one left, or the new one entered, at the picture's border.
    """

    feet: NDArray[np.float64]
    times: NDArray[np.float64]
    sums: Vectors
    counts: NDArray[np.float64]
    placed: NDArray[np.bool_]
    at_border: NDArray[np.bool_]


def return_odds(
    absent: Candidates, new: Candidates, likeness: Likeness, spread: Spread, config: ReentryConfig
) -> Odds:
    """Looks, way and prior together; -inf where the new track is older than the absence.

    After a shot cut the way says nothing, and without looks of both they say nothing.
    """
    odds = likeness.odds(absent.sums, absent.counts, new.sums, new.counts)
    gaps = new.times - absent.times[:, None]
    possible = (gaps > 0.0) & (gaps <= config.max_absent_seconds)
    i, j = (possible & absent.placed[:, None] & (gaps <= _WAY_SECONDS)).nonzero()
    odds[i, j] += way_odds(
        new.feet[j, :2] - absent.feet[i, :2],
        (absent.feet[i, 2], new.feet[j, 2]),
        gaps[i, j],
        (absent.at_border[i], new.at_border[j]),
        spread,
    )
    odds += config.prior_odds
    odds -= np.where((absent.counts > 0)[:, None] & (new.counts > 0), 0.0, config.unseen_penalty)
    odds[~possible] = -np.inf
    return odds


def sure_pairs(odds: Odds, min_margin: float) -> list[tuple[int, int]]:
    """The (absent, new) of the best assignment without which it would be worse by ``min_margin``.

    All pairs are weighed together: two players who return at once and look alike to a third do
    not hinder each other. Leaving anybody alone has odds of one.
    """
    costs: Distances = -odds
    rows, columns = assign(costs, 0.0)
    best = costs[rows, columns].sum()
    sure = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        without = costs.copy()
        without[row, column] = np.inf
        if _least(without) - best >= min_margin:
            sure.append((row, column))
    return sure


def _least(costs: Distances) -> float:
    """The sum of the best assignment."""
    return float(costs[assign(costs, 0.0)].sum())


def feet_of(boxes: Boxes) -> NDArray[np.float64]:
    """(N, 3) foot x, foot y and height of boxes."""
    height = boxes[:, 3] - boxes[:, 1]
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3], height])
