"""What groups keep up to date by steps is what reckoning everything anew gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.linking.clustering.clusters import Clusters, Evidence
from touchline.linking.clustering.time_split import TimeSplit

CASES = range(60)


def some_evidence(draw: np.random.Generator) -> Evidence:
    """Random evidence of four to eleven tracklets, some without appearance, some barred."""
    count = int(draw.integers(4, 12))
    counts = draw.integers(0, 4, count).astype(np.float64)
    sums = draw.normal(size=(count, 5)) * counts[:, None]
    pairwise = draw.normal(size=(count, count))
    cannot_link = draw.random((count, count)) < 0.1
    cannot_link |= cannot_link.T
    np.fill_diagonal(cannot_link, False)
    return Evidence(
        TrackletAppearance(Calibration(6.0, -2.0, 0.3), 0.9, sums.astype(np.float32), counts),
        np.triu(draw.normal(size=(count, count)), 1).astype(np.float32),
        (pairwise + pairwise.T).astype(np.float32),
        draw.uniform(1.0, 30.0, count),
        cannot_link,
        prior=float(draw.normal()),
    )


def some_groups(draw: np.random.Generator, evidence: Evidence) -> Clusters:
    """A random partition, made by merging and by regrouping."""
    clusters = Clusters(evidence)
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
    """Log odds of two groups by looks and by the weighed mean of further evidence."""
    bins, weights = evidence.appearance, evidence.weights
    llr = bins.llr(
        bins.sums[ours].sum(axis=0)[None],
        bins.counts[ours].sum()[None],
        bins.sums[theirs].sum(axis=0)[None],
        bins.counts[theirs].sum()[None],
    )[0, 0]
    shares = np.outer(weights[ours], weights[theirs])
    pairwise = (shares * evidence.pairwise[np.ix_(ours, theirs)]).sum() / shares.sum()
    return float(llr + pairwise)


def value(evidence: Evidence, members: list[int]) -> float:
    """The objective of one cluster: V(P) of docs/linking.md, written out."""
    if len(members) == 1:
        return 0.0
    beside = sum(between(evidence, [one], [m for m in members if m != one]) for one in members)
    displacements = sum(float(evidence.motion[a, b]) for a, b in pairwise(members))
    count = len(members)
    return (count - 1) / count * beside + displacements + (count - 1) * evidence.prior


def ways_of(evidence: Evidence, members: list[int]) -> float:
    return sum(float(evidence.motion[a, b]) for a, b in pairwise(sorted(members)))


@pytest.mark.parametrize("seed", CASES)
def test_gains_of_groups_and_of_single_tracklets_are_those_of_reckoning_anew(seed: int) -> None:
    draw = np.random.default_rng(seed)
    evidence = some_evidence(draw)
    clusters = some_groups(draw, evidence)
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
            if evidence.cannot_link[np.ix_(members, theirs)].any():
                assert gain == -np.inf
                continue
            displacements = ways_of(evidence, members + theirs)
            displacements -= ways_of(evidence, members) + ways_of(evidence, theirs)
            expected = between(evidence, members, theirs) + displacements + evidence.prior
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
def test_heads_and_tails_at_every_moment_are_those_of_reckoning_anew(seed: int) -> None:
    draw = np.random.default_rng(1000 + seed)
    evidence = some_evidence(draw)
    clusters = some_groups(draw, evidence)
    parts = [clusters.members(int(cluster_id)).tolist() for cluster_id in clusters.cluster_ids()]
    split = TimeSplit(clusters)
    for tracklet in range(len(evidence) - 1):
        split.advance(tracklet)
        heads = [[member for member in part if member <= tracklet] for part in parts]
        tails = [[member for member in part if member > tracklet] for part in parts]
        begun = np.array([place for place, head in enumerate(heads) if head], np.intp)
        going_on = np.array([place for place, tail in enumerate(tails) if tail], np.intp)
        gains = split.gains(begun, going_on)
        for row, i in enumerate(begun.tolist()):
            for column, j in enumerate(going_on.tolist()):
                head, tail = heads[i], tails[j]
                if evidence.cannot_link[np.ix_(head, tail)].any():
                    assert gains[row, column] == -np.inf
                    continue
                expected = between(evidence, head, tail) + evidence.prior
                expected += float(evidence.motion[head[-1], tail[0]])
                assert gains[row, column] == pytest.approx(expected, abs=1e-5)
