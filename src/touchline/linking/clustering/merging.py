"""Average linkage: merge the best pair of clusters, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.linking.clustering.clusters import Clusters
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.types import Index, Ints


@dataclass(slots=True)
class _Partners:
    """Whom a cluster may be merged with, the best first, as of one version of it.

    gains, others, versions: (N,) log odds, the other clusters and the versions of these.
    """

    version: int
    gains: NDArray[np.float32]
    others: NDArray[np.int32]
    versions: NDArray[np.int32]
    place: int = 0


_Offer = tuple[float, int, int, int, int]
"""Log odds, negated, the earlier and the later cluster; whose partner it is, and its version."""


class Merging:
    """Merges of the best pair first, among the candidates of each cluster.

    Only what has changed since the last merges is compared anew: all other pairs were left apart.
    """

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self._seen: Ints = np.full(len(clusters.labels), -1)

    def merge_gaining(self, on_done: OnDone = unheard) -> None:
        """Merge while it gains. on_done: told how many clusters are weighed or merged."""
        clusters = self._clusters
        changed = [
            cluster
            for cluster in clusters.cluster_ids().tolist()
            if clusters.versions[cluster] != self._seen[cluster]
        ]
        merge_best_first(clusters, changed, clusters.near, least=0.0, on_done=on_done)
        self._seen = clusters.versions.copy()


def merge_best_first(
    clusters: Clusters,
    begin: list[int],
    near: Callable[[int], Index],
    *,
    least: float,
    most_merges: int | None = None,
    on_done: OnDone = unheard,
) -> None:
    """Merge the best pair of clusters while its log odds are above ``least``.

    begin: clusters to compare with those ``near`` each, to which merged ones are added.
    most_merges: how often; None: as long as it gains.
    """
    versions, heap = clusters.versions, list[_Offer]()
    partners: dict[int, _Partners] = {}
    weighed = np.zeros(len(versions), np.bool_)
    for done, cluster in enumerate(begin, start=1):
        _weigh(clusters, cluster, near(cluster), least, partners, heap, weighed)
        weighed[cluster] = True
        on_done(done)
    merges = 0
    while heap and (most_merges is None or merges < most_merges):
        _, _, _, cluster, version = heapq.heappop(heap)
        mine = partners.get(cluster)
        if mine is None or not mine.version == version == versions[cluster]:
            continue
        other = int(mine.others[mine.place])
        if mine.versions[mine.place] != versions[other]:
            mine.place += 1
            _push(clusters, cluster, mine, heap)
            continue
        kept, gone = sorted((cluster, other))
        clusters.merge(kept, gone)
        partners.pop(gone, None)
        merges += 1
        _weigh(clusters, kept, near(kept), least, partners, heap)
        on_done(len(begin))


def _weigh(
    clusters: Clusters,
    cluster: int,
    others: Index,
    least: float,
    partners: dict[int, _Partners],
    heap: list[_Offer],
    weighed: NDArray[np.bool_] | None = None,
) -> None:
    """Compare a cluster with ``others``, but for those which were compared with it already."""
    if weighed is not None:
        others = others[~weighed[others]]
    gains = clusters.gains(cluster, others, least).astype(np.float32)
    best = np.flatnonzero(gains > least)
    best = best[np.argsort(-gains[best], kind="stable")]
    others = others[best]
    mine = _Partners(
        int(clusters.versions[cluster]),
        gains[best],
        others.astype(np.int32),
        clusters.versions[others].astype(np.int32),
    )
    partners[cluster] = mine
    _push(clusters, cluster, mine, heap)


def _push(
    clusters: Clusters,
    cluster: int,
    mine: _Partners,
    heap: list[_Offer],
) -> None:
    """Offer the best partner that is still as it was; of equal pairs the first comes first."""
    left = mine.others[mine.place :]
    current = np.flatnonzero(clusters.versions[left] == mine.versions[mine.place :])
    if not len(current):
        return
    mine.place += int(current[0])
    other = int(mine.others[mine.place])
    gain = float(mine.gains[mine.place])
    offer = (-gain, min(cluster, other), max(cluster, other), cluster, mine.version)
    heapq.heappush(heap, offer)
