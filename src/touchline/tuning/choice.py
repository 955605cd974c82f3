"""Which of the trials to take, and whether it is better at all.

The best of many trials is partly the luckiest one. So the choice is made in two steps towards
what was there before: among the trials that are as good within one standard error (Breiman et
al., "Classification and regression trees", 1984) the nearest to the settings before; of that one,
every setting that contributes little is set back. What is left is judged on other sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.tuning.search_space import SearchSpace, Value
from touchline.tuning.study import Finished

Floats = NDArray[np.float64]

MIN_SEQUENCES = 6
"""Of fewer sequences even a gain on every single one comes about by chance in more than 1 of 20
cases (both directions counted: 2 * 0.5 ** 5 = 0.06)."""

_RESAMPLES = 20_000


def mean_and_error(differences: Floats, counts: Floats) -> tuple[float, float]:
    """Weighted mean of (N,) differences and its standard error, 0 for a single one."""
    total = counts.sum()
    mean = float(counts @ differences / total)
    n = len(differences)
    if n < 2:
        return mean, 0.0
    spread = float(np.square(counts * (differences - mean)).sum())
    return mean, sqrt(spread * n / (n - 1)) / float(total)


def best_of(trials: Sequence[Finished], counts: Floats) -> list[Finished]:
    """The trials from the best on; of equals the earlier."""
    return sorted(trials, key=lambda trial: (-float(counts @ trial.values), trial.number))


def plateau_choice(
    trials: Sequence[Finished], counts: Floats, space: SearchSpace, base: dict[str, Value]
) -> Finished:
    """Of the trials within one standard error of the best, the one nearest to ``base``.

    The error is that of the differences between the two, sequence by sequence.
    """
    ranked = best_of(trials, counts)
    near = []
    for trial in ranked:
        lost, error = mean_and_error(ranked[0].values - trial.values, counts)
        if lost <= error:
            near.append(trial)
    return min(near, key=lambda trial: distance(trial.settings, base, space))


def distance(a: dict[str, Value], b: dict[str, Value], space: SearchSpace) -> float:
    """Sum over the searched settings of how far they are apart, as shares of their ranges."""
    return sum(ways.distance(a[name], b[name]) for name, ways in space.items())


@dataclass(frozen=True)
class Gain:
    """How much better settings are than those before, over sequences.

    mean: weighted mean of the gains. low, high: 95 % interval. sequences: their number.
    """

    mean: float
    low: float
    high: float
    sequences: int

    @property
    def is_sure(self) -> bool:
        """Whether it is more than noise."""
        return self.low > 0 and self.sequences >= MIN_SEQUENCES


class Paired(NamedTuple):
    """Values of the same sequences before and after, and how much each counts; (N,) each."""

    before: Floats
    after: Floats
    counts: Floats


def gain_of(paired: Paired, seed: int) -> Gain:
    """The gain with a percentile interval by resampling the sequences (Efron's bootstrap)."""
    gains = paired.after - paired.before
    n = len(gains)
    picks = np.random.default_rng(seed).integers(0, n, (_RESAMPLES, n))
    counts = paired.counts[picks]
    means = (counts * gains[picks]).sum(axis=1) / counts.sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    mean = float(paired.counts @ gains / paired.counts.sum())
    return Gain(mean, float(low), float(high), n)
