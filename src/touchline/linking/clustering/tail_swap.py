"""Tail swaps: reassign the tails of clusters to other heads where no single move helps."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.time_split import TimeSplit
from touchline.types import Floats, Index

_GAIN = 1e-6


def swap_tails(clusters: Clusters) -> bool:
    """At every moment, reassign all tails to the heads they fit best; whether any moved.

    A cluster's tail is everything in it that begins after a moment. Reassigning tails undoes what
    no single move can: two people swapped, or three in a cycle.
    """
    moved = False
    split = TimeSplit(clusters)
    refused: dict[bytes, float] = {}
    for tracklet in range(len(clusters.labels) - 1):
        split.advance(tracklet)
        for promise, owners in _swaps(split):
            # The same swap comes up at many moments: evaluate it again only if it promises more.
            swap = owners.tobytes()
            if promise <= refused.get(swap, 0.0) + _GAIN:
                continue
            refused[swap] = promise
            parts, gain = _weigh(clusters, split.places, owners, tracklet)
            if gain > _GAIN:
                clusters.regroup(parts)
                refused = {}
                split = TimeSplit(clusters)
                for earlier in range(tracklet + 1):
                    split.advance(earlier)
                moved = True
                break
    return moved


def _weigh(
    clusters: Clusters, places: Index, owners: Index, tracklet: int
) -> tuple[list[Index], float]:
    """The clusters that a tail swap after ``tracklet`` makes, and the gain of the objective.

    places: (T,) each tracklet's cluster; owners: (G,) the head each cluster's tail is to follow.
    """
    labels = places.copy()
    labels[tracklet + 1 :] = owners[places[tracklet + 1 :]]
    touched = np.isin(places, np.flatnonzero(owners != np.arange(len(owners))))
    touched |= np.isin(labels, np.unique(labels[touched]))
    parts = [np.flatnonzero(touched & (labels == label)) for label in np.unique(labels[touched])]
    old = [np.flatnonzero(places == place) for place in np.unique(places[touched])]
    return parts, sum(map(clusters.value, parts)) - sum(map(clusters.value, old))


def _swaps(split: TimeSplit) -> list[tuple[float, Index]]:
    """Changes in the best assignment of tails to heads, as disjoint swaps.

    Each with the log odds it promises and (G,) the place of the head that each cluster's tail
    is to follow; from G on for a tail that becomes a cluster of its own.
    """
    heads, tails = np.flatnonzero(split.last >= 0), np.flatnonzero(split.first >= 0)
    if not len(heads) or not len(tails):
        return []
    gains = split.gains(heads, tails)
    worth = np.maximum(gains, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    wins = worth[rows, columns] > 0.0
    owners = np.arange(split.count)
    promises = np.zeros(split.count)
    here = heads[:, None] == tails
    promises[tails[here.any(axis=0)]] = -gains[here]
    owners[tails] = np.where(here.any(axis=0), tails + split.count, tails)
    owners[tails[columns[wins]]] = heads[rows[wins]]
    promises[tails[columns[wins]]] += worth[rows[wins], columns[wins]]
    return _disjoint_swaps(owners, promises)


def _disjoint_swaps(owners: Index, promises: Floats) -> list[tuple[float, Index]]:
    every = np.arange(len(owners))
    moved = owners != every
    linked = moved & (owners < len(owners))
    edges = csr_array(
        (np.ones(int(linked.sum())), (every[linked], owners[linked])),
        shape=(len(owners), len(owners)),
    )
    _, parts = connected_components(edges, directed=False)
    found = []
    for part in np.unique(parts[moved]):
        inside = parts == part
        promise = float(promises[inside].sum())
        if promise > _GAIN:
            found.append((promise, np.where(inside, owners, every)))
    return found
