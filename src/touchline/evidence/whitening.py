"""Whitening of embeddings: centred on the clip's mean, scaled by within-person variation.

Directions that vary with pose and light within a person count little, stable ones count much
("within-class covariance normalisation", Hatch et al., Interspeech 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from touchline.evidence.pieces import Pieces, finished

Vectors = NDArray[np.float32]

_RIDGE = 1.0
"""Multiple of the mean within-tracklet variance that is added to every direction."""

_STRETCH = 12
"""Bins per stretch in which they are compared: a whole tracklet may hold two people."""

_BLOCK = 8192
_STRETCHES_AT_ONCE = 1024
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Whitening:
    """centre: (D,) mean embedding of a clip. factor: (D, D) lower triangular Cholesky factor of the
    within-person covariance: dot products of vectors divided by it use the inverse covariance."""

    centre: Vectors
    factor: Vectors

    def whiten(self, embeddings: Vectors, into: Vectors | None = None) -> Vectors:
        """(L, D) ``embeddings`` whitened; written ``into`` an array, which may be themselves."""
        whole = np.empty_like(embeddings, np.float32) if into is None else into
        for start in range(0, len(embeddings), _BLOCK):  # no second copy of a long clip's
            rows = slice(start, start + _BLOCK)
            whole[rows] = self._divided(embeddings[rows] - self.centre)
        return whole

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
    return finished(fit_whitening_in_pieces(embeddings, tracklet_ids, _BLOCK))


def fit_whitening_in_pieces(
    embeddings: Vectors, tracklet_ids: NDArray[np.int64], at_once: int
) -> Pieces[Whitening]:
    """The same in pieces of ``at_once`` embeddings; one piece where there is nothing to learn."""
    size = embeddings.shape[1]
    if not len(embeddings):
        return Whitening(np.zeros(size, np.float32), np.eye(size, dtype=np.float32))
    centre = embeddings.mean(axis=0, dtype=np.float64).astype(np.float32)
    stretches = _stretches(tracklet_ids)
    seen = np.bincount(stretches)
    means = _stretch_means(embeddings, centre, seen)
    freedom = int((seen - 1).sum())
    if not freedom:
        return Whitening(centre, np.eye(size, dtype=np.float32))
    covariance = np.zeros((size, size))
    for start in range(0, len(embeddings), at_once):  # no second copy of a long clip's embeddings
        yield
        rows = slice(start, start + at_once)
        within = embeddings[rows] - centre
        within -= means[stretches[rows]]
        covariance += within.T @ within
    yield
    covariance /= freedom
    variance = float(np.trace(covariance)) / size
    covariance.flat[:: size + 1] += _RIDGE * variance + _TINY
    # The ridge keeps the largest variance below D + 1 times the least: float32 is exact enough.
    single: Vectors = covariance.astype(np.float32)
    yield
    factor = cholesky(single, lower=True, check_finite=False)
    return Whitening(centre, factor)


def _stretch_means(embeddings: Vectors, centre: Vectors, seen: NDArray[np.int64]) -> Vectors:
    """(S, D) mean of each stretch of so many ``seen`` (S,) rows, as measured from ``centre``."""
    ends = np.cumsum(seen)
    means = np.empty((len(seen), len(centre)), np.float32)
    for first in range(0, len(seen), _STRETCHES_AT_ONCE):
        some = slice(first, first + _STRETCHES_AT_ONCE)
        begins = ends[some] - seen[some]
        rows = embeddings[begins[0] : ends[some][-1]] - centre
        means[some] = np.add.reduceat(rows, begins - begins[0])
    means /= seen[:, None].astype(np.float32)
    return means


def _stretches(tracklet_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(L,) numbers of stretches of at most ``_STRETCH`` bins of one tracklet."""
    new = np.diff(tracklet_ids, prepend=-1) != 0
    starts = np.flatnonzero(new)
    place = np.arange(len(tracklet_ids)) - starts[np.cumsum(new) - 1]
    return np.cumsum(new | (place % _STRETCH == 0)) - 1
