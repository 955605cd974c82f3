"""A long clip is linked by its likeliest pairs, in blocks, as well as by all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from pair_tables import of_table

from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.linking.clustering.candidates import find_candidates
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.join import join
from touchline.linking.clustering.merging import Merging
from touchline.linking.clustering.pair_terms import LaterPairs, SymmetricPairs
from touchline.linking.clustering.steps import PASSES, Steps

PEOPLE, DIMENSIONS = 12, 24


def people_in_pieces(seed: int, count: int = 150, noise: float = 0.7) -> tuple[Evidence, list[int]]:
    """Evidence of people who come and go, a few in view at a time, and who each tracklet is."""
    draw = np.random.default_rng(seed)
    faces = draw.normal(size=(PEOPLE, DIMENSIONS))
    who: list[int] = []
    while len(who) < count:
        who += draw.permutation(PEOPLE).tolist()
    people = np.array(who[:count])
    counts = draw.integers(1, 6, count).astype(np.float64)
    looks = faces[people] + noise * draw.normal(size=(count, DIMENSIONS))
    near = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    together = (near < 5) & (people[:, None] != people)
    motion = np.where(near < 40, np.where(people[:, None] == people, 1.0, -1.0), 0.0)
    motion += np.where(near < 40, draw.normal(0, 1.5, (count, count)), 0.0)
    evidence = Evidence(
        TrackletAppearance(
            Calibration(9.0, -4.0, 0.0),
            0.9,
            (looks * counts[:, None]).astype(np.float32),
            counts,
        ),
        of_table(np.triu(motion, 1).astype(np.float32)),
        of_table(np.zeros((count, count), np.float32)),
        draw.uniform(5.0, 60.0, count),
        of_table(together),
        prior=0.4,
        min_margin=0.5,
    )
    return evidence, people.tolist()


def objective(clusters: Clusters) -> float:
    return sum(clusters.cluster_value(cluster) for cluster in clusters.cluster_ids().tolist())


def shares_of_pairs(clusters: Clusters, people: list[int]) -> tuple[float, float]:
    """Of pairs of one person the share that is joined, and of joined ones the share of one."""
    joined = clusters.labels[:, None] == clusters.labels
    same = np.array(people)[:, None] == people
    both = float((joined & same).sum())
    return both / float(same.sum()), both / float(joined.sum())


@pytest.mark.parametrize("seed", range(2))
def test_the_likeliest_candidates_are_as_good_as_all(seed: int) -> None:
    evidence, people = people_in_pieces(seed)
    every = find_candidates(evidence)
    few = find_candidates(evidence, most=15)
    assert len(few.others) < 0.4 * len(every.others)
    exact, fast = (join(evidence, candidates=candidates) for candidates in (every, few))
    assert objective(fast) >= 0.995 * objective(exact)
    for found, wanted in zip(
        shares_of_pairs(fast, people), shares_of_pairs(exact, people), strict=True
    ):
        assert found >= wanted - 0.01


def test_candidates_are_the_likeliest_in_both_directions_and_none_is_hopeless() -> None:
    evidence, _ = people_in_pieces(5, count=90)
    candidates = find_candidates(evidence, most=10, least=-1.0)
    named = [set(candidates.of(np.array([one])).tolist()) for one in range(90)]
    single = Clusters(evidence)
    log_odds = np.array(
        [
            single.pairwise_llr(one, np.arange(90))[0]
            + evidence.prior
            + evidence.motion(np.minimum(one, np.arange(90)), np.maximum(one, np.arange(90)))
            for one in range(90)
        ]
    )
    np.fill_diagonal(log_odds, -np.inf)
    for one in range(90):
        best = [other for other in np.argsort(-log_odds[one])[:10] if log_odds[one, other] >= -1]
        assert set(best) <= named[one]
        assert all(one in named[other] for other in named[one])
        assert one not in named[one]
        assert min((log_odds[one, other] for other in named[one]), default=0.0) >= -1.001


def test_merging_takes_the_best_pair_of_all_every_time() -> None:
    for seed in range(4):
        evidence, _ = people_in_pieces(seed, count=30, noise=1.5)
        fast, slow = Clusters(evidence, wide=3), Clusters(evidence)
        Merging(fast).merge_gaining()
        while True:
            ids = slow.cluster_ids()
            gains = np.array([slow.gains(cluster, ids) for cluster in ids.tolist()], np.float32)
            np.fill_diagonal(gains, -np.inf)
            one, other = sorted(divmod(int(gains.argmax()), len(ids)))
            if not gains.max() > 0.0:
                break
            slow.merge(int(ids[one]), int(ids[other]))
        assert fast.labels.tolist() == slow.labels.tolist()


def test_a_roster_joins_until_so_many_are_left() -> None:
    evidence, _ = people_in_pieces(1, count=40, noise=2.5)
    few = Evidence(
        evidence.appearance,
        evidence.motion,
        evidence.pairwise,
        evidence.weights,
        of_table(np.zeros((40, 40), np.bool_)),
        evidence.prior,
        roster_size=3,
    )
    assert len(join(few).cluster_ids()) == 3


def test_pairs_near_in_time_are_stored_and_all_others_are_nothing() -> None:
    first, end = np.array([1, 3, 3, 4]), np.array([3, 4, 3, 4])
    later = LaterPairs.of_stretches(first, end, np.int32)
    assert [rows.tolist() for rows in later.pairs()] == [[0, 0, 1], [1, 2, 3]]
    later.values[:3] = [5, 0, 7]
    every = np.arange(4)
    table = [[0, 5, 0, 0], [0, 0, 0, 7], [0] * 4, [0] * 4]
    assert later(every[:, None], every).tolist() == table
    both = SymmetricPairs(later)
    assert both(every[:, None], every).tolist() == (np.array(table) + np.array(table).T).tolist()
    assert [rows.tolist() for rows in both.known()] == [[0, 1, 1, 3], [1, 0, 3, 1]]


def test_progress_grows_to_the_last_pass_and_whoever_is_told_may_end_it() -> None:
    evidence, _ = people_in_pieces(2, count=30)
    told: list[tuple[int, int]] = []
    join(evidence, steps=Steps(30, lambda done, total: told.append((done, total))))
    done = [done for done, _ in told]
    assert done == sorted(done)
    assert {total for _, total in told} == {30 * PASSES}
    assert done[0] < 90 < done[-1] <= 30 * PASSES

    def enough(done: int, _total: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        join(evidence, steps=Steps(30, enough))
