"""A partition of tracklets into identities, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchline.evidence.appearance import TrackletAppearance
from touchline.linking.clustering.pair_terms import PairLlr, PairMask
from touchline.types import Floats, Index

_NONE = -1


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence on T tracklets, in order of their first frames.

    appearance: summed embeddings and their calibration. motion: log-likelihood ratio that the one
    of a pair continues as the other, which begins later. pairwise: the same in both orders, of
    everything else. weights: (T,) weight of each in a cluster's mean of ``pairwise``. cannot_link:
    pairs that cannot be one person, in both orders. prior: log odds that two tracklets are one
    person before anything is known. min_margin: log odds by which a join must beat the next best
    explanation. roster_size: maximum number of people, or None.
    """

    appearance: TrackletAppearance
    motion: PairLlr
    pairwise: PairLlr
    weights: Floats
    cannot_link: PairMask
    prior: float
    min_margin: float = 0.0
    roster_size: int | None = None

    def __len__(self) -> int:
        return len(self.weights)


class Tables:
    """The terms of all pairs of T tracklets, (T, T)."""

    def __init__(self, evidence: Evidence) -> None:
        every = np.arange(len(evidence))
        pairs = every[:, None], every
        self.motion = np.triu(evidence.motion(*pairs), 1)
        self.pairwise = evidence.pairwise(*pairs)
        self.cannot_link = evidence.cannot_link(*pairs)


class _Valued(NamedTuple):
    """One version of a cluster: its tracklets, their pairwise sums (k,), and its value."""

    version: int
    members: Index
    pairwise: Floats
    value: float


