"""Few vectors stand for many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.gallery.condense import condensed


@given(st.integers(1, 40), st.integers(2, 12), st.integers(0, 2**31))
def test_mean_and_weight_survive(many: int, most: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    embeddings = rng.normal(size=(many, 3)).astype(np.float32)
    counts = rng.uniform(0.5, 4.0, many)
    fewer, weights = condensed(embeddings, counts, most)
    assert len(fewer) == len(weights) <= max(min(many, most), 1)
    assert weights.sum() == pytest.approx(counts.sum())
    np.testing.assert_allclose(
        np.average(fewer, axis=0, weights=weights),
        np.average(embeddings, axis=0, weights=counts),
        atol=1e-5,
    )


def test_a_rare_view_is_kept_beside_a_common_one() -> None:
    front = np.tile([1.0, 0.0], (50, 1))
    back = np.tile([0.0, 1.0], (2, 1))
    fewer, weights = condensed(np.concatenate([front, back]).astype(np.float32), np.ones(52), 2)
    np.testing.assert_allclose(fewer, [[1.0, 0.0], [0.0, 1.0]], atol=1e-6)
    assert weights.tolist() == [50.0, 2.0]


def test_a_whole_half_is_condensed_in_little_memory() -> None:
    many = np.random.default_rng(0).normal(size=(6000, 4)).astype(np.float32)
    fewer, weights = condensed(many, np.ones(6000), 64)
    assert len(fewer) <= 64
    assert weights.sum() == pytest.approx(6000)


def test_few_are_left_alone() -> None:
    few = np.eye(3, dtype=np.float32)
    assert condensed(few, np.ones(3), 8)[0] is few
    assert len(condensed(np.empty((0, 3), np.float32), np.empty(0), 8)[0]) == 0
