"""From pairwise evidence to people: the partition of tracklets with the greatest sum of odds.

A person's value is the sum of what supports it: how each tracklet looks beside the person's
others, the way from each tracklet to the next in time, further evidence between its tracklets,
and the prior odds against it for every tracklet but the first. No two tracklets that exclude each
other are one person. Average linkage (the best pair of groups first) gives a start; then single
tracklets move, groups come apart at a moment, and groups merge, each only where the sum grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.linking.appearance import Appearance

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

_NONE = -1
_GAIN = 1e-6
_MOVE_ROUNDS = 8
_ALTERNATIVES = 3
"""A tracklet is tried with so many other groups, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of T tracklets, in order of their first frames.

    appearance: their looks. motion: (T, T) log odds that the row goes on as the column.
    further: (T, T) symmetric log odds of all else. weights: (T,) how much each counts in a
    group's mean of ``further``. excluded: (T, T) symmetric, who cannot be one person.
    prior: log odds that two tracklets are one person before anything is known. roster_size: how
    many people there are at most, or None.
    """

    appearance: Appearance
    motion: NDArray[np.float32]
    further: NDArray[np.float32]
    weights: Floats
    excluded: NDArray[np.bool_]
    prior: float
    roster_size: int | None = None

    def __len__(self) -> int:
        return len(self.weights)


class Groups:
    """A partition of the tracklets, with the sums that make comparing groups quick.

    labels: (T,) the group of each tracklet, named by one of its tracklets. ``before`` and
    ``behind``: (T,) its neighbours in time within the group, or -1.
    """

    def __init__(self, evidence: Evidence) -> None:
        count = len(evidence)
        self.evidence = evidence
        self.labels = np.arange(count)
        self.before = np.full(count, _NONE)
        self.behind = np.full(count, _NONE)
        self.sums = evidence.appearance.sums.copy()
        self.counts = evidence.appearance.counts.copy()
        self.weights = evidence.weights.copy()
        # Sums over pairs of both groups' tracklets, weighed; divided by the weights when needed.
        self.further = evidence.further * np.outer(self.weights, self.weights).astype(np.float32)
        self.excluded = evidence.excluded.copy()

    def members(self, group: int) -> Index:
        """The tracklets of a group, in order of time."""
        return np.flatnonzero(self.labels == group)

    def names(self) -> Index:
        """The groups there are."""
        return np.unique(self.labels)

    def merge(self, group: int, other: int) -> None:
        """Make ``other`` part of ``group``."""
        self.labels[self.labels == other] = group
        self._chain(self.members(group))
        self.sums[group] += self.sums[other]
        self.counts[group] += self.counts[other]
        self.weights[group] += self.weights[other]
        self.further[group] += self.further[other]
        self.further[:, group] += self.further[:, other]
        self.excluded[group] |= self.excluded[other]
        self.excluded[:, group] |= self.excluded[:, other]

    def regroup(self, parts: list[Index]) -> None:
        """Make each of ``parts`` a group; together they are whole groups so far."""
        evidence = self.evidence
        for part in parts:
            self.labels[part] = part[0]
        everybody = self.labels
        for part in parts:
            name = int(part[0])
            self._chain(part)
            self.sums[name] = evidence.appearance.sums[part].sum(axis=0)
            self.counts[name] = evidence.appearance.counts[part].sum()
            self.weights[name] = evidence.weights[part].sum()
            size = len(everybody)
            weighed = evidence.weights[part] @ evidence.further[part] * evidence.weights
            row = np.bincount(everybody, weighed, minlength=size)
            self.further[name] = row
            self.further[:, name] = row
            barred = evidence.excluded[part].any(axis=0)
            row_barred = np.bincount(everybody[barred], minlength=size) > 0
            self.excluded[name] = row_barred
            self.excluded[:, name] = row_barred

    def take_out(self, piece: int) -> tuple[Index, Index]:
        """Make ``piece`` a group of its own; the members it had, with it and without."""
        home = self.members(int(self.labels[piece]))
        rest = home[home != piece]
        if len(rest):
            self.regroup([np.array([piece]), rest])
        return home, rest

    def _chain(self, members: Index) -> None:
        self.before[members] = np.append(_NONE, members[:-1])
        self.behind[members] = np.append(members[1:], _NONE)

    def gains(self, group: int, others: Index) -> Floats:
        """(M,) log odds of joining ``group`` with each of ``others``; -inf where excluded."""
        gains = self.likeness(group, others) + self.way_gains(group)[others] + self.evidence.prior
        gains[self.excluded[group, others]] = -np.inf
        return np.asarray(gains)

    def likeness(self, group: int, others: Index) -> Floats:
        """(M,) log odds by looks and further evidence, whether or not something excludes it."""
        looks = self.evidence.appearance.odds(
            self.sums[[group]], self.counts[[group]], self.sums[others], self.counts[others]
        )[0]
        further = self.further[group, others] / (self.weights[group] * self.weights[others])
        return np.asarray(looks + further)

    def way_gains(self, group: int) -> Floats:
        """(T,) by how much the ways add up to more when ``group`` joins each other group.

        Tracklets of both then follow each other in time: new ways replace broken ones. All other
        tracklets are looked at at once, each with the neighbours it has and those it would have.
        """
        motion, labels = self.evidence.motion, self.labels
        mine = self.members(group)
        every = np.arange(len(labels))
        place = np.searchsorted(mine, every)
        last = np.append(mine, _NONE)[place - 1]  # place 0 wraps around to none
        following = np.append(mine, _NONE)[place]
        # Tracklets are numbered in time: a neighbour of the group comes in between if it is nearer.
        from_mine = last > self.before
        to_mine = (following != _NONE) & ((self.behind == _NONE) | (following < self.behind))
        change = np.where(from_mine, motion[last, every], 0.0)
        change += np.where(to_mine, motion[every, following], 0.0)
        change -= np.where(from_mine & (self.before != _NONE), motion[self.before, every], 0.0)
        broken = from_mine & (following != _NONE)
        change -= np.where(broken, motion[last, following], 0.0)
        return np.bincount(labels, change, minlength=len(labels)).astype(np.float64, copy=False)

    def value(self, members: Index) -> float:
        """What supports these tracklets being one person."""
        count = len(members)
        if count == 1:
            return 0.0
        evidence = self.evidence
        ways = float(evidence.motion[members[:-1], members[1:]].sum())
        # Each one beside all others; of a chain of n links every tracklet would count twice.
        share = (count - 1) / count
        weights = evidence.weights[members]
        further = evidence.further[np.ix_(members, members)] @ weights
        further -= np.diagonal(evidence.further)[members] * weights
        further /= weights.sum() - weights
        return (
            share * float(self._looks_beside(members).sum() + further.sum())
            + ways
            + (count - 1) * evidence.prior
        )

    def _looks_beside(self, members: Index) -> Floats:
        """(k,) odds of each tracklet's looks beside those of the others of its group."""
        appearance = self.evidence.appearance
        sums, counts = appearance.sums[members], appearance.counts[members]
        return appearance.pair_odds(sums, counts, sums.sum(axis=0) - sums, counts.sum() - counts)


