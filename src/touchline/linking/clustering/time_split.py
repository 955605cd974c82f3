"""Every cluster split in time at one moment: its head before, its tail after."""

from __future__ import annotations

import numpy as np

from touchline.linking.clustering.clusters import Clusters
from touchline.types import Floats, Index

_NONE = -1


class TimeSplit:
    """Heads and tails of all clusters at a moment that advances tracklet by tracklet.

    count: G, clusters. places: (T,) the place of each tracklet's cluster among them. last, first:
    (G,) the last tracklet of each head and the first of each tail, or -1. All else is (G, ...) or
    (heads, tails) = (G, G).
    """

    def __init__(self, clusters: Clusters) -> None:
        evidence = clusters.evidence
        self.evidence, self.tables = evidence, clusters.tables
        cluster_ids, self.places = np.unique(clusters.labels, return_inverse=True)
        count = len(cluster_ids)
        self.count = count
        self._tail_sums = clusters.sums[cluster_ids]
        self._tail_counts = clusters.counts[cluster_ids].copy()
        self._tail_weights = clusters.weights[cluster_ids].copy()
        self._head_sums = np.zeros_like(self._tail_sums)
        self._head_counts, self._head_weights = np.zeros(count), np.zeros(count)
        self._pairwise, self._cannot_link = np.zeros((count, count)), np.zeros((count, count))
        self.last = np.full(count, _NONE)
        self.first = np.array([int(np.flatnonzero(self.places == g)[0]) for g in range(count)])
        self._next = clusters.behind

    def advance(self, tracklet: int) -> None:
        """Move ``tracklet``, the first of the tails, to its head."""
        evidence, place, count = self.evidence, int(self.places[tracklet]), self.count
        sums, appearance = evidence.appearance.sums[tracklet], evidence.appearance.counts[tracklet]
        self._tail_sums[place] -= sums
        self._head_sums[place] += sums
        self._tail_counts[place] -= appearance
        self._head_counts[place] += appearance
        self._tail_weights[place] -= evidence.weights[tracklet]
        self._head_weights[place] += evidence.weights[tracklet]
        self.last[place], self.first[place] = tracklet, self._next[tracklet]
        pairwise = self.tables.pairwise[tracklet] * (evidence.weights[tracklet] * evidence.weights)
        cannot_link = self.tables.cannot_link[tracklet]
        heads, later = self.places[:tracklet], self.places[tracklet + 1 :]
        self._pairwise[place] += np.bincount(later, pairwise[tracklet + 1 :], count)
        self._pairwise[:, place] -= np.bincount(heads, pairwise[:tracklet], count)
        self._cannot_link[place] += np.bincount(later, cannot_link[tracklet + 1 :], count)
        self._cannot_link[:, place] -= np.bincount(heads, cannot_link[:tracklet], count)

    def gains(self, heads: Index, tails: Index) -> Floats:
        """(H, K) log odds that each tail continues each head; -inf for cannot-links."""
        evidence = self.evidence
        gains = evidence.appearance.llr(
            self._head_sums[heads],
            self._head_counts[heads],
            self._tail_sums[tails],
            self._tail_counts[tails],
        )
        block = np.ix_(heads, tails)
        weights = self._head_weights[heads, None] * self._tail_weights[tails]
        gains += self._pairwise[block] / weights
        gains += self.tables.motion[np.ix_(self.last[heads], self.first[tails])]
        gains += evidence.prior
        gains[self._cannot_link[block] > 0.5] = -np.inf
        return gains

    def own_gains(self, places: Index) -> Floats:
        """(N,) log odds that the tails of these clusters continue their own heads."""
        evidence = self.evidence
        gains = evidence.appearance.pair_llr(
            self._head_sums[places],
            self._head_counts[places],
            self._tail_sums[places],
            self._tail_counts[places],
        )
        gains += self._pairwise[places, places] / (
            self._head_weights[places] * self._tail_weights[places]
        )
        gains += self.tables.motion[self.last[places], self.first[places]]
        return np.asarray(gains + evidence.prior)
