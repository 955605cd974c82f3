"""Sums of pairwise evidence between clusters, kept for large ones and made for small ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from touchline.linking.clustering.evidence import Evidence
from touchline.types import Floats, Index, Ints, Mask

WIDE = 24
"""Clusters with more tracklets keep their sums with all tracklets; there are few of them."""

_TRACKLETS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class PairRow:
    """Some tracklets with each of T: (T,) weighted sums of pairwise evidence, and (T,) how many
    cannot-links there are."""

    sums: Floats
    cannot_links: Ints

    def at(self, tracklets: Index) -> PairRow:
        """The row at some tracklets."""
        return PairRow(self.sums[tracklets], self.cannot_links[tracklets])

    def __add__(self, other: PairRow) -> PairRow:
        return PairRow(self.sums + other.sums, self.cannot_links + other.cannot_links)

    def __sub__(self, other: PairRow) -> PairRow:
        return PairRow(self.sums - other.sums, self.cannot_links - other.cannot_links)


RowAt = Callable[[int, Index], PairRow]
"""The row of a large cluster at some tracklets."""


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over pairs of tracklets by the weights of both, and cannot-links.

    wide: clusters with more tracklets have rows.
    """

    evidence: Evidence
    wide: int = WIDE

    def row(self, members: Index) -> PairRow:
        """The row of ``members``."""
        count = len(self.evidence)
        sums, cannot_links = np.zeros(count), np.zeros(count, np.int64)
        every = np.arange(count)
        for start in range(0, len(members), _TRACKLETS_AT_ONCE):
            here = members[start : start + _TRACKLETS_AT_ONCE]
            sums += self.evidence.weights[here] @ self.evidence.pairwise(here[:, None], every)
            cannot_links += self.evidence.cannot_link(here[:, None], every).sum(axis=0)
        return PairRow(sums, cannot_links)

    def among(self, members: Index, row: PairRow | None) -> Floats:
        """(k,) weighted sum of each tracklet's pairwise evidence with the others of ``members``."""
        evidence, weights = self.evidence, self.evidence.weights[members]
        own = evidence.pairwise(members, members) * weights
        if row is not None:
            return np.asarray(row.sums[members] - own)
        return np.asarray(evidence.pairwise(members[:, None], members) @ weights - own)

    def between(
        self,
        mine: Index,
        row: PairRow | None,
        others: Index,
        row_at: RowAt,
        sizes: Ints,
        tracklets: Callable[[Index], tuple[Index, Index]],
    ) -> tuple[Floats, Mask]:
        """(M,) weighted sums of tracklets ``mine`` with each of ``others``, and (M,) cannot-links.

        row: of ``mine``, if it is wide. row_at: of another cluster. sizes: (T,) tracklets of each
        cluster. tracklets: of some clusters, with the cluster of each.
        """
        weights, count = self.evidence.weights, len(self.evidence)
        sums, cannot_link = np.zeros(len(others)), np.zeros(len(others), np.bool_)
        left = np.ones(len(others), np.bool_)
        if row is None:
            left = sizes[others] <= self.wide
            my_weights = weights[mine]
            for place in (~left).nonzero()[0].tolist():
                theirs = row_at(int(others[place]), mine)
                sums[place] = theirs.sums @ my_weights
                cannot_link[place] = theirs.cannot_links.any()
        narrow = others[left]
        if not len(narrow):
            return sums, cannot_link
        found, owners = tracklets(narrow)
        if row is None:
            values = weights[mine] @ self.evidence.pairwise(mine[:, None], found)
            bad = self.evidence.cannot_link(mine[:, None], found).any(axis=0)
        else:
            values, bad = row.sums[found], row.cannot_links[found] > 0
        sums[left] = np.bincount(owners, values * weights[found], count)[narrow]
        cannot_link[left] = np.bincount(owners[bad], minlength=count)[narrow] > 0
        return sums, cannot_link
