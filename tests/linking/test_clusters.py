"""What clusters keep up to date step by step equals the objective written out.

Every gain is compared with brute force on random evidence: of clusters and single tracklets, of
motion alone, after merging and regrouping, and of heads and tails at every moment.
"""

from __future__ import annotations

import numpy as np
import pytest
from pair_tables import of_table

from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.time_split import TimeSplit

CASES = range(60)


def some_evidence(draw: np.random.Generator) -> Evidence:
    """Random evidence of four to eleven tracklets, some without appearance; some cannot-links."""
    count = int(draw.integers(4, 12))
    counts = draw.integers(0, 4, count).astype(np.float64)
    sums = draw.normal(size=(count, 5)) * counts[:, None]
    pairwise = draw.normal(size=(count, count))
    cannot_link = draw.random((count, count)) < 0.1
    cannot_link |= cannot_link.T
    np.fill_diagonal(cannot_link, False)
    return Evidence(
        TrackletAppearance(Calibration(6.0, -2.0, 0.3), 0.9, sums.astype(np.float32), counts),
        of_table(np.triu(draw.normal(size=(count, count)), 1).astype(np.float32)),
        of_table((pairwise + pairwise.T).astype(np.float32)),
        draw.uniform(1.0, 30.0, count),
        of_table(cannot_link),
        prior=float(draw.normal()),
    )


def some_clusters(draw: np.random.Generator, evidence: Evidence) -> Clusters:
    """A random partition, made by merging and by regrouping."""
    clusters = Clusters(evidence, wide=int(draw.integers(0, 5)))
    for _ in range(int(draw.integers(0, len(evidence)))):
        cluster_ids = clusters.cluster_ids()
        if len(cluster_ids) > 1:
            one, other = sorted(draw.choice(cluster_ids, 2, replace=False).tolist())
            clusters.merge(one, other)
    cluster_id = int(draw.choice(clusters.cluster_ids()))
    members = clusters.members(cluster_id)
    if len(members) > 1 and draw.random() < 0.5:
        cut = int(draw.integers(1, len(members)))
        clusters.regroup([members[:cut], members[cut:]])
    return clusters


def between(evidence: Evidence, ours: list[int], theirs: list[int]) -> float:
    """Log-likelihood ratio of two clusters: appearance, and the weighted pairwise mean."""
    bins, weights = evidence.appearance, evidence.weights
    llr = bins.llr(
        bins.sums[ours].sum(axis=0)[None],
        bins.counts[ours].sum()[None],
        bins.sums[theirs].sum(axis=0)[None],
        bins.counts[theirs].sum()[None],
    )[0, 0]
    shares = np.outer(weights[ours], weights[theirs])
    pairwise = (shares * evidence.pairwise(*np.ix_(ours, theirs))).sum() / shares.sum()
    return float(llr + pairwise)


def value(evidence: Evidence, members: list[int]) -> float:
    """The objective of one cluster: V(P) of docs/linking.md, written out."""
    if len(members) == 1:
        return 0.0
    beside = sum(between(evidence, [one], [m for m in members if m != one]) for one in members)
    count = len(members)
    motion = motion_of(evidence, members)
    return (count - 1) / count * beside + motion + (count - 1) * evidence.prior


def motion_gain(evidence: Evidence, ours: list[int], theirs: list[int]) -> float:
    """Change of the motion terms when two clusters become one."""
    apart = motion_of(evidence, ours) + motion_of(evidence, theirs)
    return motion_of(evidence, ours + theirs) - apart


def motion_of(evidence: Evidence, members: list[int]) -> float:
    """The motion terms of one cluster: from each tracklet to the next."""
    ordered = np.array(sorted(members), np.intp)
    return float(evidence.motion(ordered[:-1], ordered[1:]).sum())


@pytest.mark.parametrize("seed", CASES)
def test_gains_of_clusters_and_of_single_tracklets_are_those_of_the_objective(seed: int) -> None:
    draw = np.random.default_rng(seed)
    evidence = some_evidence(draw)
    clusters = some_clusters(draw, evidence)
    parts = {
        int(cluster_id): clusters.members(int(cluster_id)).tolist()
        for cluster_id in clusters.cluster_ids()
    }
    for cluster_id, members in parts.items():
        assert clusters.value(clusters.members(cluster_id)) == pytest.approx(
            value(evidence, members), abs=1e-5
        )
        others = np.array([other for other in parts if other != cluster_id], np.intp)
        gains = clusters.gains(cluster_id, others)
        for other, gain in zip(others.tolist(), gains.tolist(), strict=True):
            theirs = parts[other]
            if evidence.cannot_link(*np.ix_(members, theirs)).any():
                assert gain == -np.inf
                continue
            motion = motion_gain(evidence, members, theirs)
            expected = between(evidence, members, theirs) + motion + evidence.prior
            assert gain == pytest.approx(expected, abs=1e-5)
    for tracklet in range(len(evidence)):
        home = int(clusters.labels[tracklet])
        rest = [member for member in parts[home] if member != tracklet]
        lost = value(evidence, parts[home]) - (value(evidence, rest) if rest else 0.0)
        assert clusters.loss(tracklet) == pytest.approx(lost, abs=1e-5)
        for cluster_id, members in parts.items():
            if cluster_id != home:
                gain = value(evidence, sorted([*members, tracklet])) - value(evidence, members)
                assert clusters.gain(tracklet, cluster_id) == pytest.approx(gain, abs=1e-5)


