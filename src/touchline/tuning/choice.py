"""Choice among the trials, and whether it is better than before.

The best of many trials is partly the luckiest one. So the choice is made in two steps towards
what was there before: among the trials that are as good within one standard error (Breiman et
al., "Classification and regression trees", 1984) the nearest to the settings before; of that one,
every setting that contributes little is set back. What is left is judged on other sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from touchline.tuning.search_space import SearchSpace, Value
from touchline.tuning.study import Finished
from touchline.types import Floats

MIN_MATCHES = 6
"""Of fewer matches even a gain on every single one comes about by chance in more than 1 of 20
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
    """The trials, best first; ties by the earlier."""
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
    """Sum over the searched settings of their distances, as shares of their ranges."""
    return sum(choice.distance(a[name], b[name]) for name, choice in space.items())


@dataclass(frozen=True)
class Gain:
    """Gain of settings over those before.

    mean: weighted mean over the sequences. low, high: 95 % interval. matches: how many football
    matches the sequences are from.
    """

    mean: float
    low: float
    high: float
    matches: int

    @property
    def is_sure(self) -> bool:
        """Whether it is more than noise."""
        return self.low > 0 and self.matches >= MIN_MATCHES


def gain_of(gains: Floats, counts: Floats, matches: Sequence[str], seed: int) -> Gain:
    """The gain with a percentile interval by resampling the matches (Efron's bootstrap).

    gains: (N,) of the sequences, each the difference of two values. counts: (N,) how much each
    counts. matches: what each is from; sequences of one match have the same players and camera,
    and are drawn together.
    """
    names, owner = np.unique(matches, return_inverse=True)
    sums, weights = np.bincount(owner, counts * gains), np.bincount(owner, counts)
    picks = np.random.default_rng(seed).integers(0, len(names), (_RESAMPLES, len(names)))
    means = sums[picks].sum(axis=1) / weights[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Gain(float(sums.sum() / weights.sum()), float(low), float(high), len(names))
