"""How much sooner two tracklets are one person's than two people's, by what they look like.

Means over many whitened looks are compared by their cosine. What a cosine is worth, the clip
itself says: two halves of a tracklet are one person, two tracklets of one frame are two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.calibration import Calibration, fit_calibration
from touchline.evidence.whitening import Vectors, fit_whitening

Float = TypeVar("Float", np.float32, np.float64)

_UNSEEN_LOOKS = 1.0
"""A mean of n looks is n / (n + this) person and chance for the rest."""

_PROBES = (1, 2, 4, 8, 16)
"""Numbers of looks at the two ends of tracklets that calibration compares."""

MAX_PAIRS = 20_000
"""Pairs of two people for each of these numbers of looks."""

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the likeness of a clip's whitened looks is worth.

    calibration: from cosines to log-likelihood ratios. share: of these that is believed: of a few
    people the clip's mean look is no neutral place to look from.
    """

    calibration: Calibration
    share: float

    def odds(
        self, a: Vectors, a_counts: NDArray[np.float64], b: Vectors, b_counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N, M) log-likelihood ratio for groups with sums ``a`` (N, D) and ``b`` (M, D).

        0 where one of the two was never embedded.
        """
        return self._odds(_unit(a) @ _unit(b).T, a_counts[:, None], b_counts)

    def pair_odds(
        self, a: Vectors, a_counts: NDArray[np.float64], b: Vectors, b_counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) the same for each of ``a`` (N, D) and that of ``b`` (N, D)."""
        return self._odds(np.einsum("nd,nd->n", _unit(a), _unit(b)), a_counts, b_counts)

    def _odds(
        self,
        cosines: NDArray[np.floating],
        a_counts: NDArray[np.float64],
        b_counts: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        trust = np.sqrt(reliability(a_counts) * reliability(b_counts))
        return np.where(trust > 0.0, self.share * self.calibration.odds(cosines, trust), 0.0)


@dataclass(frozen=True, slots=True)
class Appearance(Likeness):
    """Whitened looks of T tracklets, and what their likeness is worth.

    sums: (T, D) float32 sum of each tracklet's looks. counts: (T,) how many these are, 0 for a
    tracklet never embedded.
    """

    sums: Vectors
    counts: NDArray[np.float64]


def reliability(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share in 0..1 of a mean of so many looks that is the person and not chance."""
    return np.asarray(counts / (counts + _UNSEEN_LOOKS))


def model_appearance(
    embeddings: Vectors, pieces: NDArray[np.int64], together: NDArray[np.bool_], crowd: int
) -> tuple[Appearance, Vectors]:
    """The appearance of T tracklets, and their whitened looks (L, D).

    embeddings: (L, D) looks of half a second each. pieces: (L,) of which of the tracklets 0 to
    T - 1, ascending. together: (T, T) who was seen in one frame. crowd: most people in one frame.
    """
    whitened = fit_whitening(embeddings, pieces).looks(embeddings)
    likeness = fit_likeness(whitened, pieces, together, crowd)
    return summed(whitened, pieces, len(together), likeness), whitened


def fit_likeness(
    whitened: Vectors,
    pieces: NDArray[np.int64],
    together: NDArray[np.bool_],
    crowd: int,
    max_pairs: int = MAX_PAIRS,
) -> Likeness:
    """What likeness is worth among looks (L, D) of ``pieces``; see ``model_appearance``."""
    calibration = fit_calibration(*_known_pairs(whitened, pieces, together, max_pairs))
    return Likeness(calibration, 1.0 - 1.0 / max(crowd, 1))


def summed(
    whitened: Vectors, pieces: NDArray[np.int64], count: int, likeness: Likeness
) -> Appearance:
    """The appearance of ``count`` tracklets, from whitened looks (L, D) of ``pieces`` (L,)."""
    counts = np.bincount(pieces, minlength=count).astype(np.float64)
    sums = np.zeros((count, whitened.shape[1]), np.float32)
    np.add.at(sums, pieces, whitened)
    return Appearance(likeness.calibration, likeness.share, sums, counts)


def _known_pairs(
    whitened: Vectors, pieces: NDArray[np.int64], together: NDArray[np.bool_], max_pairs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Cosine, trust and whether it is one person, of pairs that are known for sure."""
    starts = np.searchsorted(pieces, np.arange(len(together) + 1))
    cosines: list[NDArray[np.float64]] = []
    trusts: list[NDArray[np.float64]] = []
    same: list[NDArray[np.bool_]] = []
    for looks in _PROBES:
        long = np.flatnonzero(np.diff(starts) >= 2 * looks)
        heads = _unit(np.add.reduce([whitened[starts[long] + k] for k in range(looks)]))
        tails = _unit(np.add.reduce([whitened[starts[long + 1] - 1 - k] for k in range(looks)]))
        cosines.append(np.einsum("nd,nd->n", heads, tails))
        same.append(np.ones(len(long), np.bool_))
        i, j = np.nonzero(together[np.ix_(long, long)])
        i, j = _some(i[i != j], j[i != j], max_pairs)
        cosines.append(np.einsum("nd,nd->n", heads[i], tails[j]))
        same.append(np.zeros(len(i), np.bool_))
        trusts.append(np.full(len(long) + len(i), reliability(np.array(float(looks)))))
    return np.concatenate(cosines), np.concatenate(trusts), np.concatenate(same)


def _some(
    i: NDArray[np.intp], j: NDArray[np.intp], most: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every so manieth pair, that calibration stays quick on long clips and in large crowds."""
    step = len(i) // most + 1
    return i[::step], j[::step]


def _unit(vectors: NDArray[Float]) -> NDArray[Float]:
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    unit: NDArray[Float] = vectors / np.maximum(lengths, _TINY)[:, None]
    return unit