def join(evidence: Evidence) -> Groups:
    """The people: groups of tracklets."""
    groups = Groups(evidence)
    _merge_best_first(groups)
    for _ in range(_MOVE_ROUNDS):
        moved = _move_tracklets(groups)
        moved |= _exchange_tails(groups)
        if not moved:
            break
        _merge_best_first(groups)
    if evidence.roster_size is not None:
        _merge_best_first(groups, evidence.roster_size)
    return groups


def _merge_best_first(groups: Groups, limit: int | None = None) -> None:
    """Join the two groups that win most by it until none wins; with a limit, until so few are left
    or nothing but exclusions keeps them apart.
    """
    count = len(groups.labels)
    limit = count if limit is None else limit
    if count < 2:
        return
    names = groups.names()
    gains = np.full((count, count), -np.inf, np.float32)
    for name in names.tolist():
        gains[name, names] = groups.gains(name, names)
    np.fill_diagonal(gains, -np.inf)
    gains = np.maximum(gains, gains.T)
    best = gains.argmax(axis=1)
    tops = gains[np.arange(count), best]
    while True:
        group = int(tops.argmax())
        if not tops[group] > (0.0 if len(names) <= limit else -np.inf):
            return
        group, other = sorted((group, int(best[group])))
        groups.merge(group, other)
        names = names[names != other]
        gains[other] = gains[:, other] = -np.inf
        row = groups.gains(group, names).astype(np.float32)
        row[names == group] = -np.inf
        gains[group, names] = gains[names, group] = row
        stale = names[(best[names] == group) | (best[names] == other) | (names == group)]
        best[stale] = gains[stale].argmax(axis=1)
        tops[stale] = gains[stale, best[stale]]
        better = names[row > tops[names]]
        best[better] = group
        tops[better] = gains[better, group]
        tops[other] = -np.inf


