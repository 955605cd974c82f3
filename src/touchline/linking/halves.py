"""Every group cut in two at a moment: what was so far, and what follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.linking.groups import Groups

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

_NONE = -1


class Halves:
    """Heads and tails of all groups at a moment that moves on tracklet by tracklet.

    count: G, of groups. places: (T,) the place of each tracklet's group among them. last, first:
    (G,) the last tracklet of each head and the first of each tail, or -1. All else is (G, ...) or
    (heads, tails) = (G, G).
    """

    def __init__(self, groups: Groups) -> None:
        evidence = groups.evidence
        self.evidence = evidence
        names, self.places = np.unique(groups.labels, return_inverse=True)
        count = len(names)
        self.count = count
        self._tail_sums = groups.sums[names]
        self._tail_counts = groups.counts[names].copy()
        self._tail_weights = groups.weights[names].copy()
        self._head_sums = np.zeros_like(self._tail_sums)
        self._head_counts, self._head_weights = np.zeros(count), np.zeros(count)
        self._further, self._barred = np.zeros((count, count)), np.zeros((count, count))
        self.last = np.full(count, _NONE)
        self.first = np.array([int(np.flatnonzero(self.places == g)[0]) for g in range(count)])
        self._next = groups.behind

    def advance(self, piece: int) -> None:
        """Move ``piece``, the first of the tails, to its head."""
        evidence, place, count = self.evidence, int(self.places[piece]), self.count
        sums, looks = evidence.appearance.sums[piece], evidence.appearance.counts[piece]
        self._tail_sums[place] -= sums
        self._head_sums[place] += sums
        self._tail_counts[place] -= looks
        self._head_counts[place] += looks
        self._tail_weights[place] -= evidence.weights[piece]
        self._head_weights[place] += evidence.weights[piece]
        self.last[place], self.first[place] = piece, self._next[piece]
        further = evidence.further[piece] * (evidence.weights[piece] * evidence.weights)
        barred = evidence.excluded[piece]
        heads, later = self.places[:piece], self.places[piece + 1 :]
        self._further[place] += np.bincount(later, further[piece + 1 :], count)
        self._further[:, place] -= np.bincount(heads, further[:piece], count)
        self._barred[place] += np.bincount(later, barred[piece + 1 :], count)
        self._barred[:, place] -= np.bincount(heads, barred[:piece], count)

    def gains(self, heads: Index, tails: Index) -> Floats:
        """(H, K) log odds that each tail goes on from each head; -inf where excluded."""
        evidence = self.evidence
        gains = evidence.appearance.odds(
            self._head_sums[heads],
            self._head_counts[heads],
            self._tail_sums[tails],
            self._tail_counts[tails],
        )
        block = np.ix_(heads, tails)
        weights = self._head_weights[heads, None] * self._tail_weights[tails]
        gains += self._further[block] / weights
        gains += evidence.motion[np.ix_(self.last[heads], self.first[tails])]
        gains += evidence.prior
        gains[self._barred[block] > 0.5] = -np.inf
        return gains

    def own_gains(self, places: Index) -> Floats:
        """(N,) log odds that the tails of these groups go on from their own heads."""
        evidence = self.evidence
        gains = evidence.appearance.pair_odds(
            self._head_sums[places],
            self._head_counts[places],
            self._tail_sums[places],
            self._tail_counts[places],
        )
        gains += self._further[places, places] / (
            self._head_weights[places] * self._tail_weights[places]
        )
        gains += evidence.motion[self.last[places], self.first[places]]
        return np.asarray(gains + evidence.prior)
