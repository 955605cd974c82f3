"""What groups keep up to date by steps is what reckoning everything anew gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from touchline.evidence.appearance import Appearance
from touchline.evidence.calibration import Calibration
from touchline.linking.groups import Evidence, Groups
from touchline.linking.halves import Halves

CASES = range(60)


def some_evidence(draw: np.random.Generator) -> Evidence:
    """Random evidence of four to eleven tracklets, some without appearance, some barred."""
    count = int(draw.integers(4, 12))
    counts = draw.integers(0, 4, count).astype(np.float64)
    sums = draw.normal(size=(count, 5)) * counts[:, None]
    further = draw.normal(size=(count, count))
    excluded = draw.random((count, count)) < 0.1
    excluded |= excluded.T
    np.fill_diagonal(excluded, False)
    return Evidence(
        Appearance(Calibration(6.0, -2.0, 0.3), 0.9, sums.astype(np.float32), counts),
        np.triu(draw.normal(size=(count, count)), 1).astype(np.float32),
        (further + further.T).astype(np.float32),
        draw.uniform(1.0, 30.0, count),
        excluded,
        prior=float(draw.normal()),
    )


def some_groups(draw: np.random.Generator, evidence: Evidence) -> Groups:
    """A random partition, made by merging and by regrouping."""
    groups = Groups(evidence)
    for _ in range(int(draw.integers(0, len(evidence)))):
        names = groups.names()
        if len(names) > 1:
            one, other = sorted(draw.choice(names, 2, replace=False).tolist())
            groups.merge(one, other)
    name = int(draw.choice(groups.names()))
    members = groups.members(name)
    if len(members) > 1 and draw.random() < 0.5:
        cut = int(draw.integers(1, len(members)))
        groups.regroup([members[:cut], members[cut:]])
    return groups


def between(evidence: Evidence, ours: list[int], theirs: list[int]) -> float:
    """Log odds of two groups by looks and by the weighed mean of further evidence."""
    looks, weights = evidence.appearance, evidence.weights
    odds = looks.odds(
        looks.sums[ours].sum(axis=0)[None],
        looks.counts[ours].sum()[None],
        looks.sums[theirs].sum(axis=0)[None],
        looks.counts[theirs].sum()[None],
    )[0, 0]
    shares = np.outer(weights[ours], weights[theirs])
    further = (shares * evidence.further[np.ix_(ours, theirs)]).sum() / shares.sum()
    return float(odds + further)


def value(evidence: Evidence, members: list[int]) -> float:
    """The objective of one group: V(P) of docs/linking.md, written out."""
    if len(members) == 1:
        return 0.0
    beside = sum(between(evidence, [one], [m for m in members if m != one]) for one in members)
    ways = sum(float(evidence.motion[a, b]) for a, b in pairwise(members))
    count = len(members)
    return (count - 1) / count * beside + ways + (count - 1) * evidence.prior


def ways_of(evidence: Evidence, members: list[int]) -> float:
    return sum(float(evidence.motion[a, b]) for a, b in pairwise(sorted(members)))


@pytest.mark.parametrize("seed", CASES)
def test_gains_of_groups_and_of_single_tracklets_are_those_of_reckoning_anew(seed: int) -> None:
    draw = np.random.default_rng(seed)
    evidence = some_evidence(draw)
    groups = some_groups(draw, evidence)
    parts = {int(name): groups.members(int(name)).tolist() for name in groups.names()}
    for name, members in parts.items():
        assert groups.value(groups.members(name)) == pytest.approx(
            value(evidence, members), abs=1e-5
        )
        others = np.array([other for other in parts if other != name], np.intp)
        gains = groups.gains(name, others)
        for other, gain in zip(others.tolist(), gains.tolist(), strict=True):
            theirs = parts[other]
            if evidence.excluded[np.ix_(members, theirs)].any():
                assert gain == -np.inf
                continue
            ways = ways_of(evidence, members + theirs)
            ways -= ways_of(evidence, members) + ways_of(evidence, theirs)
            expected = between(evidence, members, theirs) + ways + evidence.prior
            assert gain == pytest.approx(expected, abs=1e-5)
    for piece in range(len(evidence)):
        home = int(groups.labels[piece])
        rest = [member for member in parts[home] if member != piece]
        lost = value(evidence, parts[home]) - (value(evidence, rest) if rest else 0.0)
        assert groups.loss(piece) == pytest.approx(lost, abs=1e-5)
        for name, members in parts.items():
            if name != home:
                gain = value(evidence, sorted([*members, piece])) - value(evidence, members)
                assert groups.gain(piece, name) == pytest.approx(gain, abs=1e-5)


@pytest.mark.parametrize("seed", CASES)
def test_heads_and_tails_at_every_moment_are_those_of_reckoning_anew(seed: int) -> None:
    draw = np.random.default_rng(1000 + seed)
    evidence = some_evidence(draw)
    groups = some_groups(draw, evidence)
    parts = [groups.members(int(name)).tolist() for name in groups.names()]
    halves = Halves(groups)
    for piece in range(len(evidence) - 1):
        halves.advance(piece)
        heads = [[member for member in part if member <= piece] for part in parts]
        tails = [[member for member in part if member > piece] for part in parts]
        begun = np.array([place for place, head in enumerate(heads) if head], np.intp)
        going_on = np.array([place for place, tail in enumerate(tails) if tail], np.intp)
        gains = halves.gains(begun, going_on)
        for row, i in enumerate(begun.tolist()):
            for column, j in enumerate(going_on.tolist()):
                head, tail = heads[i], tails[j]
                if evidence.excluded[np.ix_(head, tail)].any():
                    assert gains[row, column] == -np.inf
                    continue
                expected = between(evidence, head, tail) + evidence.prior
                expected += float(evidence.motion[head[-1], tail[0]])
                assert gains[row, column] == pytest.approx(expected, abs=1e-5)
