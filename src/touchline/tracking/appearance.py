"""How unlike two people look: distances between embeddings, and their running means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(N, D) embeddings or means of embeddings."""


class ClipMean:
    """The mean of all embeddings of a clip so far.

    All people of a clip share grass, light and the network's habits. Seen from the mean of the
    clip their embeddings point in different directions; seen from zero, in nearly the same.
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

    def add(self, embeddings: Vectors) -> None:
        """Count these embeddings, (N, D)."""
        self._sum += embeddings.sum(axis=0)
        self._count += len(embeddings)

    def vector(self) -> Vectors:
        """(D,) float32 mean; zeros while there is none."""
        return (self._sum / max(self._count, 1)).astype(np.float32)


def pair_distances(a: Vectors, b: Vectors) -> NDArray[np.float64]:
    """(K,) half the cosine distance of row k of ``a`` to row k of ``b``: 0 alike, 1 opposite."""
    dots = np.einsum("kd,kd->k", a, b)
    squares = np.einsum("kd,kd->k", a, a) * np.einsum("kd,kd->k", b, b)
    return _half_cosine_distance(dots / np.sqrt(np.maximum(squares, _TINY)))


def distance_matrix(a: Vectors, b: Vectors) -> NDArray[np.float64]:
    """(N, M) half the cosine distance of each of ``a`` to each of ``b``: 0 alike, 1 opposite."""
    lengths_a = np.sqrt(np.maximum(np.einsum("kd,kd->k", a, a), _TINY))
    lengths_b = np.sqrt(np.maximum(np.einsum("kd,kd->k", b, b), _TINY))
    return _half_cosine_distance((a @ b.T) / lengths_a[:, None] / lengths_b)


def mean_weights(
    counts: NDArray[np.int64], seconds: NDArray[np.float64], memory_seconds: float
) -> Vectors:
    """(N, 1) share of the newest embedding in a running mean.

    The mean of all embeddings while few, an exponential mean of ``memory_seconds`` later. It
    depends on the ``seconds`` since the last one, so rarely embedded tracks forget as fast.
    """
    fading = -np.expm1(seconds * (-1.0 / memory_seconds))
    return np.maximum(fading, 1.0 / (counts + 1)).astype(np.float32)[:, None]


_TINY = np.float32(1e-12)


def _half_cosine_distance(cosines: Vectors) -> NDArray[np.float64]:
    distances = 0.5 - 0.5 * cosines.astype(np.float64)
    return np.clip(distances, 0.0, 1.0)
