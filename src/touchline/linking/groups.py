"""A partition of tracklets into people, and what supports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import Appearance

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

_NONE = -1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of T tracklets, in order of their first frames.

    appearance: their looks. motion: (T, T) log odds that the row goes on as the column.
    further: (T, T) symmetric log odds of all else. weights: (T,) how much each counts in a
    group's mean of ``further``. excluded: (T, T) symmetric, who cannot be one person.
    prior: log odds that two tracklets are one person before anything is known. min_margin: log
    odds by which a join must beat the next best explanation. roster_size: how many people there
    are at most, or None.
    """

    appearance: Appearance
    motion: NDArray[np.float32]
    further: NDArray[np.float32]
    weights: Floats
    excluded: NDArray[np.bool_]
    prior: float
    min_margin: float = 0.0
    roster_size: int | None = None

    def __len__(self) -> int:
        return len(self.weights)


class _Valued(NamedTuple):
    """A version of a group: its tracklets, further evidence among them (k,), and its value."""

    version: int
    members: Index
    further: Floats
    value: float


class Groups:
    """A partition of the tracklets, with the sums that make comparing groups quick.

    labels: (T,) the group of each tracklet, named by one of its tracklets. ``before`` and
    ``behind``: (T,) its neighbours in time within the group, or -1. versions: (T,) by its name,
    how often a group has changed.
    """

    def __init__(self, evidence: Evidence) -> None:
        count = len(evidence)
        self.evidence = evidence
        self.labels = np.arange(count)
        self.before = np.full(count, _NONE)
        self.behind = np.full(count, _NONE)
        self.versions = np.zeros(count, np.int64)
        self._weighed: dict[int, _Valued] = {}
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
        self.versions[group] += 1
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
            self.versions[name] += 1
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

    def _chain(self, members: Index) -> None:
        self.before[members] = np.append(_NONE, members[:-1])
        self.behind[members] = np.append(members[1:], _NONE)

    def gains(self, group: int, others: Index) -> Floats:
        """(M,) log odds of joining ``group`` with each of ``others``; -inf where excluded."""
        ways = self.way_gains(self.members(group))[others]
        gains = self.likeness(group, others) + ways + self.evidence.prior
        gains[self.excluded[group, others]] = -np.inf
        return np.asarray(gains)

    def likeness(self, group: int, others: Index) -> Floats:
        """(M,) log odds by looks and further evidence, whether or not something excludes it."""
        looks = self.evidence.appearance.odds(
            self.sums[[group]], self.counts[[group]], self.sums[others], self.counts[others]
        )[0]
        further = self.further[group, others] / (self.weights[group] * self.weights[others])
        return np.asarray(looks + further)

    def piece_gains(self, piece: int, names: Index) -> Floats:
        """(M,) log odds of joining ``piece`` alone with each of ``names``; -inf where excluded.

        For the group it is in they mean nothing.
        """
        evidence, looks, size = self.evidence, self.evidence.appearance, len(self.labels)
        gains = looks.odds(
            looks.sums[[piece]], looks.counts[[piece]], self.sums[names], self.counts[names]
        )[0]
        further = np.bincount(self.labels, evidence.further[piece] * evidence.weights, size)
        gains += further[names] / self.weights[names]
        gains += self.way_gains(np.array([piece]))[names] + evidence.prior
        barred = np.bincount(self.labels[evidence.excluded[piece]], minlength=size) > 0
        gains[barred[names]] = -np.inf
        return np.asarray(gains)

    def way_gains(self, mine: Index) -> Floats:
        """(T,) by how much the ways add up to more when tracklets ``mine`` join each other group.

        Tracklets of both then follow each other in time: new ways replace broken ones. All other
        tracklets are looked at at once, each with the neighbours it has and those it would have.
        """
        motion, labels = self.evidence.motion, self.labels
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
        return self._value(members, self._further_among(members))

    def gain(self, piece: int, name: int) -> float:
        """By how much a group's value grows with ``piece``, which is not in it."""
        evidence, whole = self.evidence, self._valued(name)
        place = int(np.searchsorted(whole.members, piece))
        column = evidence.further[whole.members, piece]
        mine = float(column @ evidence.weights[whole.members])
        further = np.insert(whole.further + column * evidence.weights[piece], place, mine)
        return self._value(np.insert(whole.members, place, piece), further) - whole.value

    def loss(self, piece: int) -> float:
        """By how much a group's value falls without ``piece``; 0 of a group of one."""
        evidence, whole = self.evidence, self._valued(int(self.labels[piece]))
        if len(whole.members) == 1:
            return 0.0
        others = whole.members != piece
        rest = whole.members[others]
        column = evidence.further[rest, piece] * evidence.weights[piece]
        return whole.value - self._value(rest, whole.further[others] - column)

    def _valued(self, name: int) -> _Valued:
        """A group as it is, weighed once for each of its versions."""
        known = self._weighed.get(name)
        if known is None or known.version != self.versions[name]:
            members = self.members(name)
            further = self._further_among(members)
            known = _Valued(
                int(self.versions[name]), members, further, self._value(members, further)
            )
            self._weighed[name] = known
        return known

    def _further_among(self, members: Index) -> Floats:
        """(k,) sum of further evidence of each tracklet with the others, by their weights."""
        further, weights = self.evidence.further, self.evidence.weights[members]
        found = further[np.ix_(members, members)] @ weights
        return np.asarray(found - np.diagonal(further)[members] * weights)

    def _value(self, members: Index, further: Floats) -> float:
        count = len(members)
        if count == 1:
            return 0.0
        evidence = self.evidence
        ways = float(evidence.motion[members[:-1], members[1:]].sum())
        # Each one beside all others; of a chain of n links every tracklet would count twice.
        share = (count - 1) / count
        weights = evidence.weights[members]
        beside = self._looks_beside(members).sum() + (further / (weights.sum() - weights)).sum()
        return share * float(beside) + ways + (count - 1) * evidence.prior

    def _looks_beside(self, members: Index) -> Floats:
        """(k,) odds of each tracklet's looks beside those of the others of its group."""
        appearance = self.evidence.appearance
        sums, counts = appearance.sums[members], appearance.counts[members]
        return appearance.pair_odds(sums, counts, sums.sum(axis=0) - sums, counts.sum() - counts)
