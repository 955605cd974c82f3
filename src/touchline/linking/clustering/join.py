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

from touchline.linking.clustering.clusters import Clusters, Evidence
from touchline.linking.clustering.margins import split_below_margin
from touchline.linking.clustering.tail_swap import swap_tails
from touchline.linking.clustering.team_size import TeamVotes, limit_team_sizes
from touchline.types import Index

_GAIN = 1e-6
_MOVE_ROUNDS = 3
_ALTERNATIVES = 3
"""Number of other clusters a tracklet is tried with, the likeliest first."""


def join(evidence: Evidence, team_votes: TeamVotes | None = None) -> Clusters:
    """Cluster tracklets into identities. team_votes: if given, team sizes are limited by them."""
    clusters = Clusters(evidence)
    _merge_best_first(clusters)
    settled: dict[int, bytes] = {}
    for _ in range(_MOVE_ROUNDS):
        moved = _move_tracklets(clusters, settled)
        moved |= swap_tails(clusters)
        if not moved:
            break
        _merge_best_first(clusters)
    split_below_margin(clusters, evidence.min_margin)
    if team_votes is not None:
        limit_team_sizes(clusters, team_votes)
    if evidence.roster_size is not None:
        _merge_best_first(clusters, evidence.roster_size)
    return clusters


def _merge_best_first(clusters: Clusters, limit: int | None = None) -> None:
    """Merge the best pair of clusters while it gains; with a limit, until that few are left or
    only cannot-links keep them apart.
    """
    count = len(clusters.labels)
    limit = count if limit is None else limit
    if count < 2:
        return
    cluster_ids = clusters.cluster_ids()
    gains = np.full((count, count), -np.inf, np.float32)
    for cluster_id in cluster_ids.tolist():
        gains[cluster_id, cluster_ids] = clusters.gains(cluster_id, cluster_ids)
    np.fill_diagonal(gains, -np.inf)
    gains = np.maximum(gains, gains.T)
    best = gains.argmax(axis=1)
    tops = gains[np.arange(count), best]
    while True:
        cluster = int(tops.argmax())
        if not tops[cluster] > (0.0 if len(cluster_ids) <= limit else -np.inf):
            return
        cluster, other = sorted((cluster, int(best[cluster])))
        clusters.merge(cluster, other)
        cluster_ids = cluster_ids[cluster_ids != other]
        gains[other] = gains[:, other] = -np.inf
        row = clusters.gains(cluster, cluster_ids).astype(np.float32)
        row[cluster_ids == cluster] = -np.inf
        gains[cluster, cluster_ids] = gains[cluster_ids, cluster] = row
        stale = cluster_ids[
            (best[cluster_ids] == cluster) | (best[cluster_ids] == other) | (cluster_ids == cluster)
        ]
        best[stale] = gains[stale].argmax(axis=1)
        tops[stale] = gains[stale, best[stale]]
        better = cluster_ids[row > tops[cluster_ids]]
        best[better] = cluster
        tops[better] = gains[better, cluster]
        tops[other] = -np.inf


def _move_tracklets(clusters: Clusters, settled: dict[int, bytes]) -> bool:
    """Move single tracklets to the clusters they fit best; whether any moved.

    settled: for each tracklet that stayed, the versions of the clusters it was tried with; it is
    not tried again until one of them changes.
    """
    moved = False
    cluster_ids = clusters.cluster_ids()
    for tracklet in range(len(clusters.labels)):
        label = int(clusters.labels[tracklet])
        home = clusters.members(label)
        rest = home[home != tracklet]
        gains = clusters.tracklet_gains(tracklet, cluster_ids)
        gains[cluster_ids == label] = -np.inf
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
            cluster_ids = clusters.cluster_ids()
            moved = True
        else:
            settled[tracklet] = state
    return moved
