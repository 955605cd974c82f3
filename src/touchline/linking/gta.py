"""Identities as GTA-Link makes them (arXiv 2411.08216), as a yardstick for method global.

Tracks are split where their embeddings form clusters, and joined greedily by mean cosine distance.
Written from the paper. Nothing but looks counts, and how far apart two places may be at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from touchline.evidence.whitening import Vectors
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.config import GtaLinkConfig
from touchline.types import Ints, TrackTable

_NOISE = -1
_ROWS = 1024  # of distances at once
_TINY = 1e-9


def gta_identities(table: TrackTable, looks: AppearanceBins, config: GtaLinkConfig) -> Ints:
    """(M,) the identity of each row, from 1 in order of start.

    looks: the embedding of each box that has one, a row each.
    """
    if not len(table):
        return np.empty(0, np.int64)
    tracklet_ids = _split(table, looks, config)
    joined = _joined(table, tracklet_ids, _means(table, looks, tracklet_ids), config)[tracklet_ids]
    _, first, where = np.unique(joined, return_index=True, return_inverse=True)
    begins = np.full(len(first), len(table.times), np.float64)
    np.minimum.at(begins, where, table.times)
    rank = np.empty(len(first), np.int64)
    rank[np.lexsort((first, begins))] = np.arange(1, len(first) + 1)
    return np.asarray(rank[where])


def dbscan(vectors: Vectors, eps: float, min_samples: int) -> Ints:
    """(N,) cluster of each vector by cosine distance, from 0; -1 for noise.

    Time grows with N squared, memory with N.
    """
    unit = _unit(vectors)
    near = np.zeros(len(unit), np.int64)
    for start in range(0, len(unit), _ROWS):
        distances = 1.0 - unit[start : start + _ROWS] @ unit.T
        near[start : start + _ROWS] = (distances <= eps).sum(axis=1)
    core, labels, count = near >= min_samples, np.full(len(unit), _NOISE), 0
    for seed in core.nonzero()[0].tolist():
        if labels[seed] != _NOISE:
            continue
        edge = np.array([seed])
        labels[edge] = count
        while len(edge):
            reached = np.zeros(len(unit), np.bool_)
            for start in range(0, len(edge), _ROWS):
                distances = 1.0 - unit[edge[start : start + _ROWS]] @ unit.T
                reached |= (distances <= eps).any(axis=0)
            found = (reached & (labels == _NOISE)).nonzero()[0]
            labels[found] = count
            edge = found[core[found]]
        count += 1
    return labels


def _split(table: TrackTable, looks: AppearanceBins, config: GtaLinkConfig) -> Ints:
    """(M,) the tracklet of each row, from 0: pieces of tracks whose embeddings form clusters."""
    tracklet_ids, count = np.zeros(len(table), np.int64), 0
    for track in np.unique(table.ids).tolist():
        rows = (table.ids == track).nonzero()[0]
        own = looks.track_ids == track
        times = table.times[rows]
        if own.any() and times[-1] - times[0] >= config.min_seconds:
            pieces = _clusters(looks.embeddings[own], config)
            nearest = np.abs(looks.times[own] - times[:, None]).argmin(axis=1)
            _, tracklet_ids[rows] = np.unique(pieces[nearest], return_inverse=True)
        tracklet_ids[rows] += count
        count = int(tracklet_ids[rows].max()) + 1
    return tracklet_ids


def _clusters(embeddings: Vectors, config: GtaLinkConfig) -> Ints:
    """(N,) the person each embedding of a track shows, at most ``max_clusters`` of them."""
    scaled = (embeddings - embeddings.mean(axis=0)) / np.maximum(embeddings.std(axis=0), _TINY)
    labels = dbscan(scaled, config.eps, config.min_samples)
    if labels.max() < 1:
        return np.zeros(len(labels), np.int64)
    centres = np.array([scaled[labels == each].mean(axis=0) for each in range(labels.max() + 1)])
    noise = labels == _NOISE
    labels[noise] = (_unit(scaled[noise]) @ _unit(centres).T).argmax(axis=1)
    while len(there := np.unique(labels)) > config.max_clusters:
        centres = np.array([scaled[labels == each].mean(axis=0) for each in there])
        cosines = _unit(centres) @ _unit(centres).T
        np.fill_diagonal(cosines, -np.inf)
        one, other = np.unravel_index(cosines.argmax(), cosines.shape)
        labels[labels == there[other]] = there[one]
    return labels


def _means(table: TrackTable, looks: AppearanceBins, tracklet_ids: Ints) -> Vectors:
    """(T, D) mean embedding of each tracklet; zeros for one without any."""
    order = np.lexsort((table.times, table.ids))
    keys = np.rec.fromarrays([table.ids[order], np.round(table.times[order], 6)])
    wanted = np.rec.fromarrays([looks.track_ids, np.round(looks.times, 6)])
    owners = tracklet_ids[order[np.searchsorted(keys, wanted).clip(max=len(order) - 1)]]
    count = int(tracklet_ids.max()) + 1
    sums = np.zeros((count, looks.embeddings.shape[1]), np.float32)
    np.add.at(sums, owners, _unit(looks.embeddings))
    seen = np.bincount(owners, minlength=count).astype(np.float32)
    return np.asarray(sums / np.maximum(seen, 1.0)[:, None])


def _joined(table: TrackTable, tracklet_ids: Ints, means: Vectors, config: GtaLinkConfig) -> Ints:
    """(T,) the cluster of each tracklet: nearest first, never two at once or too far apart."""
    count = len(means)
    present = coo_array(
        (np.ones(len(table)), (tracklet_ids, table.frames)),
        shape=(count, int(table.frames.max()) + 1),
    ).tocsr()
    apart = (present @ present.T).toarray() > 0
    sizes = np.bincount(tracklet_ids, minlength=count).astype(np.float64)
    ends = _ends(table, tracklet_ids, count)
    centres = (table.boxes[:, :2] + table.boxes[:, 2:]) / 2
    farthest = config.spatial_factor * np.ptp(centres, axis=0)
    clusters, members = np.arange(count), {each: [each] for each in range(count)}
    distances = np.where(apart, np.inf, 1.0 - means @ means.T)
    while True:
        one, other = (int(i) for i in np.unravel_index(distances.argmin(), distances.shape))
        if not distances[one, other] < config.max_distance:
            return clusters
        together = sorted(members[one] + members[other], key=lambda each: ends[each, 0, 0])
        jumps = np.abs(ends[together[1:], 0, 1:] - ends[together[:-1], 1, 1:])
        if (jumps > farthest).any():
            distances[one, other] = distances[other, one] = np.inf
            continue
        share = sizes[other] / (sizes[one] + sizes[other])
        means[one] += share * (means[other] - means[one])
        sizes[one] += sizes[other]
        members[one] = together
        clusters[together] = one
        apart[one] |= apart[other]
        apart[:, one] = apart[one]
        distances[one] = np.where(apart[one], np.inf, 1.0 - means @ means[one])
        distances[other], distances[:, other] = np.inf, np.inf
        distances[one, [each for each in range(count) if clusters[each] != each]] = np.inf
        distances[:, one] = distances[one]
        distances[one, one] = np.inf


def _ends(table: TrackTable, tracklet_ids: Ints, count: int) -> NDArray[np.float64]:
    """(T, 2, 3) frame and centre of the first and of the last box of each tracklet."""
    order = np.lexsort((table.frames, tracklet_ids))
    starts = np.searchsorted(tracklet_ids[order], np.arange(count + 1))
    centres = (table.boxes[:, :2] + table.boxes[:, 2:]) / 2
    every = np.column_stack([table.frames, centres])[order]
    return np.stack([every[starts[:-1]], every[starts[1:] - 1]], axis=1)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    return np.asarray(vectors / np.maximum(lengths, _TINY)[:, None])
