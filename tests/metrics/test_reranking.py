"""Re-ranking against a literal, slow reading of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.errors import InputError
from touchline.metrics.reranking import rerank
from touchline.metrics.retrieval import RetrievalLabels, rank_by_distance, rank_true_matches
from touchline.metrics.retrieval_scores import score_queries

Vectors = NDArray[np.float32]


def people(
    seed: int, count: int, identities: int, noise: float
) -> tuple[Vectors, NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    who = np.arange(count) % identities
    vectors = np.random.default_rng(99).normal(size=(identities, 8))[who]
    vectors = vectors + noise * random.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), who


def literally(query: Vectors, gallery: Vectors, k1: int, k2: int, weight: float) -> Vectors:
    """The paper, one set at a time."""
    every = np.concatenate([query, gallery]).astype(np.float64)
    count = len(every)
    distance = ((every[:, None] - every[None]) ** 2).sum(axis=-1)
    distance /= distance.max(axis=1, keepdims=True)
    order = np.argsort(distance, axis=1)

    def mutual(one: int, k: int) -> set[int]:
        near = order[one, : k + 1].tolist()
        return {other for other in near if one in order[other, : k + 1]}

    weights = np.zeros((count, count))
    for one in range(count):
        first = mutual(one, k1)
        grown = set(first)
        for other in first:
            narrower = mutual(other, round(k1 / 2))
            if len(first & narrower) >= 2 / 3 * len(narrower):
                grown |= narrower
        for other in grown:
            weights[one, other] = np.exp(-distance[one, other])
    weights /= weights.sum(axis=1, keepdims=True)
    weights = np.stack([weights[order[one, :k2]].mean(axis=0) for one in range(count)])
    result = np.empty((len(query), len(gallery)))
    for row in range(len(query)):
        for column in range(len(gallery)):
            one, other = weights[row], weights[len(query) + column]
            jaccard = 1 - np.minimum(one, other).sum() / np.maximum(one, other).sum()
            own = distance[row, len(query) + column]
            result[row, column] = (1 - weight) * jaccard + weight * own
    return result.astype(np.float32)


@pytest.mark.parametrize(
    ("k1", "k2", "weight"), [(20, 6, 0.3), (7, 1, 0.0), (4, 3, 1.0), (1, 2, 0.5), (500, 400, 0.2)]
)
def test_distances_equal_the_literal_reading(k1: int, k2: int, weight: float) -> None:
    query, _ = people(1, 12, 6, 0.5)
    gallery, _ = people(2, 70, 6, 0.5)
    found = rerank(query, gallery, neighbours=k1, averaged=k2, original_weight=weight)
    np.testing.assert_allclose(found, literally(query, gallery, k1, k2, weight), atol=2e-5)


def test_it_finds_more_where_people_have_many_crops() -> None:
    query, query_people = people(3, 60, 30, 0.75)
    gallery, gallery_people = people(4, 600, 30, 0.75)
    labels = (
        RetrievalLabels(query_people, np.zeros(60, np.int64)),
        RetrievalLabels(gallery_people, np.ones(600, np.int64)),
    )
    before = score_queries(rank_true_matches(query, gallery, *labels)).scores()["mAP"]
    after = score_queries(rank_by_distance(rerank(query, gallery), *labels)).scores()["mAP"]
    assert after > before + 0.05


def test_copies_of_a_crop_do_not_matter() -> None:
    query, _ = people(5, 4, 4, 0.3)
    distances = rerank(query, np.repeat(query, 40, axis=0))
    assert np.isfinite(distances).all()
    assert (distances.argmin(axis=1) // 40 == np.arange(4)).all()


def test_nothing_gives_nothing() -> None:
    query, _ = people(6, 5, 5, 0.3)
    assert rerank(query[:0], query).shape == (0, 5)
    assert rerank(query, query[:0]).shape == (5, 0)
    assert rerank(query[:1], query[:1]) == pytest.approx(0.0, abs=1e-6)


def test_what_cannot_be_reranked_is_refused() -> None:
    query, _ = people(7, 5, 5, 0.3)
    with pytest.raises(InputError, match="must be"):
        rerank(query, query[:, :3])
    with pytest.raises(InputError, match="NaN"):
        rerank(query, np.full_like(query, np.nan))
    with pytest.raises(InputError, match="neighbours 0"):
        rerank(query, query, neighbours=0)
