"""Assignment with the meaning of lap's cost_limit, and distances by overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.tracking.association import assign, overlap_distances

Array = NDArray[np.float64]


def extended_total(distances: Array, limit: float) -> float:
    """The optimum of the (N+M, N+M) matrix of lap: every single has a way out at limit / 2."""
    rows, columns = distances.shape
    extended = np.full((rows + columns, rows + columns), limit / 2)
    extended[:rows, :columns] = distances
    extended[rows:, columns:] = 0.0
    picked = linear_sum_assignment(extended)
    return float(extended[picked].sum())


def total(distances: Array, limit: float) -> float:
    """What our pairs cost under the same rule."""
    rows, columns = assign(distances, limit)
    singles = sum(distances.shape) - 2 * len(rows)
    return float(distances[rows, columns].sum() + singles * limit / 2)


matrices = st.tuples(st.integers(0, 7), st.integers(0, 7)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0, 1))
)


@settings(max_examples=400, deadline=None)
@given(matrices, st.floats(0.05, 1.0))
def test_pairs_cost_as_little_as_the_extended_matrix_of_lap(distances: Array, limit: float) -> None:
    assert total(distances, limit) == pytest.approx(extended_total(distances, limit), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(matrices, st.floats(0.05, 1.0))
def test_pairs_are_one_to_one_and_below_the_limit(distances: Array, limit: float) -> None:
    rows, columns = assign(distances, limit)
    assert len(set(rows.tolist())) == len(rows) == len(columns) == len(set(columns.tolist()))
    assert (distances[rows, columns] < limit).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.6])
def test_crowded_frames_cost_as_little_as_the_extended_matrix(share: float) -> None:
    rng = np.random.default_rng(5)
    distances = np.where(rng.random((90, 80)) < share, rng.random((90, 80)), 1.0)
    assert total(distances, 0.8) == pytest.approx(extended_total(distances, 0.8), abs=1e-9)


def test_a_pair_must_be_worth_more_than_leaving_both_alone() -> None:
    # Solving first and dropping distant pairs later would give 0.79 + 0.79, dropping neither.
    distances = np.array([[0.1, 0.79], [0.79, 0.95]])
    rows, columns = assign(distances, 0.8)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 0)]


def test_impossible_pairs_may_be_infinite() -> None:
    distances = np.array([[np.inf, 0.2], [np.inf, 0.3], [0.1, np.inf]])
    rows, columns = assign(distances, 0.5)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (2, 0)]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_assign_gives_no_pairs(shape: tuple[int, int]) -> None:
    rows, columns = assign(np.empty(shape), 0.8)
    assert len(rows) == len(columns) == 0


def test_widened_boxes_overlap_where_the_boxes_just_miss() -> None:
    track = np.array([[100.0, 100.0, 120.0, 160.0]])
    moved = track + np.array([22.0, 0.0, 22.0, 0.0])
    assert overlap_distances(track, moved, 0.0)[0, 0] == 1.0
    assert 0.0 < overlap_distances(track, moved, 0.3)[0, 0] < 1.0
    assert overlap_distances(track, track, 0.3)[0, 0] == 0.0


def test_distances_to_no_detections_are_empty() -> None:
    assert overlap_distances(np.empty((0, 4)), np.empty((0, 4)), 0.3).shape == (0, 0)
