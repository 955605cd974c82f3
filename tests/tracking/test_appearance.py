"""Distances between embeddings and their running means."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.tracking.appearance import (
    ClipMean,
    blend,
    distance_matrix,
    mean_weights,
    pair_distances,
)


def test_distance_is_zero_for_alike_half_for_unrelated_and_one_for_opposite() -> None:
    appearance = np.array([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]], np.float32)
    columns = np.arange(3)
    pairs = pair_distances(
        appearance, appearance, np.zeros(3, np.intp), columns, np.zeros(2, np.float32)
    )
    np.testing.assert_allclose(pairs, [0.0, 0.5, 1.0], atol=1e-6)
    np.testing.assert_allclose(
        distance_matrix(appearance[:1], appearance), [[0.0, 0.5, 1.0]], atol=1e-6
    )


def test_vector_of_zeros_is_half_way_from_everything() -> None:
    appearance = np.array([[1.0, 0.0]], np.float32)
    np.testing.assert_allclose(distance_matrix(appearance, np.zeros((1, 2), np.float32)), [[0.5]])


def test_no_embeddings_give_an_empty_matrix() -> None:
    none = np.empty((0, 4), np.float32)
    assert distance_matrix(none, none).shape == (0, 0)
    nobody = np.empty(0, np.intp)
    assert pair_distances(none, none, nobody, nobody, np.zeros(4, np.float32)).shape == (0,)


def test_many_pairs_equal_the_matrix_seen_from_the_centre() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(40, 8)).astype(np.float32), rng.normal(size=(30, 8)).astype(np.float32)
    centre = rng.normal(size=8).astype(np.float32)
    rows, columns = np.indices((40, 30)).reshape(2, -1)
    pairs = pair_distances(a, b, rows, columns, centre).reshape(40, 30)
    np.testing.assert_allclose(pairs, distance_matrix(a - centre, b - centre), atol=1e-5)


def test_clip_mean_is_the_mean_of_all_embeddings() -> None:
    rng = np.random.default_rng(0)
    frames = [rng.random((n, 6), np.float32) for n in (3, 0, 5)]
    mean = ClipMean()
    mean.start(6)
    assert not mean.vector().any()
    for embeddings in frames:
        others = np.ones((2, 6), np.float32)
        counted = np.arange(len(embeddings) + 2) < len(embeddings)
        mean.add(np.concatenate([embeddings, others]), counted)
    np.testing.assert_allclose(mean.vector(), np.concatenate(frames).mean(axis=0), rtol=1e-6)


def test_running_mean_is_plain_at_first_and_forgets_by_seconds_later() -> None:
    counts = np.array([0, 1, 3, 100_000])
    weights = mean_weights(counts, np.full(4, 0.04), memory_seconds=4.0)[:, 0]
    np.testing.assert_allclose(weights, [1.0, 0.5, 0.25, 1 - np.exp(-0.01)], rtol=1e-5)


@pytest.mark.parametrize("rate", [25, 50])
def test_running_mean_forgets_a_second_alike_at_any_frame_rate(rate: int) -> None:
    left = 1.0
    for _ in range(rate):
        weight = mean_weights(np.array([10_000_000]), np.array([1 / rate]), memory_seconds=2.0)
        left *= 1.0 - float(weight[0, 0])
    assert left == pytest.approx(np.exp(-0.5), rel=1e-4)


def test_blend_starts_with_the_first_embedding_and_stays_of_unit_length() -> None:
    seen = np.array([[0.6, 0.8], [0.0, 1.0]], np.float32)
    mean = blend(np.array([[0.0, 0.0], [1.0, 0.0]], np.float32), seen, keep=0.9)
    length = np.hypot(0.9, 0.1)
    np.testing.assert_allclose(mean, [[0.6, 0.8], [0.9 / length, 0.1 / length]], rtol=1e-6)
