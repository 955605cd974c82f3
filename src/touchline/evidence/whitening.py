"""Whitening of embeddings: centred on the clip's mean, scaled by within-person variation.

Directions that vary with pose and light within a person count little, stable ones count much
("within-class covariance normalisation", Hatch et al., Interspeech 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Vectors = NDArray[np.float32]

_RIDGE = 1.0
"""Multiple of the mean within-tracklet variance that is added to every direction."""

_STRETCH = 12
"""Bins per stretch in which they are compared: a whole tracklet may hold two people."""

_BLOCK = 8192
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Whitening:
    """centre: (D,) mean embedding of a clip. factor: (D, D) lower triangular Cholesky factor of the
    within-person covariance: dot products of vectors divided by it use the inverse covariance."""

    centre: Vectors
    factor: Vectors

    def whiten(self, embeddings: Vectors) -> Vectors:
        """(L, D) ``embeddings`` whitened."""
        return self._divided(embeddings - self.centre)

    def sums(self, sums: Vectors, counts: NDArray[np.integer]) -> Vectors:
        """(N, D) sums of ``counts`` whitened embeddings each, from ``sums`` of the raw ones."""
        return self._divided(sums - counts.astype(np.float32)[:, None] * self.centre)

    def _divided(self, centred: Vectors) -> Vectors:
        if not centred.size:
            return centred
        whole = solve_triangular(self.factor, centred.T, lower=True, check_finite=False)
        return np.ascontiguousarray(whole.T, np.float32)


def fit_whitening(embeddings: Vectors, tracklet_ids: NDArray[np.int64]) -> Whitening:
    """Fit the whitening to ``embeddings`` (L, D) of ``tracklet_ids`` (L,), ascending."""
    size = embeddings.shape[1]
    if not len(embeddings):
        return Whitening(np.zeros(size, np.float32), np.eye(size, dtype=np.float32))
    centre = embeddings.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred: Vectors = embeddings - centre
    stretches = _stretches(tracklet_ids)
    seen = np.bincount(stretches)
    means = np.add.reduceat(centred, np.append(0, np.cumsum(seen)[:-1])) / seen[:, None]
    freedom = int((seen - 1).sum())
    if not freedom:
        return Whitening(centre, np.eye(size, dtype=np.float32))
    covariance = np.zeros((size, size))
    for start in range(0, len(centred), _BLOCK):  # no second copy of a long clip's embeddings
        rows = slice(start, start + _BLOCK)
        within = centred[rows] - means[stretches[rows]]
        covariance += within.T @ within
    covariance /= freedom
    covariance += np.eye(size) * (_RIDGE * np.trace(covariance) / size + _TINY)
    return Whitening(centre, np.linalg.cholesky(covariance).astype(np.float32))


def _stretches(tracklet_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(L,) numbers of stretches of at most ``_STRETCH`` bins of one tracklet."""
    new = np.diff(tracklet_ids, prepend=-1) != 0
    starts = np.flatnonzero(new)
    place = np.arange(len(tracklet_ids)) - starts[np.cumsum(new) - 1]
    return np.cumsum(new | (place % _STRETCH == 0)) - 1
