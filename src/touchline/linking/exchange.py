"""Tails of groups given to other heads, all at once, where no single move helps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from touchline.linking.groups import Groups

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

_NONE = -1
_GAIN = 1e-6


def exchange_tails(groups: Groups) -> bool:
    """At every moment, give what follows to whom it fits best, all at once; whether any moved.

    Everything that begins at a moment or later is each group's tail. Assigning tails to heads
    anew undoes what no single move can: two people, or three in a circle, mistaken for each other.
    """
    moved = False
    halves = _Halves(groups)
    refused: dict[bytes, float] = {}
    for piece in range(len(groups.labels) - 1):
        halves.advance(piece)
        for promise, owners in halves.exchanges():
            # The same exchange comes up at many moments: it is weighed again only if it grows.
            exchange = owners.tobytes()
            if promise <= refused.get(exchange, 0.0) + _GAIN:
                continue
            refused[exchange] = promise
            parts, gain = _weigh(groups, halves.places, owners, piece)
            if gain > _GAIN:
                groups.regroup(parts)
                refused = {}
                halves = _Halves(groups)
                for earlier in range(piece + 1):
                    halves.advance(earlier)
                moved = True
                break
    return moved


def _weigh(groups: Groups, places: Index, owners: Index, piece: int) -> tuple[list[Index], float]:
    """The groups that an exchange of tails after ``piece`` makes, and by how much the sum grows.

    places: (T,) each tracklet's group; owners: (G,) whose head each group's tail is to follow.
    """
    labels = places.copy()
    labels[piece + 1 :] = owners[places[piece + 1 :]]
    touched = np.isin(places, np.flatnonzero(owners != np.arange(len(owners))))
    touched |= np.isin(labels, np.unique(labels[touched]))
    parts = [np.flatnonzero(touched & (labels == label)) for label in np.unique(labels[touched])]
    old = [np.flatnonzero(places == place) for place in np.unique(places[touched])]
    return parts, sum(map(groups.value, parts)) - sum(map(groups.value, old))


class _Halves:
    """Heads and tails of all groups at a moment that moves on tracklet by tracklet.

    places: (T,) the place of each tracklet's group among the G groups. All else is (G, ...) or
    (heads, tails) = (G, G).
    """

    def __init__(self, groups: Groups) -> None:
        evidence = groups.evidence
        self.evidence = evidence
        names, self.places = np.unique(groups.labels, return_inverse=True)
        count = len(names)
        self._count = count
        self._tail_sums = groups.sums[names]
        self._tail_counts = groups.counts[names].copy()
        self._tail_weights = groups.weights[names].copy()
        self._head_sums = np.zeros_like(self._tail_sums)
        self._head_counts, self._head_weights = np.zeros(count), np.zeros(count)
        self._further, self._barred = np.zeros((count, count)), np.zeros((count, count))
        self._last = np.full(count, _NONE)
        self._first = np.array([int(np.flatnonzero(self.places == g)[0]) for g in range(count)])
        self._next = groups.behind
        self.gains = np.zeros((count, count))

    def advance(self, piece: int) -> None:
        """Move ``piece``, the first of the tails, to its head."""
        evidence, place, count = self.evidence, int(self.places[piece]), self._count
        sums, looks = evidence.appearance.sums[piece], evidence.appearance.counts[piece]
        self._tail_sums[place] -= sums
        self._head_sums[place] += sums
        self._tail_counts[place] -= looks
        self._head_counts[place] += looks
        self._tail_weights[place] -= evidence.weights[piece]
        self._head_weights[place] += evidence.weights[piece]
        self._last[place], self._first[place] = piece, self._next[piece]
        further = evidence.further[piece] * (evidence.weights[piece] * evidence.weights)
        barred = evidence.excluded[piece]
        heads, later = self.places[:piece], self.places[piece + 1 :]
        self._further[place] += np.bincount(later, further[piece + 1 :], count)
        self._further[:, place] -= np.bincount(heads, further[:piece], count)
        self._barred[place] += np.bincount(later, barred[piece + 1 :], count)
        self._barred[:, place] -= np.bincount(heads, barred[:piece], count)

    def exchanges(self) -> list[tuple[float, Index]]:
        """What the best assignment of tails to heads would change, in parts that do not touch.

        Each with the log odds it promises and (G,) the place of the head that each group's tail
        is to follow; from G on for a tail that is to be on its own.
        """
        heads, tails = np.flatnonzero(self._last >= 0), np.flatnonzero(self._first >= 0)
        if not len(heads) or not len(tails):
            return []
        gains = self._gains(heads, tails)
        worth = np.maximum(gains, 0.0)
        rows, columns = linear_sum_assignment(worth, maximize=True)
        wins = worth[rows, columns] > 0.0
        owners = np.arange(self._count)
        promises = np.zeros(self._count)
        here = heads[:, None] == tails
        promises[tails[here.any(axis=0)]] = -gains[here]
        owners[tails] = np.where(here.any(axis=0), tails + self._count, tails)
        owners[tails[columns[wins]]] = heads[rows[wins]]
        promises[tails[columns[wins]]] += worth[rows[wins], columns[wins]]
        return self._apart(owners, promises)

    def _gains(self, heads: Index, tails: Index) -> Floats:
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
        gains += evidence.motion[np.ix_(self._last[heads], self._first[tails])]
        gains += evidence.prior
        gains[self._barred[block] > 0.5] = -np.inf
        return gains

    def _apart(self, owners: Index, promises: Floats) -> list[tuple[float, Index]]:
        every = np.arange(self._count)
        moved = owners != every
        linked = moved & (owners < self._count)
        ways = csr_array(
            (np.ones(int(linked.sum())), (every[linked], owners[linked])),
            shape=(self._count, self._count),
        )
        _, parts = connected_components(ways, directed=False)
        found = []
        for part in np.unique(parts[moved]):
            inside = parts == part
            promise = float(promises[inside].sum())
            if promise > _GAIN:
                found.append((promise, np.where(inside, owners, every)))
        return found