@pytest.mark.parametrize("seed", CASES)
def test_gains_of_heads_and_tails_at_every_moment_are_those_of_brute_force(seed: int) -> None:
    draw = np.random.default_rng(1000 + seed)
    evidence = some_evidence(draw)
    clusters = some_clusters(draw, evidence)
    parts = [clusters.members(int(cluster_id)).tolist() for cluster_id in clusters.cluster_ids()]
    split = TimeSplit(clusters)
    for tracklet in range(len(evidence) - 1):
        split.advance(tracklet)
        heads = [[member for member in part if member <= tracklet] for part in parts]
        tails = [[member for member in part if member > tracklet] for part in parts]
        begun = np.array([place for place, head in enumerate(heads) if head], np.intp)
        going_on = np.array([place for place, tail in enumerate(tails) if tail], np.intp)
        ids = clusters.cluster_ids()
        by_head = {i: split.head_gains(int(ids[i]), ids[going_on]) for i in begun.tolist()}
        by_tail = {j: split.tail_gains(int(ids[j]), ids[begun]) for j in going_on.tolist()}
        for row, i in enumerate(begun.tolist()):
            for column, j in enumerate(going_on.tolist()):
                head, tail, gain = heads[i], tails[j], by_head[i][column]
                assert gain == pytest.approx(by_tail[j][row], abs=1e-5)
                if evidence.cannot_link(*np.ix_(head, tail)).any():
                    assert gain == -np.inf
                    continue
                expected = between(evidence, head, tail) + evidence.prior
                expected += float(evidence.motion(np.array(head[-1]), np.array(tail[0])))
                assert gain == pytest.approx(expected, abs=1e-5)
                if i == j:
                    own = split.own_gain(int(ids[i]))
                    assert own == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", CASES)
def test_motion_gains_and_gains_of_tracklets_are_those_of_brute_force(seed: int) -> None:
    draw = np.random.default_rng(2000 + seed)
    evidence = some_evidence(draw)
    clusters = some_clusters(draw, evidence)
    ids = clusters.cluster_ids()
    for tracklet in range(len(evidence)):
        home = int(clusters.labels[tracklet])
        whole = clusters.members(home).tolist()
        of_home = clusters.motion_gains(np.array(whole), ids)
        of_tracklet = clusters.tracklet_gains(tracklet, ids)
        for place, (other, gain) in enumerate(zip(ids.tolist(), of_tracklet.tolist(), strict=True)):
            theirs = clusters.members(other).tolist()
            if other == home:
                continue
            assert of_home[place] == pytest.approx(motion_gain(evidence, whole, theirs), abs=1e-5)
            if evidence.cannot_link(np.array(tracklet), np.array(theirs)).any():
                assert gain == -np.inf
                continue
            expected = between(evidence, [tracklet], theirs) + evidence.prior
            expected += motion_gain(evidence, [tracklet], theirs)
            assert gain == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", CASES)
def test_a_regrouped_partition_is_the_same_as_one_merged_from_single_tracklets(seed: int) -> None:
    draw = np.random.default_rng(3000 + seed)
    evidence = some_evidence(draw)
    clusters, merged = some_clusters(draw, evidence), Clusters(evidence)
    labels = draw.integers(0, 3, len(evidence))
    parts = [np.flatnonzero(labels == label) for label in range(3)]
    parts = [part for part in parts if len(part)]
    clusters.regroup(parts)
    for part in parts:
        for other in part[1:].tolist():
            merged.merge(int(part[0]), other)
    ids = merged.cluster_ids()
    assert clusters.cluster_ids().tolist() == ids.tolist()
    for name in ("labels", "before", "behind"):
        assert getattr(clusters, name).tolist() == getattr(merged, name).tolist()
    for cluster_id in ids.tolist():
        others = ids[ids != cluster_id]
        np.testing.assert_allclose(
            clusters.gains(cluster_id, others), merged.gains(cluster_id, others), atol=1e-5
        )
