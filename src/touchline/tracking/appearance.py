"""Appearance distances between embeddings, and their running means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.types import Index

Vectors = NDArray[np.float32]
"""(N, D) embeddings or means of embeddings."""


class ClipMean:
    """The mean of all embeddings of a clip so far.

    All people of a clip share grass, light and the network's habits. Measured from the
    clip's mean, their embeddings point in different directions; from zero, in nearly the same.
    """

    def __init__(self) -> None:
        self._sum = np.zeros(0, np.float64)
        self._count = 0

    @property
    def dimensions(self) -> int:
        """Length of the embeddings; 0 before the first."""
        return len(self._sum)

    def start(self, dimensions: int) -> None:
        """Fix the length of the embeddings."""
        self._sum = np.zeros(dimensions)

    def add(self, embeddings: Vectors, counted: NDArray[np.bool_]) -> None:
        """Count the rows of ``embeddings``, (N, D), where ``counted`` is True."""
        self._sum += counted.astype(np.float32) @ embeddings
        self._count += int(counted.sum())

    def vector(self) -> Vectors:
        """(D,) float32 mean; zeros while there is none."""
        return (self._sum / max(self._count, 1)).astype(np.float32)


def pair_distances(
    a: Vectors, b: Vectors, rows: Index, columns: Index, centre: Vectors
) -> NDArray[np.float64]:
    """(K,) half the cosine distance of ``a[rows]`` to ``b[columns]`` as seen from ``centre``.

    0 is alike, 1 opposite, 0.5 unrelated.
    """
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK_PAIRS):
        block = slice(start, start + _BLOCK_PAIRS)
        left = a[rows[block]]
        left -= centre
        right = b[columns[block]]
        right -= centre
        squares = _dots(left, left) * _dots(right, right)
        cosines[block] = _dots(left, right) / np.sqrt(np.maximum(squares, _TINY))
    return _half_cosine_distance(cosines)


def distance_matrix(a: Vectors, b: Vectors) -> NDArray[np.float64]:
    """(N, M) half the cosine distance of each of ``a`` to each of ``b``: 0 alike, 1 opposite."""
    lengths_a = np.sqrt(np.maximum(_dots(a, a), _TINY))
    lengths_b = np.sqrt(np.maximum(_dots(b, b), _TINY))
    return _half_cosine_distance((a @ b.T) / lengths_a[:, None] / lengths_b)


def are_embedded(embeddings: Vectors) -> NDArray[np.bool_]:
    """(N,) which rows are embeddings; rows of zeros stand for boxes that were not embedded."""
    return np.asarray(_dots(embeddings, embeddings) > 0.0)


def mean_weights(
    counts: NDArray[np.int64], seconds: NDArray[np.float64], memory_seconds: float
) -> Vectors:
    """(N, 1) share of the newest embedding in a running mean.

    The mean of all embeddings while few, an exponential mean of ``memory_seconds`` later. It
    depends on the ``seconds`` since the last one, so rarely embedded tracks forget as fast.
    """
    fading = -np.expm1(seconds * (-1.0 / memory_seconds))
    return np.maximum(fading, 1.0 / (counts + 1)).astype(np.float32)[:, None]


def blend(means: Vectors, embeddings: Vectors, keep: float) -> Vectors:
    """(N, D) unit vectors: ``keep`` of each mean and the rest of its embedding, as in BoT-SORT.

    Means are unit vectors, or zeros before the first embedding.
    """
    mixed = np.float32(keep) * means + np.float32(1.0 - keep) * embeddings
    return np.asarray(mixed / np.sqrt(np.maximum(_dots(mixed, mixed), _TINY))[:, None])


_TINY = np.float32(1e-12)
_BLOCK_PAIRS = 128  # what is computed at once stays in the processor's cache


def _dots(a: Vectors, b: Vectors) -> Vectors:
    """(N,) inner product of each row of ``a`` with that row of ``b``."""
    return np.asarray(np.einsum("kd,kd->k", a, b))


def _half_cosine_distance(cosines: NDArray[np.floating]) -> NDArray[np.float64]:
    distances = 0.5 - 0.5 * cosines.astype(np.float64)
    return np.clip(distances, 0.0, 1.0)
