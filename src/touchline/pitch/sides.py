"""Which goal each team defends, from where its players stand beside those of the other team."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.types import Floats, Ints

_WINDOW = 10.0
"""Seconds of play that count once: what follows within them says the same again."""

_NEAR = 300.0
"""Seconds before and after that tell of a moment: teams change ends at half-time."""

_LEAST_PEOPLE = 3
"""Of each team in view at once, that the middles of both are compared."""

_AHEAD, _SPREAD = 3.0, 5.0
"""Metres by which those in view of a team stand nearer to its own goal than those of the other, in
one window: mean and deviation. 3.4 m in three real clips; 1.2 and 2.6 m in rendered ones."""

_MOST = 5.0
"""Log odds at most: a camera on the other side, or a wrong kit, is never out of the question."""


@dataclass(frozen=True, slots=True)
class Sides:
    """How likely team 0 defends the left goal at some moments of a clip.

    Args:
        times: (W,) seconds, ascending, of moments at which both teams were seen.
        log_odds: (W,) that team 0 defends the left goal and not the right one.
    """

    times: Floats
    log_odds: Floats

    def at(self, times: Floats) -> Floats:
        """(N,) log odds of the moment next to each; 0 where nothing is known."""
        if not len(self.times):
            return np.zeros(len(times))
        later = np.clip(np.searchsorted(self.times, times), 1, max(len(self.times) - 1, 1))
        later = np.minimum(later, len(self.times) - 1)
        sooner = np.maximum(later - 1, 0)
        first = times - self.times[sooner] < self.times[later] - times
        near = np.where(first, sooner, later)
        close = np.abs(self.times[near] - times) <= _NEAR
        return np.where(close, self.log_odds[near], 0.0)

    def overall(self) -> float:
        """Log odds for most of the clip; 0 where nothing is known."""
        return float(np.median(self.log_odds)) if len(self.log_odds) else 0.0


def find_sides(times: Floats, x: Floats, teams: Ints) -> Sides:
    """Which goal team 0 defends, by where the players of both teams are.

    Args:
        times: (M,) seconds of each box, in any order.
        x: (M,) metres along the pitch; NaN where that is not known.
        teams: (M,) 0 or 1 for the players of the teams, anything else for others; keepers, whose
            team is what is asked for, are others.
    """
    used = np.isfinite(x) & ((teams == 0) | (teams == 1))
    moments, rows = np.unique(times[used], return_inverse=True)
    sums = np.zeros((2, len(moments)))
    counts = np.zeros((2, len(moments)))
    np.add.at(sums, (teams[used], rows), x[used])
    np.add.at(counts, (teams[used], rows), 1.0)
    both = (counts >= _LEAST_PEOPLE).all(axis=0)
    middles = sums[:, both] / counts[:, both]
    windows, which = np.unique(np.floor(moments[both] / _WINDOW), return_inverse=True)
    ahead = np.bincount(which, middles[1] - middles[0]) / np.maximum(np.bincount(which), 1)
    # A team stands _AHEAD metres nearer to its goal: two normal distributions, one either way.
    llr = 2.0 * _AHEAD / _SPREAD**2 * ahead
    at = (windows + 0.5) * _WINDOW
    total = np.append(0.0, np.cumsum(llr))
    first = np.searchsorted(at, at - _NEAR, side="left")
    last = np.searchsorted(at, at + _NEAR, side="right")
    return Sides(at, np.clip(total[last] - total[first], -_MOST, _MOST))
