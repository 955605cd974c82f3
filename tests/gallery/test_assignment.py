"""Everybody's identity is decided at once, and no person is in two places."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.gallery.assignment import NOBODY, choose, cliques


def all_apart(count: int) -> NDArray[np.bool_]:
    return ~np.eye(count, dtype=np.bool_)


def best_by_trying(scores: NDArray[np.float64], cannot_link: NDArray[np.bool_]) -> float:
    """The largest sum over every way to choose, one after the other."""
    best = -np.inf
    for choice in product(range(-1, scores.shape[1]), repeat=len(scores)):
        clash = any(
            cannot_link[a, b] and choice[a] == choice[b] != NOBODY
            for a in range(len(choice))
            for b in range(a)
        )
        total = sum(scores[row, person] for row, person in enumerate(choice) if person != NOBODY)
        if not clash:
            best = max(best, total)
    return best


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**31))
def test_the_choice_is_the_best_of_all(identities: int, people: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(identities, people))
    scores[rng.random(scores.shape) < 0.2] = -np.inf
    cannot_link = np.triu(rng.random((identities, identities)) < 0.6, 1)
    cannot_link |= cannot_link.T
    choices = choose(scores, cannot_link)
    picked = [scores[r, c] for r, c in enumerate(choices.chosen.tolist()) if c != NOBODY]
    assert sum(picked) == pytest.approx(best_by_trying(scores, cannot_link))
    for row, choice in enumerate(choices.chosen.tolist()):
        assert choices.runners_up[row] != choice or np.isinf(choices.margins[row])
        others = scores.copy()
        if choice == NOBODY:
            continue
        others[row, choice] = -np.inf
        assert choices.margins[row] == pytest.approx(
            sum(picked) - best_by_trying(others, cannot_link)
        )


def test_with_everybody_apart_it_is_the_linear_assignment() -> None:
    scores = np.random.default_rng(3).uniform(0.1, 1.0, (12, 15))
    rows, columns = linear_sum_assignment(scores, maximize=True)
    assert choose(scores, all_apart(12)).chosen[rows].tolist() == columns.tolist()


def test_two_in_one_frame_are_two_people_and_pieces_of_one_may_be_one() -> None:
    scores = np.array([[3.0, -1.0], [2.0, -1.0]])
    assert choose(scores, all_apart(2)).chosen.tolist() == [0, NOBODY]
    assert choose(scores, np.zeros((2, 2), np.bool_)).chosen.tolist() == [0, 0]


def test_the_margin_is_what_swapping_two_would_cost() -> None:
    scores = np.array([[5.0, 4.0], [4.0, 3.5]])
    choices = choose(scores, all_apart(2))
    assert choices.chosen.tolist() == [0, 1]
    assert choices.runners_up.tolist() == [1, 0]
    assert choices.margins == pytest.approx([0.5, 0.5])


def test_a_closed_roster_leaves_nobody_unknown_where_that_is_possible() -> None:
    scores = np.array([[-4.0, -6.0], [-9.0, -2.0], [-5.0, -5.0]])
    open_ends = choose(scores, all_apart(3))
    assert open_ends.chosen.tolist() == [NOBODY] * 3
    assert open_ends.runners_up.tolist() == [0, 1, 0]
    closed = choose(scores, all_apart(3), closed=True)
    assert closed.chosen.tolist() == [0, 1, NOBODY]  # three in one frame, two people


def test_who_can_be_only_one_in_a_closed_roster_is_that_for_certain() -> None:
    choices = choose(np.array([[-1.0, -np.inf]]), all_apart(1), closed=True)
    assert choices.chosen.tolist() == [0]
    assert np.isinf(choices.margins[0])


def test_nobody_to_choose_or_nobody_to_be() -> None:
    assert len(choose(np.empty((0, 3)), np.empty((0, 0), np.bool_)).chosen) == 0
    alone = choose(np.empty((2, 0)), all_apart(2))
    assert alone.chosen.tolist() == [NOBODY, NOBODY]
    assert np.isinf(alone.margins).all()


@given(st.integers(0, 12), st.integers(0, 2**31))
def test_cliques_hold_every_pair_and_nothing_else(count: int, seed: int) -> None:
    cannot_link = np.triu(np.random.default_rng(seed).random((count, count)) < 0.5, 1)
    cannot_link |= cannot_link.T
    held = np.zeros_like(cannot_link)
    for group in cliques(cannot_link):
        held[np.ix_(group, group)] = True
    np.fill_diagonal(held, False)
    assert np.array_equal(held, cannot_link)