class Clusters:
    """A partition of the tracklets, with running sums that make comparing clusters fast.

    labels: (T,) the cluster id of each tracklet, which is one of its tracklets. ``before`` and
    ``behind``: (T,) its neighbours in time within the cluster, or -1. versions: (T,) by cluster
    id, how often a cluster has changed.
    """

    def __init__(self, evidence: Evidence) -> None:
        count = len(evidence)
        self.evidence = evidence
        self.tables = Tables(evidence)
        self.labels = np.arange(count)
        self.before = np.full(count, _NONE)
        self.behind = np.full(count, _NONE)
        self.versions = np.zeros(count, np.int64)
        self._weighed: dict[int, _Valued] = {}
        self.sums = evidence.appearance.sums.copy()
        self.counts = evidence.appearance.counts.copy()
        self.weights = evidence.weights.copy()
        # Weighted sums over pairs of tracklets across clusters; divided by the weights when needed.
        self.pairwise = self.tables.pairwise * np.outer(self.weights, self.weights).astype(
            np.float32
        )
        self.cannot_link = self.tables.cannot_link.copy()

    def members(self, cluster: int) -> Index:
        """The tracklets of a cluster, in order of time."""
        return np.flatnonzero(self.labels == cluster)

    def cluster_ids(self) -> Index:
        """The ids of the clusters, ascending."""
        return np.unique(self.labels)

    def merge(self, cluster: int, other: int) -> None:
        """Merge ``other`` into ``cluster``."""
        self.labels[self.labels == other] = cluster
        self.versions[cluster] += 1
        self._chain(self.members(cluster))
        self.sums[cluster] += self.sums[other]
        self.counts[cluster] += self.counts[other]
        self.weights[cluster] += self.weights[other]
        self.pairwise[cluster] += self.pairwise[other]
        self.pairwise[:, cluster] += self.pairwise[:, other]
        self.cannot_link[cluster] |= self.cannot_link[other]
        self.cannot_link[:, cluster] |= self.cannot_link[:, other]

    def regroup(self, parts: list[Index]) -> None:
        """Make each of ``parts`` a cluster; their union must be a union of existing clusters."""
        evidence = self.evidence
        for part in parts:
            self.labels[part] = part[0]
        everybody = self.labels
        for part in parts:
            cluster_id = int(part[0])
            self.versions[cluster_id] += 1
            self._chain(part)
            self.sums[cluster_id] = evidence.appearance.sums[part].sum(axis=0)
            self.counts[cluster_id] = evidence.appearance.counts[part].sum()
            self.weights[cluster_id] = evidence.weights[part].sum()
            size = len(everybody)
            weighed = evidence.weights[part] @ self.tables.pairwise[part] * evidence.weights
            row = np.bincount(everybody, weighed, minlength=size)
            self.pairwise[cluster_id] = row
            self.pairwise[:, cluster_id] = row
            cannot_link = self.tables.cannot_link[part].any(axis=0)
            row_cannot_link = np.bincount(everybody[cannot_link], minlength=size) > 0
            self.cannot_link[cluster_id] = row_cannot_link
            self.cannot_link[:, cluster_id] = row_cannot_link

    def _chain(self, members: Index) -> None:
        self.before[members] = np.append(_NONE, members[:-1])
        self.behind[members] = np.append(members[1:], _NONE)

    def gains(self, cluster: int, others: Index) -> Floats:
        """(M,) log odds of merging ``cluster`` with each of ``others``; -inf for cannot-links."""
        displacements = self.motion_gains(self.members(cluster))[others]
        gains = self.pairwise_llr(cluster, others) + displacements + self.evidence.prior
        gains[self.cannot_link[cluster, others]] = -np.inf
        return np.asarray(gains)

    def pairwise_llr(self, cluster: int, others: Index) -> Floats:
        """(M,) log-likelihood ratio by appearance and pairwise evidence, ignoring cannot-links."""
        appearance = self.evidence.appearance.llr(
            self.sums[[cluster]], self.counts[[cluster]], self.sums[others], self.counts[others]
        )[0]
        pairwise = self.pairwise[cluster, others] / (self.weights[cluster] * self.weights[others])
        return np.asarray(appearance + pairwise)

    def tracklet_gains(self, tracklet: int, cluster_ids: Index) -> Floats:
        """(M,) log odds of joining ``tracklet`` alone to each of ``cluster_ids``.

        -inf for cannot-links. Meaningless for the cluster it is in.
        """
        evidence, appearance, size = self.evidence, self.evidence.appearance, len(self.labels)
        gains = appearance.llr(
            appearance.sums[[tracklet]],
            appearance.counts[[tracklet]],
            self.sums[cluster_ids],
            self.counts[cluster_ids],
        )[0]
        pairwise = np.bincount(self.labels, self.tables.pairwise[tracklet] * evidence.weights, size)
        gains += pairwise[cluster_ids] / self.weights[cluster_ids]
        gains += self.motion_gains(np.array([tracklet]))[cluster_ids] + evidence.prior
        cannot_link = (
            np.bincount(self.labels[self.tables.cannot_link[tracklet]], minlength=size) > 0
        )
        gains[cannot_link[cluster_ids]] = -np.inf
        return np.asarray(gains)

    def motion_gains(self, mine: Index) -> Floats:
        """(T,) change of the motion terms when tracklets ``mine`` join each other cluster.

        Tracklets of both then interleave in time: new links replace broken ones. All other
        tracklets are handled at once, each with the neighbours it has and those it would have.
        """
        motion, labels = self.tables.motion, self.labels
        every = np.arange(len(labels))
        place = np.searchsorted(mine, every)
        last = np.append(mine, _NONE)[place - 1]  # place 0 wraps around to none
        following = np.append(mine, _NONE)[place]
        # Tracklets are numbered in time: the nearer neighbour is the one that comes in between.
        from_mine = last > self.before
        to_mine = (following != _NONE) & ((self.behind == _NONE) | (following < self.behind))
        change = np.where(from_mine, motion[last, every], 0.0)
        change += np.where(to_mine, motion[every, following], 0.0)
        change -= np.where(from_mine & (self.before != _NONE), motion[self.before, every], 0.0)
        broken = from_mine & (following != _NONE)
        change -= np.where(broken, motion[last, following], 0.0)
        return np.bincount(labels, change, minlength=len(labels)).astype(np.float64, copy=False)

    def value(self, members: Index) -> float:
        """Objective value of these tracklets as one person."""
        return self._value(members, self._pairwise_among(members))

    def gain(self, tracklet: int, cluster_id: int) -> float:
        """Increase of a cluster's value by adding ``tracklet``, which is not in it."""
        evidence, whole = self.evidence, self._valued(cluster_id)
        place = int(np.searchsorted(whole.members, tracklet))
        column = self.tables.pairwise[whole.members, tracklet]
        mine = float(column @ evidence.weights[whole.members])
        pairwise = np.insert(whole.pairwise + column * evidence.weights[tracklet], place, mine)
        return self._value(np.insert(whole.members, place, tracklet), pairwise) - whole.value

    def loss(self, tracklet: int) -> float:
        """Decrease of its cluster's value by removing ``tracklet``; 0 for a singleton."""
        evidence, whole = self.evidence, self._valued(int(self.labels[tracklet]))
        if len(whole.members) == 1:
            return 0.0
        others = whole.members != tracklet
        rest = whole.members[others]
        column = self.tables.pairwise[rest, tracklet] * evidence.weights[tracklet]
        return whole.value - self._value(rest, whole.pairwise[others] - column)

    def _valued(self, cluster_id: int) -> _Valued:
        """A cluster as it is, evaluated once per version."""
        known = self._weighed.get(cluster_id)
        if known is None or known.version != self.versions[cluster_id]:
            members = self.members(cluster_id)
            pairwise = self._pairwise_among(members)
            known = _Valued(
                int(self.versions[cluster_id]), members, pairwise, self._value(members, pairwise)
            )
            self._weighed[cluster_id] = known
        return known

    def _pairwise_among(self, members: Index) -> Floats:
        """(k,) weighted sum of each tracklet's pairwise evidence with the others."""
        pairwise, weights = self.tables.pairwise, self.evidence.weights[members]
        found = pairwise[np.ix_(members, members)] @ weights
        return np.asarray(found - np.diagonal(pairwise)[members] * weights)

    def _value(self, members: Index, pairwise: Floats) -> float:
        count = len(members)
        if count == 1:
            return 0.0
        evidence = self.evidence
        displacements = float(self.tables.motion[members[:-1], members[1:]].sum())
        # One term for each of n tracklets against all others, scaled to the n - 1 joins.
        share = (count - 1) / count
        weights = evidence.weights[members]
        beside = (
            self._appearance_beside(members).sum() + (pairwise / (weights.sum() - weights)).sum()
        )
        return share * float(beside) + displacements + (count - 1) * evidence.prior

    def _appearance_beside(self, members: Index) -> Floats:
        """(k,) appearance log-likelihood ratio of each tracklet with the rest of its cluster."""
        appearance = self.evidence.appearance
        sums, counts = appearance.sums[members], appearance.counts[members]
        return appearance.pair_llr(sums, counts, sums.sum(axis=0) - sums, counts.sum() - counts)
