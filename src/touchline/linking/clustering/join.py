"""Partition tracklets into identities by correlation clustering with cannot-links.

The sum of V(P) over all clusters P is maximised over the partitions without cannot-link pairs.
For a cluster of n tracklets, V = 0 for n = 1 and else::

    V(P) = (n-1)/n * sum_t [ llr_appearance(t | P without t)
                             + sum_u w_u * llr_pairwise(t,u) / sum_u w_u ]
           + sum over consecutive tracklets of llr_motion(i, i+1)
           + (n-1) * prior

with t in P, u over the others of P, and w their numbers of boxes. This is correlation clustering
(Bansal, Blum, Chawla 2004) with cannot-links, scored by calibrated likelihood ratios (Platt 1999;
Bruemmer and du Preez 2006). Average linkage (the best pair of clusters first) gives a start;
Kernighan-Lin style moves, as in lifted multicuts (Keuper et al. 2015; Tang et al. 2017), improve
it: single tracklets move, tails are swapped at a moment, and clusters merge, each only where the
sum grows. Joins below the margin are split in the end, unless a team is full.
"""

from __future__ import annotations

import numpy as np

from touchline.linking.clustering.candidates import Candidates, find_candidates
from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.margins import split_below_margin
from touchline.linking.clustering.merging import Merging, merge_best_first
from touchline.linking.clustering.steps import OnDone, Steps
from touchline.linking.clustering.tail_swap import swap_tails
from touchline.linking.clustering.team_size import TeamVotes, limit_team_sizes
from touchline.types import Index

_GAIN = 1e-6
_MOVE_ROUNDS = 3
_ALTERNATIVES = 3
"""Number of other clusters a tracklet is tried with, the likeliest first."""


def join(
    evidence: Evidence,
    team_votes: TeamVotes | None = None,
    steps: Steps | None = None,
    candidates: Candidates | None = None,
) -> Clusters:
    """Cluster tracklets into identities. team_votes: if given, team sizes are limited by them.

    steps: told of progress. candidates: whom each tracklet may be joined to; None: they are found.
    """
    steps = Steps(len(evidence)) if steps is None else steps
    if candidates is None:
        candidates = find_candidates(evidence, on_done=steps.next_pass())
    clusters = Clusters(evidence, candidates)
    merging = Merging(clusters)
    merging.merge_gaining(steps.next_pass())
    settled: dict[int, bytes] = {}
    for _ in range(_MOVE_ROUNDS):
        moved = _move_tracklets(clusters, settled, steps.next_pass())
        moved |= swap_tails(clusters, steps.next_pass())
        if not moved:
            break
        merging.merge_gaining(steps.more())
    split_below_margin(clusters, evidence.min_margin, steps.next_pass())
    if team_votes is not None:
        limit_team_sizes(clusters, team_votes, steps.more())
    if evidence.roster_size is not None:
        _limit_people(clusters, evidence.roster_size, steps.more())
    return clusters


def _limit_people(clusters: Clusters, most: int, on_done: OnDone) -> None:
    """Merge the best pairs, gain or no gain, until ``most`` are left or cannot-links forbid it."""

    def others(cluster: int) -> Index:
        found = clusters.cluster_ids()
        return np.asarray(found[found != cluster])

    # The best come first: those that gain before all others.
    for least, merges in ((-np.inf, max(len(clusters.cluster_ids()) - most, 0)), (0.0, None)):
        begin = clusters.cluster_ids().tolist()
        merge_best_first(clusters, begin, others, least=least, most_merges=merges, on_done=on_done)


def _move_tracklets(clusters: Clusters, settled: dict[int, bytes], on_done: OnDone) -> bool:
    """Move single tracklets to the clusters they fit best; whether any moved.

    settled: for each tracklet that stayed, the versions of the clusters it was tried with; it is
    not tried again until one of them changes.
    """
    moved = False
    for tracklet in range(len(clusters.labels)):
        on_done(tracklet)
        if clusters.units.first[tracklet] != clusters.units.last[tracklet]:
            moved |= clusters.units.first[tracklet] == tracklet and _move_unit(clusters, tracklet)
            continue
        label = int(clusters.labels[tracklet])
        home = clusters.members(label)
        rest = home[home != tracklet]
        cluster_ids = clusters.near_tracklet(tracklet)
        gains = clusters.tracklet_gains(tracklet, cluster_ids, _ALTERNATIVES)
        best = np.argsort(-gains, kind="stable")[:_ALTERNATIVES]
        likely = cluster_ids[best[gains[best] > -np.inf]]
        among = np.append(likely, label)
        state = np.append(among, clusters.versions[among]).tobytes()
        if settled.get(tracklet) == state:
            continue
        before = clusters.loss(tracklet)
        choice: list[Index] | None = None
        if len(rest) and before < -_GAIN:
            choice, before = [rest, np.array([tracklet])], 0.0
        for cluster_id in likely.tolist():
            gain = clusters.gain(tracklet, cluster_id)
            if gain > before + _GAIN:
                joined = np.sort(np.append(clusters.members(cluster_id), tracklet))
                choice, before = [rest, joined] if len(rest) else [joined], gain
        if choice is not None:
            clusters.regroup(choice)
            moved = True
        else:
            settled[tracklet] = state
    return moved


def _move_unit(clusters: Clusters, first: int) -> bool:
    """Move the unit that begins with a tracklet to the cluster it fits best; whether it moved."""
    evidence, home = clusters.evidence, clusters.members(int(clusters.labels[first]))
    unit = np.flatnonzero(clusters.units.first == first)
    rest = np.setdiff1d(home, unit)
    if not len(rest):
        return False  # merging sees to it
    appearance, near = evidence.appearance, clusters.near(int(home[0]))
    sums, counts = appearance.sums[unit].sum(axis=0), appearance.counts[unit].sum()
    likely = appearance.llr(sums[None], counts[None], clusters.sums[near], clusters.counts[near])[0]
    alone = clusters.value(unit)
    parts, best = [rest, unit], clusters.value(rest) + alone - clusters.value(home)
    for cluster in near[np.argsort(-likely, kind="stable")[:_ALTERNATIVES]].tolist():
        members = clusters.members(cluster)
        if evidence.cannot_link(unit[:, None], members).any():
            continue
        joined = np.union1d(members, unit)
        gain = clusters.value(rest) + clusters.value(joined)
        gain -= clusters.value(home) + clusters.value(members)
        if gain > best:
            parts, best = [rest, joined], gain
    if best > _GAIN:
        clusters.regroup(parts)
    return best > _GAIN