def _move_tracklets(groups: Groups) -> bool:
    """Give single tracklets to the groups they fit best; whether any moved."""
    moved = False
    for piece in range(len(groups.labels)):
        home, rest = groups.take_out(piece)
        names = groups.names()
        gains = groups.gains(piece, names)
        gains[names == piece] = -np.inf
        best = np.argsort(-gains, kind="stable")[:_ALTERNATIVES]
        likely = names[best[gains[best] > -np.inf]]
        before = groups.value(home) - (groups.value(rest) if len(rest) else 0.0)
        choice, most = home, before
        if len(rest) and most < -_GAIN:
            choice, most = np.array([piece]), 0.0
        for name in likely.tolist():
            members = groups.members(name)
            joined = np.sort(np.append(members, piece))
            value = groups.value(joined) - groups.value(members)
            if value > most + _GAIN:
                choice, most = joined, value
        if len(choice) > 1:
            groups.regroup([choice])
        moved |= len(choice) != len(home) or bool((choice != home).any())
    return moved


def _exchange_tails(groups: Groups) -> bool:
    """At every moment, give what follows to whom it fits best, all at once; whether any moved.

    Everything that begins at a moment or later is each group's tail. Assigning tails to heads
    anew undoes what no single move can: two people, or three in a circle, mistaken for each other.
    """
    moved = False
    halves = _Halves(groups)
    for piece in range(len(groups.labels) - 1):
        halves.advance(piece)
        if not halves.better():
            continue
        owners = halves.assigned()
        tails = np.arange(len(groups.labels)) > piece
        labels = np.where(tails, owners[halves.places], halves.places)
        touched = np.isin(halves.places, np.flatnonzero(owners != np.arange(len(owners))))
        touched |= np.isin(labels, np.unique(labels[touched]))
        parts = [
            np.flatnonzero(touched & (labels == label)) for label in np.unique(labels[touched])
        ]
        old = [
            np.flatnonzero(halves.places == place) for place in np.unique(halves.places[touched])
        ]
        gain = sum(map(groups.value, parts)) - sum(map(groups.value, old))
        if gain > _GAIN:
            groups.regroup(parts)
            halves = _Halves(groups)
            for earlier in range(piece + 1):
                halves.advance(earlier)
            moved = True
    return moved


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

    def better(self) -> bool:
        """Whether another assignment of tails to heads promises more."""
        evidence = self.evidence
        heads, tails = np.flatnonzero(self._last >= 0), np.flatnonzero(self._first >= 0)
        self._pairs = heads, tails
        if not len(heads) or not len(tails):
            return False
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
        self._gains = np.maximum(gains, 0.0)
        now = gains[heads[:, None] == tails]
        self._rows, self._columns = linear_sum_assignment(self._gains, maximize=True)
        return float(self._gains[self._rows, self._columns].sum()) > float(now.sum()) + _GAIN

    def assigned(self) -> Index:
        """(G,) the place of the head that each group's tail should follow; new ones if none."""
        heads, tails = self._pairs
        owners = np.arange(self._count) + self._count
        wins = self._gains[self._rows, self._columns] > 0.0
        owners[tails[self._columns[wins]]] = heads[self._rows[wins]]
        alone = ~np.isin(np.arange(self._count), heads)
        free = alone & (owners >= self._count)
        owners[free] = np.flatnonzero(free)
        return owners
