"""Distances after k-reciprocal re-ranking: vectors that share neighbours come closer.

Zhong, Zheng, Cao, Li, "Re-ranking Person Re-identification with k-reciprocal Encoding",
CVPR 2017; the numbers in brackets below are its equations. As in the authors' own experiments
distances are squared Euclidean, divided by the largest in their row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from touchline.errors import InputError
from touchline.metrics.retrieval import AnyFloats

_BLOCK_BYTES = 32 << 20


def rerank(
    query: AnyFloats,
    gallery: AnyFloats,
    *,
    neighbours: int = 20,
    averaged: int = 6,
    original_weight: float = 0.3,
) -> NDArray[np.float32]:
    """(Q, G) distances in 0..1 from unit vectors (Q, D) and (G, D).

    neighbours: k1, whose sets of mutual neighbours are compared. averaged: k2, how many nearest
    each set is averaged over. original_weight: lambda, 1 for the vectors' own distance alone.

    Takes about 4 Q G bytes, and time that grows with (Q + G)^2: meant for some ten thousands.
    Raises InputError for other shapes, NaN, and settings out of their range.
    """
    if query.ndim != 2 or gallery.ndim != 2 or query.shape[1] != gallery.shape[1]:
        shapes = f"query {query.shape} and gallery {gallery.shape}"
        raise InputError(f"{shapes} must be (Q, D) and (G, D)")
    if neighbours < 1 or averaged < 1 or not 0.0 <= original_weight <= 1.0:
        raise InputError(
            f"neighbours {neighbours} and averaged {averaged} must be at least 1, "
            f"original_weight {original_weight} in 0..1"
        )
    vectors = np.concatenate([query, gallery]).astype(np.float32, copy=False)
    if not np.isfinite(vectors).all():
        raise InputError("vectors with NaN or infinity cannot be re-ranked")
    if not len(query) or not len(gallery):
        return np.empty((len(query), len(gallery)), np.float32)
    nearest, largest = _nearest(vectors, max(neighbours + 1, averaged))
    encoded = _encode(vectors, nearest, largest, neighbours)
    if averaged > 1:  # local query expansion (11)
        encoded = _membership(nearest[:, :averaged]) @ encoded / min(averaged, nearest.shape[1])
    distances = _jaccard(encoded[: len(query)], encoded[len(query) :])
    if original_weight:  # (12)
        distances *= 1.0 - original_weight
        own = 2.0 - 2.0 * (vectors[: len(query)] @ vectors[len(query) :].T)
        own *= original_weight / largest[: len(query), None]
        distances += own
    return distances


def _nearest(
    vectors: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(N, count) the nearest of each vector, itself first, and (N,) its largest distance."""
    total = len(vectors)
    count = min(count, total)
    nearest = np.empty((total, count), np.int64)
    largest = np.empty(total, np.float32)
    step = max(1, _BLOCK_BYTES // (4 * total))
    for start in range(0, total, step):
        rows = slice(start, min(start + step, total))
        distances = 2.0 - 2.0 * (vectors[rows] @ vectors.T)
        largest[rows] = distances.max(axis=1)
        # A copy of a crop may be as near as itself: a neighbour set always holds its owner.
        distances[np.arange(len(distances)), np.arange(rows.start, rows.stop)] = -1.0
        found = np.argpartition(distances, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
        nearest[rows] = np.take_along_axis(found, order, axis=1)
    return nearest, np.maximum(largest, 1e-12)


def _encode(
    vectors: NDArray[np.float32],
    nearest: NDArray[np.int64],
    largest: NDArray[np.float32],
    neighbours: int,
) -> sparse.csr_array:
    """(N, N) weights of each one's expanded mutual neighbours, adding up to 1 in a row (7)."""
    mutual = _mutual(nearest[:, : neighbours + 1])  # (2)
    half = _mutual(nearest[:, : round(neighbours / 2) + 1])
    # (3): a neighbour's own narrower set joins if two thirds of it are there already.
    shared = (mutual @ half.T).multiply(mutual).tocsr()
    sizes = np.asarray(half.sum(axis=1))
    joins = shared.copy()
    joins.data = (3.0 * shared.data >= 2.0 * sizes[shared.indices]).astype(np.float32)
    joins.eliminate_zeros()
    expanded = (mutual + joins @ half).tocoo()
    rows, columns = expanded.coords
    weights = np.empty(len(rows), np.float32)
    step = max(1, _BLOCK_BYTES // (8 * vectors.shape[1]))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        cosines = np.einsum("nd,nd->n", vectors[rows[part]], vectors[columns[part]])
        weights[part] = np.exp(-(2.0 - 2.0 * cosines) / largest[rows[part]])
    weights /= np.bincount(rows, weights, minlength=len(vectors))[rows].astype(np.float32)
    return sparse.csr_array((weights, (rows, columns)), shape=expanded.shape)


def _mutual(nearest: NDArray[np.int64]) -> sparse.csr_array:
    """(N, N) ones where each is among the other's nearest neighbours."""
    near = _membership(nearest)
    mutual: sparse.csr_array = near.multiply(near.T).tocsr()
    return mutual


def _membership(nearest: NDArray[np.int64]) -> sparse.csr_array:
    """(N, N) ones at the columns that each row of ``nearest`` names."""
    total, count = nearest.shape
    starts = np.arange(total + 1) * count
    ones = np.ones(nearest.size, np.float32)
    return sparse.csr_array((ones, nearest.ravel(), starts), shape=(total, total))


def _jaccard(query: sparse.csr_array, gallery: sparse.csr_array) -> NDArray[np.float32]:
    """(Q, G) one minus the sum of minima by the sum of maxima of the rows' weights (10)."""
    columns = gallery.tocsc()
    starts, holders, values = columns.indptr, columns.indices, columns.data
    distances = np.empty((query.shape[0], gallery.shape[0]), np.float32)
    for row in range(query.shape[0]):
        own = slice(query.indptr[row], query.indptr[row + 1])
        first, end = starts[query.indices[own]], starts[query.indices[own] + 1]
        counts = end - first
        # Every weight of a gallery item in a column where the query has one too.
        place = np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        smaller = np.minimum(values[place], np.repeat(query.data[own], counts))
        minima = np.bincount(holders[place], smaller, minlength=gallery.shape[0])
        # Rows add up to 1, so minima and maxima together to 2.
        distances[row] = 1.0 - minima / (2.0 - minima)
    return distances
