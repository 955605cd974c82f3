"""Retrieval scores against scikit-learn and the plain loop, and where there is nothing to score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics.retrieval_loop import evaluate_by_loop
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from touchline.errors import InputError
from touchline.metrics import retrieval
from touchline.metrics.retrieval import RetrievalLabels, rank_by_distance, rank_true_matches
from touchline.metrics.retrieval_scores import score_queries

Vectors = NDArray[np.float32]


def people(
    seed: int, queries: int = 40, gallery: int = 300, identities: int = 20, noise: float = 1.5
) -> tuple[Vectors, Vectors, RetrievalLabels, RetrievalLabels]:
    """Unit vectors around a centre for each identity, three cameras, and some distractors."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(identities + 1, 16))

    def side(count: int, first: int) -> tuple[Vectors, RetrievalLabels]:
        who = random.integers(first, identities, count)
        vectors = centres[who] + noise * random.normal(size=(count, 16))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32), RetrievalLabels(who, random.integers(0, 3, count))

    query, query_labels = side(queries, 0)
    items, gallery_labels = side(gallery, -1)
    return query, items, query_labels, gallery_labels


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_the_plain_loop(seed: int) -> None:
    query, gallery, query_labels, gallery_labels = people(seed)
    scored = score_queries(rank_true_matches(query, gallery, query_labels, gallery_labels))
    expected = evaluate_by_loop(
        -(query @ gallery.T),
        query_labels.identities,
        gallery_labels.identities,
        query_labels.cameras,
        gallery_labels.cameras,
    )
    assert len(scored) == expected.queries
    assert scored.scores() == pytest.approx(
        {
            "mAP": expected.mean_average_precision,
            **{f"rank{k}": share for k, share in expected.rank.items()},
            "mINP": expected.mean_inverse_negative_penalty,
        },
        abs=1e-12,
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_average_precision_equals_scikit_learn_with_many_ties(seed: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    distances = random.integers(0, levels, (6, 40)).astype(np.float32)
    query_labels = RetrievalLabels(random.integers(0, 4, 6), random.integers(0, 2, 6))
    gallery_labels = RetrievalLabels(random.integers(-1, 4, 40), random.integers(0, 2, 40))
    scored = score_queries(rank_by_distance(distances, query_labels, gallery_labels))
    expected = {}
    for row in range(6):
        same = gallery_labels.identities == query_labels.identities[row]
        keep = ~(same & (gallery_labels.cameras == query_labels.cameras[row]))
        if same[keep].any():
            expected[row] = average_precision_score(same[keep], -distances[row][keep])
    assert scored.queries.tolist() == list(expected)
    assert scored.left_out == 6 - len(expected)
    np.testing.assert_allclose(scored.average_precision, list(expected.values()), atol=1e-12)


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    query, gallery, query_labels, gallery_labels = people(7)
    distances = -(query @ gallery.T)
    whole = rank_by_distance(distances, query_labels, gallery_labels)
    monkeypatch.setattr(retrieval, "_BLOCK_BYTES", 4 * len(gallery) * 3)
    parts = rank_by_distance(distances, query_labels, gallery_labels)
    np.testing.assert_array_equal(whole.wrong, parts.wrong)
    np.testing.assert_array_equal(whole.scores, parts.scores)


def test_a_wrong_item_with_the_same_score_comes_first() -> None:
    same = np.full((1, 4), 0.5, np.float32)
    gallery = RetrievalLabels(np.array([3, 1, 2, 4]), np.ones(4, np.int64))
    scored = score_queries(
        rank_by_distance(same, RetrievalLabels(np.array([3]), np.array([0])), gallery)
    )
    assert scored.first_rank.tolist() == [4]
    assert scored.average_precision.tolist() == [0.25]
    assert scored.inverse_negative_penalty.tolist() == [0.25]


def test_queries_without_a_true_match_are_counted_and_left_out() -> None:
    distances = np.array([[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]], np.float32)
    # Seen by its own camera only; not in the gallery; a distractor, though it is in there.
    query = RetrievalLabels(np.array([0, 5, -1]), np.array([0, 0, 1]))
    gallery = RetrievalLabels(np.array([0, -1]), np.array([0, 0]))
    scored = score_queries(rank_by_distance(distances, query, gallery))
    assert (len(scored), scored.left_out) == (0, 3)
    assert all(np.isnan(value) for value in scored.scores().values())
    assert scored.as_json()["mAP"] is None
    assert scored.as_json()["interval"]["mAP"] == [None, None]


@pytest.mark.parametrize(("queries", "gallery"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_search_gives_no_scores(queries: int, gallery: int) -> None:
    vectors = np.eye(4, dtype=np.float32)
    labels = RetrievalLabels(np.arange(3), np.zeros(3, np.int64))
    scored = score_queries(
        rank_true_matches(
            vectors[:queries],
            vectors[:gallery],
            RetrievalLabels(labels.identities[:queries], labels.cameras[:queries]),
            RetrievalLabels(labels.identities[:gallery], labels.cameras[:gallery]),
        )
    )
    assert (len(scored), scored.left_out) == (0, queries)


def test_one_identity_is_found_at_once_and_has_no_interval() -> None:
    distances = np.array([[0.3, 0.1]], np.float32)
    query, gallery = (
        RetrievalLabels(np.array([2]), np.array([0])),
        RetrievalLabels(np.array([2, 2]), np.ones(2, int)),
    )
    scored = score_queries(rank_by_distance(distances, query, gallery))
    assert scored.scores() == {"mAP": 1, "rank1": 1, "rank5": 1, "rank10": 1, "mINP": 1}
    assert np.isnan(scored.intervals()["mAP"]).all()


def test_nan_and_shapes_that_do_not_fit_are_refused() -> None:
    query, gallery, query_labels, gallery_labels = people(1)
    broken = query.copy()
    broken[3, 2] = np.nan
    with pytest.raises(InputError, match="query vectors, row 3: NaN"):
        rank_true_matches(broken, gallery, query_labels, gallery_labels)
    with pytest.raises(InputError, match="distances, row 0: NaN"):
        rank_by_distance(np.full((1, 1), np.inf), query_labels, gallery_labels)
    with pytest.raises(InputError, match="must be"):
        rank_true_matches(query[:, :3], gallery, query_labels, gallery_labels)
    with pytest.raises(InputError, match="labels"):
        rank_true_matches(query[1:], gallery, query_labels, gallery_labels)
    with pytest.raises(InputError, match="cameras"):
        RetrievalLabels(np.arange(3), np.arange(2))


def test_only_competing_items_count_as_wrong() -> None:
    query, gallery, query_labels, gallery_labels = people(3)
    teams = np.arange(len(gallery)) % 2
    home = np.array([(gallery_labels.identities == who).nonzero()[0][0] % 2 for who in range(20)])
    query_teams = home[query_labels.identities]
    among = rank_true_matches(
        query,
        gallery,
        query_labels,
        gallery_labels,
        lambda rows: teams == query_teams[rows, None],
    )
    similarity = query @ gallery.T
    for pair in range(0, len(among), 7):
        row = among.queries[pair]
        rival = gallery_labels.identities != query_labels.identities[row]
        rival &= teams == query_teams[row]
        assert among.wrong[pair] == (similarity[row][rival] >= among.scores[pair]).sum()


def test_true_matches_that_are_not_picked_count_neither_way() -> None:
    query, gallery, query_labels, gallery_labels = people(4)
    everything = rank_true_matches(query, gallery, query_labels, gallery_labels)
    picked = everything[everything.gallery % 2 == 0]
    rows = np.arange(len(gallery)) % 2 == 0
    similarity = query @ gallery.T
    scored = score_queries(picked)
    for place, row in enumerate(scored.queries):
        same = gallery_labels.identities == query_labels.identities[row]
        same_camera = gallery_labels.cameras == query_labels.cameras[row]
        keep = ~same | (rows & ~same_camera)
        expected = average_precision_score(same[keep], similarity[row][keep])
        assert scored.average_precision[place] == pytest.approx(expected, abs=1e-12)


def test_intervals_are_seeded_hold_the_score_and_shrink_with_more_people() -> None:
    widths = []
    for identities in (10, 160):
        scored = score_queries(rank_true_matches(*people(5, 640, 900, identities)))
        low, high = scored.intervals(seed=1)["mAP"]
        assert low < scored.scores()["mAP"] < high
        assert scored.intervals(seed=1) == scored.intervals(seed=1)
        assert scored.intervals(seed=1) != scored.intervals(seed=2)
        widths.append(high - low)
    assert widths[1] < 0.7 * widths[0]


def test_intervals_draw_people_not_queries() -> None:
    """A person with the same result in a hundred queries is one observation, not a hundred."""
    query, gallery, query_labels, gallery_labels = people(6, 60, 600, 15)
    once = score_queries(rank_true_matches(query, gallery, query_labels, gallery_labels))
    often = score_queries(
        rank_true_matches(
            np.repeat(query, 9, axis=0),
            gallery,
            RetrievalLabels(
                np.repeat(query_labels.identities, 9), np.repeat(query_labels.cameras, 9)
            ),
            gallery_labels,
        )
    )
    assert often.intervals()["mAP"] == pytest.approx(once.intervals()["mAP"], abs=1e-9)
