"""Tail swaps: reassign the tails of clusters to other heads where no single move helps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.linking.clustering.time_split import TimeSplit
from touchline.types import Floats, Index

_GAIN = 1e-6

_AT_ONCE = 128
"""With no more clusters that have likely tails, all are assigned at every moment."""

Swap = tuple[tuple[int, int | None], ...]
"""Clusters whose tails are to follow the head of another, or of none."""


def swap_tails(clusters: Clusters, on_done: OnDone = unheard) -> bool:
    """At every moment, reassign all tails to the heads they fit best; whether any moved.

    A cluster's tail is everything in it that begins after a moment. Reassigning tails undoes what
    no single move can: two people swapped, or three in a cycle.

    From one moment to the next a single cluster has another head and another tail. So only what
    these may go with is weighed, and in a long clip only the clusters that they may go with are
    assigned: swaps of others were refused before, and nothing has changed for them.
    """
    moved = False
    split = TimeSplit(clusters)
    likely = _LikelyTails(split)
    refused: dict[Swap, float] = {}
    changed: set[int] = set()
    for tracklet in range(len(clusters.labels) - 1):
        on_done(tracklet)
        changed.add(split.advance(tracklet))
        for cluster in changed:
            likely.weigh(cluster)
        again: set[int] = set()
        for cluster in sorted(changed):
            if again:
                again.add(cluster)
                continue
            if split.held[cluster]:
                continue
            for promise, swap in _swaps(split, likely, likely.beside(cluster)):
                # The same swap comes up at many moments: evaluate it again only if it promises
                # more.
                if promise <= refused.get(swap, 0.0) + _GAIN:
                    continue
                refused[swap] = promise
                parts, sources, gain = _weigh(split, swap)
                if gain > _GAIN:
                    likely.forget(cluster for pair in sources for cluster in pair)
                    split.regroup(parts, sources)
                    again = {int(part[0]) for part in parts} | {cluster}
                    refused = {}
                    moved = True
                    break
        changed = {cluster for cluster in again if clusters.labels[cluster] == cluster}
    return moved


class _LikelyTails:
    """Log odds above 0 that the tail of a cluster continues another's head, kept up to date.

    ids: (S,) clusters for which there are any, -1 for a free place. gains: (S, S) by head and
    tail, else 0.
    """

    def __init__(self, split: TimeSplit) -> None:
        self._split = split
        self.ids = np.full(_AT_ONCE, -1)
        self.gains = np.zeros((_AT_ONCE, _AT_ONCE), np.float32)
        self._places = np.full(len(split.last), -1)
        self._free = list(range(_AT_ONCE))[::-1]

    def weigh(self, cluster: int) -> None:
        """Compare the head and the tail of a cluster, which are others now."""
        split = self._split
        self.forget([cluster])
        if split.held[cluster]:
            return
        near = split.clusters.near(cluster)
        near = near[split.held[near] == 0]
        tails, heads = near[:0], near[:0]
        tail_gains = head_gains = np.empty(0)
        if split.last[cluster] >= 0:
            tails = near[split.first[near] >= 0]
            tail_gains = split.head_gains(cluster, tails, 0.0)
            tails, tail_gains = tails[tail_gains > 0.0], tail_gains[tail_gains > 0.0]
        if split.first[cluster] >= 0:
            heads = near[split.last[near] >= 0]
            head_gains = split.tail_gains(cluster, heads, 0.0)
            heads, head_gains = heads[head_gains > 0.0], head_gains[head_gains > 0.0]
        here = self._places_of(np.concatenate([[cluster], tails, heads]))
        self.gains[here[0], here[1 : len(tails) + 1]] = tail_gains
        self.gains[here[len(tails) + 1 :], here[0]] = head_gains

    def _places_of(self, clusters: Index) -> Index:
        for cluster in clusters[self._places[clusters] < 0].tolist():
            if not self._free:
                self._grow()
            place = self._free.pop()
            self._places[cluster], self.ids[place] = place, cluster
        return self._places[clusters]

    def _grow(self) -> None:
        count = len(self.ids)
        self.ids = np.append(self.ids, np.full(count, -1))
        self.gains = np.pad(self.gains, (0, count))
        self._free = list(range(count, 2 * count))[::-1]

    def forget(self, clusters: Iterable[int | None]) -> None:
        """Leave out all that is known of these clusters."""
        for cluster in clusters:
            place = -1 if cluster is None else int(self._places[cluster])
            if place >= 0:
                self.gains[place] = self.gains[:, place] = 0.0
                self.ids[place] = self._places[cluster] = -1
                self._free.append(place)

    def beside(self, cluster: int) -> Index:
        """(K,) places of the clusters that one may swap with; of all where they are few."""
        if len(self.ids) == _AT_ONCE:
            return (self.ids >= 0).nonzero()[0]
        place = int(self._places[cluster])
        found = (self.gains[place] > 0.0) | (self.gains[:, place] > 0.0)
        found[place] = True
        return np.flatnonzero(found)


def _weigh(
    split: TimeSplit, swap: Swap
) -> tuple[list[Index], list[tuple[int | None, int | None]], float]:
    """The clusters that a swap makes, whose head and whose tail each is, and what is gained."""
    tail_of: dict[int, int] = {head: tail for tail, head in swap if head is not None}
    moved = {tail for tail, _ in swap}
    touched = sorted(moved | tail_of.keys())
    nobody = np.empty(0, np.intp)
    parts, sources = [], []
    for cluster in touched:
        head, tail = split.head(cluster), tail_of.get(cluster)
        following = nobody if tail is None else split.tail(tail)
        if len(head) + len(following):
            parts.append(np.concatenate([head, following]))
            sources.append((cluster if len(head) else None, tail))
    for tail, owner in swap:
        if owner is None:
            parts.append(split.tail(tail))
            sources.append((None, tail))
    clusters = split.clusters
    gain = sum(map(clusters.value, parts)) - sum(map(clusters.cluster_value, touched))
    return parts, sources, gain


def _swaps(split: TimeSplit, likely: _LikelyTails, places: Index) -> list[tuple[float, Swap]]:
    """Changes in the best assignment of tails to heads, as disjoint swaps.

    Each with the log odds it promises. places: (K,) of the clusters among those with likely tails.
    """
    ids = likely.ids[places]
    begun, going_on = split.last[ids] >= 0, split.first[ids] >= 0
    heads, tails = begun.nonzero()[0], going_on.nonzero()[0]
    if not len(heads) or not len(tails):
        return []
    worth = likely.gains[places[:, None], places].astype(np.float64)
    both = (begun & going_on).nonzero()[0]
    own = np.zeros(len(ids))
    own[both] = split.own_gains(ids[both])
    worth[both, both] = np.maximum(own[both], 0.0)
    rows, columns = linear_sum_assignment(worth[heads[:, None], tails], maximize=True)
    rows, columns = heads[rows], tails[columns]
    wins = worth[rows, columns] > 0.0
    owners = np.arange(len(ids))
    promises = np.zeros(len(ids))
    promises[both] = -own[both]
    owners[both] += len(ids)
    owners[columns[wins]] = rows[wins]
    promises[columns[wins]] += worth[rows[wins], columns[wins]]
    return _disjoint_swaps(ids, owners, promises)


def _disjoint_swaps(ids: Index, owners: Index, promises: Floats) -> list[tuple[float, Swap]]:
    """owners: (K,) the head each tail is to follow; from K on for a cluster of its own."""
    count = len(ids)
    moved = (owners != np.arange(count)).nonzero()[0].tolist()
    part_of: dict[int, set[int]] = {}  # the clusters that exchange tails, the same for each of them
    for tail in moved:
        part = part_of.setdefault(tail, {tail})
        owner = int(owners[tail])
        if owner < count:
            part |= part_of.get(owner, {owner})
            part_of.update(dict.fromkeys(part, part))
    found = []
    for _, exchanging in sorted({min(part): part for part in part_of.values()}.items()):
        inside = sorted(exchanging)
        promise = float(promises[inside].sum())
        if promise > _GAIN:
            tails = [one for one in inside if owners[one] != one]
            heads = [int(ids[owner]) if owner < count else None for owner in owners[tails]]
            found.append((promise, tuple(zip(ids[tails].tolist(), heads, strict=True))))
    return found
