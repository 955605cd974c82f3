"""A partition of tracklets into identities, and the evidence for it."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import reliability, unit
from touchline.linking.clustering.candidates import Candidates, find_candidates
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.pair_sums import WIDE, PairRow, PairSums
from touchline.linking.clustering.units import Units
from touchline.types import Floats, Index, Mask

_NONE = -1

Number = TypeVar("Number", np.int64, np.float64)


class _Valued(NamedTuple):
    """One version of a cluster: its tracklets, their pairwise sums (k,), and its value."""

    version: int
    members: Index
    pairwise: Floats
    value: float


class _Wide(NamedTuple):
    """One version of a large cluster: its tracklets, its row, and (T,) its candidates."""

    version: int
    members: Index
    row: PairRow
    near: Mask


class Clusters:
    """A partition of the tracklets, with running sums that make comparing clusters fast.

    It begins with a cluster for each unit, which nobody parts.

    labels: (T,) the cluster id of each tracklet, which is its cluster's first tracklet. ``before``
    and ``behind``: (T,) its neighbours in time within the cluster, or -1. versions: (T,) by
    cluster id, how often a cluster has changed. sizes: (T,) by cluster id, its tracklets. changes:
    how often the partition has changed. sums, counts: by cluster id, of appearance; looks, trusts:
    these as ``AppearanceModel.unit_llr`` takes them, and own_looks, own_trusts those of every
    tracklet. candidates: whom each tracklet may be joined to; None: they
    are found. wide: clusters with more tracklets keep their pair sums.
    """

    def __init__(
        self, evidence: Evidence, candidates: Candidates | None = None, wide: int = WIDE
    ) -> None:
        count = len(evidence)
        self.evidence = evidence
        self.candidates = find_candidates(evidence) if candidates is None else candidates
        self.pair_sums = PairSums(evidence, wide)
        self.labels = np.arange(count)
        self.before = np.full(count, _NONE)
        self.behind = np.full(count, _NONE)
        self.versions = np.zeros(count, np.int64)
        self.sizes = np.ones(count, np.int64)
        self.changes = 0
        self._members = {cluster: np.array([cluster]) for cluster in range(count)}
        self._weighed: dict[int, _Valued] = {}
        self._wide: dict[int, _Wide] = {}
        self._near: dict[int, Index] = {}
        self._near_of = 0
        appearance = evidence.appearance
        self.sums = appearance.sums.copy()
        self.counts = appearance.counts.copy()
        self.own_looks, self.own_trusts = unit(appearance.sums), reliability(appearance.counts)
        self.looks, self.trusts = self.own_looks.copy(), self.own_trusts.copy()
        self.weights = evidence.weights.copy()
        self.units = Units(evidence.units, count)
        for part in self.units.parts():
            self.regroup([part])

    def members(self, cluster: int) -> Index:
        """The tracklets of a cluster, in order of time."""
        return self._members[cluster]

    def cluster_ids(self) -> Index:
        """The ids of the clusters, ascending."""
        return np.flatnonzero(self.labels == np.arange(len(self.labels)))

    def near(self, cluster: int) -> Index:
        """The ids of the other clusters it may be joined to, ascending."""
        if self._near_of != self.changes:
            self._near, self._near_of = {}, self.changes
        if cluster in self._near:
            return self._near[cluster]
        wide = self._widened(cluster)
        flags = np.zeros(len(self.labels), np.bool_)
        of = self.candidates.of(self.members(cluster)) if wide is None else wide.near
        flags[self.labels[of]] = True
        flags[cluster] = False
        found = flags.nonzero()[0]
        self._near[cluster] = found
        return found

    def near_tracklet(self, tracklet: int) -> Index:
        """The ids of the other clusters with a candidate of ``tracklet``, ascending."""
        flags = np.zeros(len(self.labels), np.bool_)
        flags[self.labels[self.candidates.of(np.array([tracklet]))]] = True
        flags[self.labels[tracklet]] = False
        return flags.nonzero()[0]

    def row(self, cluster: int) -> PairRow | None:
        """The pair sums of a large cluster with all tracklets; None for a small one."""
        wide = self._widened(cluster)
        return None if wide is None else wide.row

    def row_at(self, cluster: int, tracklets: Index) -> PairRow:
        """The same at some tracklets, of a large cluster."""
        wide = self._widened(cluster)
        assert wide is not None
        return wide.row.at(tracklets)

    def _widened(self, cluster: int) -> _Wide | None:
        members, version = self.members(cluster), int(self.versions[cluster])
        if len(members) <= self.pair_sums.wide:
            return None
        known = self._wide.get(cluster)
        if known is not None and known.version == version:
            return known
        added, removed = members, members[:0]
        if known is not None:
            added = np.setdiff1d(members, known.members, assume_unique=True)
            removed = np.setdiff1d(known.members, members, assume_unique=True)
        if known is None or len(added) + len(removed) >= len(members):
            row, near = self.pair_sums.row(members), np.zeros(len(self.labels), np.bool_)
            added = members
        else:
            row = known.row + self.pair_sums.row(added) - self.pair_sums.row(removed)
            near = known.near  # those of removed tracklets may stay: they are weighed, not taken
        near[self.candidates.of(added)] = True
        self._wide[cluster] = found = _Wide(version, members, row, near)
        return found

    def set_row(self, cluster: int, row: PairRow) -> None:
        """Tell the pair sums of a large cluster, where they are known already."""
        members = self.members(cluster)
        near = np.zeros(len(self.labels), np.bool_)
        near[self.candidates.of(members)] = True
        self._wide[cluster] = _Wide(int(self.versions[cluster]), members, row, near)

    def merge(self, cluster: int, other: int) -> None:
        """Merge ``other`` into ``cluster``, which begins earlier."""
        ours, theirs = self._wide.get(cluster), self._wide.pop(other, None)
        known = [
            wide
            for wide, of in ((ours, cluster), (theirs, other))
            if wide is not None and wide.version == self.versions[of]
        ]
        members = np.union1d(self._members[cluster], self._members.pop(other))
        self.labels[members] = cluster
        self._changed(cluster, members)
        self.versions[other] += 1
        self.sums[cluster] += self.sums[other]
        self.counts[cluster] += self.counts[other]
        self.weights[cluster] += self.weights[other]
        self._look_anew(cluster)
        if len(known) == 2:
            one, two = known
            near = one.near | two.near
            version = int(self.versions[cluster])
            self._wide[cluster] = _Wide(version, members, one.row + two.row, near)
        elif known:
            self._wide[cluster] = known[0]._replace(version=_NONE)

    def regroup(self, parts: list[Index]) -> None:
        """Make each of ``parts`` a cluster; their union must be a union of existing clusters."""
        appearance, weights = self.evidence.appearance, self.evidence.weights
        for old in np.unique(self.labels[np.concatenate(parts)]).tolist():
            del self._members[old]
            self.versions[old] += 1
        for part in parts:
            cluster = int(part[0])
            self.labels[part] = cluster
            self._changed(cluster, part)
            self.sums[cluster] = appearance.sums[part].sum(axis=0)
            self.counts[cluster] = appearance.counts[part].sum()
            self.weights[cluster] = weights[part].sum()
            self._look_anew(cluster)

    def _look_anew(self, cluster: int) -> None:
        self.looks[cluster] = unit(self.sums[cluster : cluster + 1])[0]
        self.trusts[cluster] = reliability(self.counts[cluster])

    def _changed(self, cluster: int, members: Index) -> None:
        self._members[cluster] = members
        self.versions[cluster] += 1
        self.sizes[cluster] = len(members)
        self.changes += 1
        self.before[members[0]] = self.behind[members[-1]] = _NONE
        self.before[members[1:]] = members[:-1]
        self.behind[members[:-1]] = members[1:]

    def tracklets(self, clusters: Index) -> tuple[Index, Index]:
        """The tracklets of ``clusters``, ascending, and the cluster of each."""
        flags = np.zeros(len(self.labels), np.bool_)
        flags[clusters] = True
        found = flags[self.labels].nonzero()[0]
        return found, self.labels[found]

    def gains(self, cluster: int, others: Index, least: float = -np.inf) -> Floats:
        """(M,) log odds of merging ``cluster`` with each of ``others``; -inf for cannot-links.

        Also -inf where they cannot be above ``least``.
        """
        members = self.members(cluster)
        gains = self.appearance_llr(cluster, others)
        gains += self.motion_gains(members, others) + self.evidence.prior
        asked = (gains > least - self.candidates.most_pairwise).nonzero()[0]
        found = np.full(len(others), -np.inf)
        those = others[asked]
        sums, cannot_link = self.pair_sums.between(
            members, self.row(cluster), those, self.row_at, self.sizes, self.tracklets
        )
        found[asked] = gains[asked] + sums / (self.weights[cluster] * self.weights[those])
        found[asked[cannot_link]] = -np.inf
        return found

    def appearance_llr(self, cluster: int, others: Index) -> Floats:
        """(M,) log-likelihood ratio by appearance alone."""
        looks, trusts, here = self.looks, self.trusts, slice(cluster, cluster + 1)
        llr = self.evidence.appearance.unit_llr(
            looks[here], trusts[here], looks[others], trusts[others]
        )
        return np.asarray(llr[0])

    def pairwise_llr(self, cluster: int, others: Index) -> tuple[Floats, Mask]:
        """(M,) log-likelihood ratio by appearance and pairwise evidence, and (M,) cannot-links."""
        members, row = self.members(cluster), self.row(cluster)
        llr = self.appearance_llr(cluster, others)
        sums, cannot_link = self.pair_sums.between(
            members, row, others, self.row_at, self.sizes, self.tracklets
        )
        return llr + sums / (self.weights[cluster] * self.weights[others]), cannot_link

    def tracklet_gains(self, tracklet: int, cluster_ids: Index, most: int | None = None) -> Floats:
        """(M,) log odds of joining ``tracklet`` alone to each of ``cluster_ids``.

        -inf for cannot-links, and perhaps for all but the ``most`` likeliest. Meaningless for the
        cluster it is in.
        """
        mine = np.array([tracklet])
        gains = self.evidence.appearance.unit_llr(
            self.own_looks[mine],
            self.own_trusts[mine],
            self.looks[cluster_ids],
            self.trusts[cluster_ids],
        )[0]
        gains += self.motion_gains(mine, cluster_ids) + self.evidence.prior
        asked = np.arange(len(gains))
        if most is not None and len(gains) > 8 * most:
            # Whoever is likeliest in the end is among the likeliest without pairwise evidence,
            # unless that says more for another than can make up for it.
            asked = np.argpartition(-gains, 4 * most)
            bound = gains[asked[4 * most]] + self.candidates.most_pairwise
            asked = np.sort(asked[: 4 * most])
            found = self._with_pairwise(tracklet, cluster_ids, gains, asked)
            if np.partition(found, -most)[-most] >= bound:
                return found
            asked = np.arange(len(gains))
        return self._with_pairwise(tracklet, cluster_ids, gains, asked)

    def _with_pairwise(
        self, tracklet: int, cluster_ids: Index, gains: Floats, asked: Index
    ) -> Floats:
        """(M,) ``gains`` of a tracklet with pairwise evidence where ``asked``, else -inf."""
        found, those = np.full(len(gains), -np.inf), cluster_ids[asked]
        sums, cannot_link = self.pair_sums.between(
            np.array([tracklet]), None, those, self.row_at, self.sizes, self.tracklets
        )
        weights = self.evidence.weights[tracklet] * self.weights[those]
        found[asked] = gains[asked] + sums / weights
        found[asked[cannot_link]] = -np.inf
        return found

    def motion_gains(self, mine: Index, others: Index) -> Floats:
        """(M,) change of the motion terms when tracklets ``mine`` join each of ``others``.

        Tracklets of both then interleave in time: new links replace broken ones. All tracklets of
        the others are handled at once, each with the neighbours it has and those it would have.
        """
        motion = self.evidence.motion
        every, labels = self.tracklets(others)
        before, behind = self.before[every], self.behind[every]
        place = np.searchsorted(mine, every)
        padded = np.empty(len(mine) + 1, np.int64)
        padded[:-1], padded[-1] = mine, _NONE
        last, following = padded[place - 1], padded[place]  # place 0 wraps around to none
        change = np.zeros(len(every))
        # Tracklets are numbered in time: the nearer neighbour is the one that comes in between.
        from_mine = (last > before).nonzero()[0]
        change[from_mine] += motion(last[from_mine], every[from_mine])
        replaced = from_mine[before[from_mine] != _NONE]
        change[replaced] -= motion(before[replaced], every[replaced])
        broken = from_mine[following[from_mine] != _NONE]
        change[broken] -= motion(last[broken], following[broken])
        to_mine = ((following != _NONE) & ((behind == _NONE) | (following < behind))).nonzero()[0]
        change[to_mine] += motion(every[to_mine], following[to_mine])
        return np.asarray(np.bincount(labels, change, len(self.labels))[others], np.float64)

    def value(self, members: Index) -> float:
        """Objective value of these tracklets as one person."""
        return self._value(members, self.pair_sums.among(members, None))

    def cluster_value(self, cluster: int) -> float:
        """Objective value of a cluster as it is."""
        return self._valued(cluster).value

    def gain(self, tracklet: int, cluster_id: int) -> float:
        """Increase of a cluster's value by adding ``tracklet``, which is not in it."""
        evidence, whole = self.evidence, self._valued(cluster_id)
        place = int(np.searchsorted(whole.members, tracklet))
        column = evidence.pairwise(whole.members, np.array(tracklet))
        mine = float(column @ evidence.weights[whole.members])
        pairwise = _inserted(whole.pairwise + column * evidence.weights[tracklet], place, mine)
        return self._value(_inserted(whole.members, place, tracklet), pairwise) - whole.value

    def loss(self, tracklet: int) -> float:
        """Decrease of its cluster's value by removing ``tracklet``; 0 for a singleton."""
        evidence, whole = self.evidence, self._valued(int(self.labels[tracklet]))
        if len(whole.members) == 1:
            return 0.0
        others = whole.members != tracklet
        rest = whole.members[others]
        column = evidence.pairwise(rest, np.array(tracklet)) * evidence.weights[tracklet]
        return whole.value - self._value(rest, whole.pairwise[others] - column)

    def _valued(self, cluster_id: int) -> _Valued:
        """A cluster as it is, evaluated once per version."""
        known = self._weighed.get(cluster_id)
        if known is None or known.version != self.versions[cluster_id]:
            members = self.members(cluster_id)
            pairwise = self.pair_sums.among(members, self.row(cluster_id))
            known = _Valued(
                int(self.versions[cluster_id]), members, pairwise, self._value(members, pairwise)
            )
            self._weighed[cluster_id] = known
        return known

    def _value(self, members: Index, pairwise: Floats) -> float:
        count = len(members)
        if count == 1:
            return 0.0
        evidence = self.evidence
        displacements = float(evidence.motion(members[:-1], members[1:]).sum())
        # One term for each of n tracklets against all others, scaled to the n - 1 joins.
        share = (count - 1) / count
        weights = evidence.weights[members]
        beside = (
            self._appearance_beside(members).sum() + (pairwise / (weights.sum() - weights)).sum()
        )
        return share * float(beside) + displacements + (count - 1) * evidence.prior

    def _appearance_beside(self, members: Index) -> Floats:
        """(k,) appearance log-likelihood ratio of each tracklet with the rest of its cluster."""
        appearance = self.evidence.appearance
        sums, counts = appearance.sums[members], appearance.counts[members]
        return appearance.unit_pair_llr(
            self.own_looks[members],
            self.own_trusts[members],
            unit(sums.sum(axis=0) - sums),
            reliability(counts.sum() - counts),
        )


def _inserted(values: NDArray[Number], place: int, value: float) -> NDArray[Number]:
    """``np.insert`` of one value, which is slow for few."""
    found = np.empty(len(values) + 1, values.dtype)
    found[:place], found[place], found[place + 1 :] = values[:place], value, values[place:]
    return found
