"""The choice among trials, and the gain that may be claimed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import sem

from touchline.tuning.choice import (
    MIN_MATCHES,
    Gain,
    best_of,
    gain_of,
    mean_and_error,
    plateau_choice,
)
from touchline.tuning.search_space import Range, SearchSpace
from touchline.tuning.study import Finished

SPACE: SearchSpace = {"tracker.max_lost_seconds": Range(0.0, 10.0)}
EQUAL = np.ones(4)


def trial(number: int, seconds: float, values: list[float]) -> Finished:
    settings = {"tracker.max_lost_seconds": seconds}
    return Finished(number, number == 0, dict(settings), [], np.array(values))


def test_the_standard_error_is_the_usual_one() -> None:
    differences = np.array([0.1, 0.3, -0.2, 0.5])
    mean, error = mean_and_error(differences, EQUAL)
    assert mean == pytest.approx(0.175)
    assert error == pytest.approx(sem(differences))
    assert mean_and_error(differences, 7.0 * EQUAL)[1] == pytest.approx(error)
    assert mean_and_error(differences[:1], EQUAL[:1]) == (0.1, 0.0)


def test_of_trials_as_good_as_the_best_the_nearest_to_the_base_is_taken() -> None:
    base = trial(0, 1.0, [0.1, 0.2, 0.3, 0.4])
    peak = trial(1, 9.0, [0.5, 0.6, 0.7, 0.8])
    plateau = trial(2, 4.0, [0.52, 0.57, 0.69, 0.81])  # lost 0.0025, error 0.011
    slope = trial(3, 2.0, [0.48, 0.58, 0.68, 0.78])  # nearer, but lower on every sequence
    trials = [base, peak, plateau, slope]
    assert plateau_choice(trials, EQUAL, SPACE, dict(base.settings)) is plateau
    assert [each.number for each in best_of(trials, EQUAL)] == [1, 2, 3, 0]


def test_the_base_is_kept_where_nothing_is_better() -> None:
    base = trial(0, 1.0, [0.5, 0.6, 0.7, 0.8])
    lucky = trial(1, 5.0, [0.9, 0.5, 0.7, 0.75])
    assert plateau_choice([base, lucky], EQUAL, SPACE, dict(base.settings)) is base


def test_the_interval_of_a_gain_is_that_of_a_bootstrap() -> None:
    gains = np.random.default_rng(5).normal(0.02, 0.03, 40)
    matches = [str(number) for number in range(40)]
    gain = gain_of(gains, np.ones(40), matches, seed=1)
    assert gain.mean == pytest.approx(gains.mean())
    assert gain.matches == 40
    half = 1.96 * sem(gains)  # forty are enough for the normal approximation
    assert (gain.high - gain.low) / 2 == pytest.approx(half, rel=0.1)
    assert gain == gain_of(gains, np.ones(40), matches, seed=1)
    assert gain != gain_of(gains, np.ones(40), matches, seed=2)


def test_sequences_of_one_match_do_not_narrow_the_interval() -> None:
    gains = np.random.default_rng(5).normal(0.02, 0.03, 8)
    once = gain_of(gains, np.ones(8), list("abcdefgh"), seed=1)
    thrice = gain_of(np.tile(gains, 3), np.ones(24), list("abcdefgh" * 3), seed=1)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))
    assert thrice.matches == 8


def test_what_counts_more_moves_the_gain_more() -> None:
    gain = gain_of(np.array([0.1, 0.3]), np.array([3.0, 1.0]), ["a", "b"], seed=0)
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.15, 0.1, 0.3))


def test_a_gain_is_claimed_only_outside_of_noise_and_on_enough_matches() -> None:
    assert Gain(0.01, 0.001, 0.02, MIN_MATCHES).is_sure
    assert not Gain(0.01, 0.0, 0.02, 40).is_sure
    assert not Gain(-0.01, -0.02, 0.003, 40).is_sure
    assert not Gain(0.01, 0.001, 0.02, MIN_MATCHES - 1).is_sure
