"""What is known of pairs of tracklets, asked for where it is needed: no table of all pairs.

A term is a function of two arrays of tracklets, which broadcast, to the numbers of these pairs. So
evidence of any kind (a formula over labels, numbers stored for pairs that are near in time, the
answers of a network) is clustered alike, and memory does not grow with the square of a clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from touchline.types import Index, Ints

PairLlr = Callable[[Index, Index], NDArray[np.float32]]
"""The log-likelihood ratio of one person against two for pairs of tracklets, which broadcast."""

PairMask = Callable[[Index, Index], NDArray[np.bool_]]
"""Which pairs of tracklets something holds for."""

Number = TypeVar("Number", np.float32, np.int32)


@dataclass(frozen=True, slots=True)
class LaterPairs(Generic[Number]):
    """Numbers of each tracklet with a stretch of later ones; 0 for all other pairs.

    Tracklets are numbered as they begin, so those that begin within some seconds are a stretch.
    first, end: (T,) the stretch of each. offsets: (T + 1,) where its ``values`` begin, of which one
    more, 0, stands at the end. shifts: (T,) from a tracklet of the stretch to its value.
    """

    first: Ints
    end: Ints
    offsets: Ints
    shifts: Ints
    values: NDArray[Number]

    def __len__(self) -> int:
        return len(self.first)

    @classmethod
    def of_stretches(cls, first: Ints, end: Ints, kind: type[Number]) -> LaterPairs[Number]:
        """0 for all pairs: tracklet t with ``first[t]``, ..., ``end[t] - 1``."""
        offsets = np.append(0, np.cumsum(np.maximum(end - first, 0))).astype(np.int64)
        values = np.zeros(int(offsets[-1]) + 1, kind)
        return cls(first, end, offsets, offsets[:-1] - first, values)

    def pairs(self) -> tuple[Index, Index]:
        """All stored pairs: one and, later, the other; ascending."""
        lengths = np.diff(self.offsets)
        one = np.repeat(np.arange(len(self)), lengths)
        other = np.arange(len(one)) - np.repeat(self.offsets[:-1] - self.first, lengths)
        return one, other

    def __call__(self, one: Index, other: Index) -> NDArray[Number]:
        stored = (other >= self.first[one]) & (other < self.end[one])
        return self.values.take(np.where(stored, other + self.shifts[one], -1))


@dataclass(frozen=True, slots=True)
class SymmetricPairs(Generic[Number]):
    """The same numbers whichever tracklet of a pair is named first."""

    later: LaterPairs[Number]

    def __len__(self) -> int:
        return len(self.later)

    def known(self) -> tuple[Index, Index]:
        """All pairs with another number than 0, each in both orders, ascending."""
        one, other = self.later.pairs()
        known = self.later.values[:-1] != 0
        one, other = one[known], other[known]
        order = np.lexsort((np.append(other, one), np.append(one, other)))
        return np.append(one, other)[order], np.append(other, one)[order]

    def __call__(self, one: Index, other: Index) -> NDArray[Number]:
        return self.later(np.minimum(one, other), np.maximum(one, other))


@dataclass(frozen=True, slots=True)
class DifferentLabels:
    """Pairs with two different labels. labels: (T,), below 0 for none."""

    labels: Ints

    def __call__(self, one: Index, other: Index) -> NDArray[np.bool_]:
        ours, theirs = self.labels[one], self.labels[other]
        return np.asarray((ours >= 0) & (theirs >= 0) & (ours != theirs))


def sum_of(terms: Iterable[PairLlr]) -> PairLlr:
    """The sum of ``terms``; ``says_nothing`` for none."""
    first, *others = [term for term in terms if term is not says_nothing] or [says_nothing]
    if not others:
        return first

    def total(one: Index, other: Index) -> NDArray[np.float32]:
        found = first(one, other)
        for part in others:
            found = found + part(one, other)
        return found

    return total


def says_nothing(one: Index, other: Index) -> NDArray[np.float32]:
    """The term that is 0 for all pairs."""
    return np.zeros(np.broadcast_shapes(one.shape, other.shape), np.float32)


MOST_TABLED = 512
"""Of so many tracklets, about two minutes, all pairs are a table of a megabyte."""


def tabled(term: Callable[[Index, Index], NDArray[Any]], count: int) -> Any:
    """``term`` of ``count`` tracklets, worked out once for all pairs where they are few enough."""
    if count > MOST_TABLED:
        return term
    every = np.arange(count)
    table = term(every[:, None], every)

    def looked_up(one: Index, other: Index) -> NDArray[Any]:
        return np.asarray(table[one, other])

    return looked_up


def any_of(masks: Iterable[PairMask]) -> PairMask:
    """Pairs for which one of ``masks`` holds; ``no_pairs`` for none."""
    first, *others = [mask for mask in masks if mask is not no_pairs] or [no_pairs]
    if not others:
        return first

    def either(one: Index, other: Index) -> NDArray[np.bool_]:
        found = first(one, other)
        for part in others:
            found = found | part(one, other)
        return found

    return either


def no_pairs(one: Index, other: Index) -> NDArray[np.bool_]:
    """The mask of no pair at all."""
    return np.zeros(np.broadcast_shapes(one.shape, other.shape), np.bool_)
