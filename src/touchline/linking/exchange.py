"""Tails of groups given to other heads, all at once, where no single move helps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from touchline.linking.groups import Groups
from touchline.linking.halves import Halves

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

_GAIN = 1e-6


def exchange_tails(groups: Groups) -> bool:
    """At every moment, give what follows to whom it fits best, all at once; whether any moved.

    Everything that begins at a moment or later is each group's tail. Assigning tails to heads
    anew undoes what no single move can: two people, or three in a circle, mistaken for each other.
    """
    moved = False
    halves = Halves(groups)
    refused: dict[bytes, float] = {}
    for piece in range(len(groups.labels) - 1):
        halves.advance(piece)
        for promise, owners in _exchanges(halves):
            # The same exchange comes up at many moments: it is weighed again only if it grows.
            exchange = owners.tobytes()
            if promise <= refused.get(exchange, 0.0) + _GAIN:
                continue
            refused[exchange] = promise
            parts, gain = _weigh(groups, halves.places, owners, piece)
            if gain > _GAIN:
                groups.regroup(parts)
                refused = {}
                halves = Halves(groups)
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


def _exchanges(halves: Halves) -> list[tuple[float, Index]]:
    """What the best assignment of tails to heads would change, in parts that do not touch.

    Each with the log odds it promises and (G,) the place of the head that each group's tail
    is to follow; from G on for a tail that is to be on its own.
    """
    heads, tails = np.flatnonzero(halves.last >= 0), np.flatnonzero(halves.first >= 0)
    if not len(heads) or not len(tails):
        return []
    gains = halves.gains(heads, tails)
    worth = np.maximum(gains, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    wins = worth[rows, columns] > 0.0
    owners = np.arange(halves.count)
    promises = np.zeros(halves.count)
    here = heads[:, None] == tails
    promises[tails[here.any(axis=0)]] = -gains[here]
    owners[tails] = np.where(here.any(axis=0), tails + halves.count, tails)
    owners[tails[columns[wins]]] = heads[rows[wins]]
    promises[tails[columns[wins]]] += worth[rows[wins], columns[wins]]
    return _apart(owners, promises)


def _apart(owners: Index, promises: Floats) -> list[tuple[float, Index]]:
    every = np.arange(len(owners))
    moved = owners != every
    linked = moved & (owners < len(owners))
    ways = csr_array(
        (np.ones(int(linked.sum())), (every[linked], owners[linked])),
        shape=(len(owners), len(owners)),
    )
    _, parts = connected_components(ways, directed=False)
    found = []
    for part in np.unique(parts[moved]):
        inside = parts == part
        promise = float(promises[inside].sum())
        if promise > _GAIN:
            found.append((promise, np.where(inside, owners, every)))
    return found
