"""Every cluster split in time at one moment: its head before, its tail after."""

from __future__ import annotations

import numpy as np

from touchline.evidence.appearance import reliability, unit
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.pair_sums import PairRow
from touchline.types import Floats, Index

_NONE = -1


class TimeSplit:
    """Heads and tails of all clusters at a moment that advances tracklet by tracklet.

    last, first: (T,) by cluster id, the last tracklet of its head and the first of its tail, or
    -1. moment: the last tracklet of all heads. held: (T,) by cluster id, how many of its units are
    in its head and in its tail, which then stay together.
    """

    def __init__(self, clusters: Clusters) -> None:
        count = len(clusters.labels)
        self.clusters = clusters
        self.moment = _NONE
        self._tail_sums, self._head_sums = clusters.sums.copy(), np.zeros_like(clusters.sums)
        self._tail_counts, self._head_counts = clusters.counts.copy(), np.zeros(count)
        self._tail_looks, self._head_looks = clusters.looks.copy(), np.zeros_like(clusters.looks)
        self._tail_trusts, self._head_trusts = clusters.trusts.copy(), np.zeros(count)
        self._tail_weights, self._head_weights = clusters.weights.copy(), np.zeros(count)
        self.last = np.full(count, _NONE)
        self.first = np.where(clusters.labels == np.arange(count), np.arange(count), _NONE)
        self.held = np.zeros(count, np.int64)
        self._rows: dict[int, PairRow] = {}
        self._own = np.full(count, np.nan)  # where it is not known

    def advance(self, tracklet: int) -> int:
        """Move ``tracklet``, the first of the tails, to its head; returns its cluster's id."""
        clusters = self.clusters
        evidence, cluster = clusters.evidence, int(clusters.labels[tracklet])
        sums, count = evidence.appearance.sums[tracklet], evidence.appearance.counts[tracklet]
        self._tail_sums[cluster] -= sums
        self._head_sums[cluster] += sums
        self._tail_counts[cluster] -= count
        self._head_counts[cluster] += count
        self._look_anew(cluster)
        self._tail_weights[cluster] -= evidence.weights[tracklet]
        self._head_weights[cluster] += evidence.weights[tracklet]
        self.last[cluster], self.first[cluster] = tracklet, clusters.behind[tracklet]
        self.held[cluster] += clusters.units.opened(tracklet)
        self.moment = tracklet
        self._own[cluster] = np.nan
        if self._is_wide(cluster):
            row = clusters.pair_sums.row(np.array([tracklet]))
            known = self._rows.get(cluster)
            self._rows[cluster] = row if known is None else known + row
        return cluster

    def regroup(self, parts: list[Index], sources: list[tuple[int | None, int | None]]) -> None:
        """Regroup the clusters. sources: of each part, whose head and whose tail it is, if any."""
        clusters = self.clusters
        gone = {one for pair in sources for one in pair if one is not None}
        rows: list[tuple[PairRow | None, PairRow | None]] = []
        for part, (head, tail) in zip(parts, sources, strict=True):
            if len(part) <= clusters.pair_sums.wide:
                rows.append((None, None))
                continue
            before = behind = None
            if head is not None:
                before = self._head_row(head) or clusters.pair_sums.row(self.head(head))
            if tail is not None:
                behind = self._tail_row(tail) or clusters.pair_sums.row(self.tail(tail))
            rows.append((before, behind))
        clusters.regroup(parts)
        for cluster in gone:
            self._rows.pop(cluster, None)
            self._own[cluster] = np.nan
            self.last[cluster] = self.first[cluster] = _NONE
            self.held[cluster] = 0
        for part, (before, behind) in zip(parts, rows, strict=True):
            self._begin(part)
            known = [row for row in (before, behind) if row is not None]
            if known:
                clusters.set_row(int(part[0]), known[0] if len(known) == 1 else known[0] + known[1])
            if before is not None:
                self._rows[int(part[0])] = before

    def _begin(self, part: Index) -> None:
        """Take up a new cluster at this moment."""
        evidence, cluster = self.clusters.evidence, int(part[0])
        appearance = evidence.appearance
        head, tail = part[part <= self.moment], part[part > self.moment]
        self.last[cluster] = head[-1] if len(head) else _NONE
        self.first[cluster] = tail[0] if len(tail) else _NONE
        self.held[cluster] = self.clusters.units.across(part, self.moment)
        self._head_sums[cluster] = appearance.sums[head].sum(axis=0)
        self._tail_sums[cluster] = appearance.sums[tail].sum(axis=0)
        self._head_counts[cluster] = appearance.counts[head].sum()
        self._tail_counts[cluster] = appearance.counts[tail].sum()
        self._head_weights[cluster] = evidence.weights[head].sum()
        self._tail_weights[cluster] = evidence.weights[tail].sum()
        self._look_anew(cluster)

    def _look_anew(self, cluster: int) -> None:
        both = np.stack([self._head_sums[cluster], self._tail_sums[cluster]])
        self._head_looks[cluster], self._tail_looks[cluster] = unit(both)
        self._head_trusts[cluster] = reliability(self._head_counts[cluster])
        self._tail_trusts[cluster] = reliability(self._tail_counts[cluster])

    def head(self, cluster: int) -> Index:
        """The tracklets of a cluster's head."""
        members = self.clusters.members(cluster)
        return members[members <= self.moment]

    def tail(self, cluster: int) -> Index:
        """The tracklets of a cluster's tail."""
        members = self.clusters.members(cluster)
        return members[members > self.moment]

    def head_gains(self, head: int, others: Index, least: float = -np.inf) -> Floats:
        """(M,) log odds that the tail of each of ``others`` continues the head of ``head``.

        -inf for cannot-links, and where they cannot be above ``least``.
        """
        return self._gains(np.array([head]), others, least)

    def tail_gains(self, tail: int, others: Index, least: float = -np.inf) -> Floats:
        """(M,) log odds that the tail of ``tail`` continues the head of each of ``others``.

        -inf for cannot-links, and where they cannot be above ``least``.
        """
        return self._gains(others, np.array([tail]), least)

    def own_gain(self, cluster: int) -> float:
        """Log odds that a cluster's tail continues its own head."""
        return float(self.own_gains(np.array([cluster]))[0])

    def own_gains(self, clusters: Index) -> Floats:
        """(M,) log odds that the tail of each of ``clusters`` continues its own head."""
        found = self._own[clusters]
        for place in np.isnan(found).nonzero()[0].tolist():
            cluster = int(clusters[place])
            found[place] = self._own[cluster] = self._own_gain(cluster)
        return found

    def _own_gain(self, cluster: int) -> float:
        head, tail, row = self.head(cluster), self.tail(cluster), self._head_row(cluster)
        evidence = self.clusters.evidence
        if row is None:
            sums = evidence.weights[head] @ evidence.pairwise(head[:, None], tail)
        else:
            sums = row.sums[tail]
        here = np.array([cluster])
        weights = self._head_weights[cluster] * self._tail_weights[cluster]
        alone = float(self._without_pairs(here, here)[0])
        return alone + float(sums @ evidence.weights[tail]) / float(weights)

    def _gains(self, heads: Index, tails: Index, least: float) -> Floats:
        """(M,) log odds of M heads with one tail, or of one head with M tails."""
        clusters, of_head = self.clusters, len(heads) == 1
        gains = self._without_pairs(heads, tails)
        asked = (gains > least - clusters.candidates.most_pairwise).nonzero()[0]
        found = np.full(len(gains), -np.inf)
        if not len(asked):
            return found
        if of_head:
            mine, tails = int(heads[0]), tails[asked]
            sums, cannot_link = clusters.pair_sums.between(
                self.head(mine),
                self._head_row(mine),
                tails,
                self._tail_at,
                clusters.sizes,
                self._tails,
            )
        else:
            mine, heads = int(tails[0]), heads[asked]
            sums, cannot_link = clusters.pair_sums.between(
                self.tail(mine),
                self._tail_row(mine),
                heads,
                self._head_at,
                clusters.sizes,
                self._heads,
            )
        found[asked] = gains[asked] + sums / (self._head_weights[heads] * self._tail_weights[tails])
        found[asked[cannot_link]] = -np.inf
        return found

    def _without_pairs(self, heads: Index, tails: Index) -> Floats:
        """(M,) log odds by appearance and motion, and prior."""
        evidence = self.clusters.evidence
        gains = evidence.appearance.unit_llr(
            self._head_looks[heads],
            self._head_trusts[heads],
            self._tail_looks[tails],
            self._tail_trusts[tails],
        ).ravel()
        gains += evidence.motion(self.last[heads], self.first[tails])
        return np.asarray(gains + evidence.prior)

    def _is_wide(self, cluster: int) -> bool:
        return bool(self.clusters.sizes[cluster] > self.clusters.pair_sums.wide)

    def _head_row(self, cluster: int) -> PairRow | None:
        return self._rows[cluster] if self._is_wide(cluster) else None

    def _tail_row(self, cluster: int) -> PairRow | None:
        whole = self.clusters.row(cluster)
        if whole is None:
            return None
        head = self._rows.get(cluster)
        return whole if head is None else whole - head

    def _head_at(self, cluster: int, tracklets: Index) -> PairRow:
        return self._rows[cluster].at(tracklets)

    def _tail_at(self, cluster: int, tracklets: Index) -> PairRow:
        whole, head = self.clusters.row_at(cluster, tracklets), self._rows.get(cluster)
        return whole if head is None else whole - head.at(tracklets)

    def _heads(self, clusters: Index) -> tuple[Index, Index]:
        found, owners = self.clusters.tracklets(clusters)
        begun = int(np.searchsorted(found, self.moment, side="right"))
        return found[:begun], owners[:begun]

    def _tails(self, clusters: Index) -> tuple[Index, Index]:
        found, owners = self.clusters.tracklets(clusters)
        begun = int(np.searchsorted(found, self.moment, side="right"))
        return found[begun:], owners[begun:]
