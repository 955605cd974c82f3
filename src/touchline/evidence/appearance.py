"""Log-likelihood ratio by appearance that two tracklets show the same person.

Means of many whitened embeddings are compared by their cosine, calibrated on the clip itself: the
two ends of a tracklet are one person, two tracklets in one frame are two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.calibration import Calibration, fit_calibration
from touchline.evidence.pieces import Pieces, finished
from touchline.evidence.whitening import Vectors, fit_whitening

Pairs = Sequence[NDArray[np.intp]]
"""Two arrays (P,): one and the other of each pair."""

Float = TypeVar("Float", np.float32, np.float64)

_UNSEEN_BINS = 1.0
"""A mean of n bins is n / (n + this) person and noise for the rest."""

_PROBES = (1, 2, 4, 8, 16)
"""Numbers of bins at the two ends of tracklets that calibration compares."""

MAX_PAIRS = 20_000
"""Most pairs of different people for each of these numbers of bins."""

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class AppearanceModel:
    """Log-likelihood ratios from the whitened embeddings of a clip.

    calibration: from cosines to log-likelihood ratios. weight: the fraction of these that is kept:
    with few people the clip's mean embedding is no neutral origin.
    """

    calibration: Calibration
    weight: float

    def llr(
        self, a: Vectors, a_counts: NDArray[np.float64], b: Vectors, b_counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N, M) log-likelihood ratio for clusters with sums ``a`` (N, D) and ``b`` (M, D).

        0 where either was never embedded.
        """
        return self.unit_llr(unit(a), reliability(a_counts), unit(b), reliability(b_counts))

    def unit_llr(
        self, a: Vectors, a_trust: NDArray[np.float64], b: Vectors, b_trust: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N, M) the same for unit vectors and ``reliability`` of what is compared often."""
        # BLAS may read past rows of a few numbers and flag what lies there; the result is right.
        with np.errstate(invalid="ignore"):
            cosines = a @ b.T
        return self._llr(cosines, np.sqrt(a_trust[:, None] * b_trust))

    def pair_llr(
        self, a: Vectors, a_counts: NDArray[np.float64], b: Vectors, b_counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) the same for ``a`` (N, D) and ``b`` (N, D), row by row."""
        return self.unit_pair_llr(unit(a), reliability(a_counts), unit(b), reliability(b_counts))

    def unit_pair_llr(
        self, a: Vectors, a_trust: NDArray[np.float64], b: Vectors, b_trust: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) the same, as ``unit_llr`` is asked."""
        return self._llr(np.einsum("nd,nd->n", a, b), np.sqrt(a_trust * b_trust))

    def _llr(
        self, cosines: NDArray[np.floating], trust: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        llr = self.weight * self.calibration.llr(cosines, trust)
        return llr if trust.all() else np.where(trust > 0.0, llr, 0.0)


@dataclass(frozen=True, slots=True)
class TrackletAppearance(AppearanceModel):
    """Whitened appearance of T tracklets, with its calibration.

    sums: (T, D) float32 sum of each tracklet's whitened bins. counts: (T,) number of bins, 0 for
    a tracklet never embedded.
    """

    sums: Vectors
    counts: NDArray[np.float64]


def reliability(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share in 0..1 of a mean of ``counts`` bins that is the person and not noise."""
    return np.asarray(counts / (counts + _UNSEEN_BINS))


def fit_tracklet_appearance(
    embeddings: Vectors,
    tracklet_ids: NDArray[np.int64],
    count: int,
    strangers: Pairs,
    max_people: int,
    into: Vectors | None = None,
) -> tuple[TrackletAppearance, Vectors]:
    """The appearance of ``count`` tracklets, and their whitened bins (L, D).

    embeddings: (L, D) means of half-second bins. tracklet_ids: (L,) the tracklet of each, 0 to
    ``count - 1``, ascending. strangers: pairs of tracklets seen in one frame, each in both orders,
    ascending. max_people: most people in one frame. into: where the whitened bins are put, which
    may be ``embeddings``.
    """
    whitened = fit_whitening(embeddings, tracklet_ids).whiten(embeddings, into)
    model = fit_appearance_model(whitened, tracklet_ids, strangers, max_people)
    return sum_by_tracklet(whitened, tracklet_ids, count, model), whitened


def fit_appearance_model(
    whitened: Vectors,
    tracklet_ids: NDArray[np.int64],
    strangers: Pairs,
    max_people: int,
    max_pairs: int = MAX_PAIRS,
) -> AppearanceModel:
    """Calibrate whitened bins (L, D) of ``tracklet_ids``; see ``fit_tracklet_appearance``."""
    return finished(
        fit_appearance_model_in_pieces(whitened, tracklet_ids, strangers, max_people, max_pairs)
    )


def fit_appearance_model_in_pieces(
    whitened: Vectors,
    tracklet_ids: NDArray[np.int64],
    strangers: Pairs,
    max_people: int,
    max_pairs: int,
) -> Pieces[AppearanceModel]:
    """The same in two pieces: what is known, and the curve."""
    known = _known_pairs(whitened, tracklet_ids, strangers, max_pairs)
    yield
    calibration = fit_calibration(*known)
    return AppearanceModel(calibration, 1.0 - 1.0 / max(max_people, 1))


def sum_by_tracklet(
    whitened: Vectors, tracklet_ids: NDArray[np.int64], count: int, model: AppearanceModel
) -> TrackletAppearance:
    """The appearance of ``count`` tracklets, from whitened bins (L, D) of ``tracklet_ids``."""
    counts = np.bincount(tracklet_ids, minlength=count).astype(np.float64)
    sums = np.zeros((count, whitened.shape[1]), np.float32)
    np.add.at(sums, tracklet_ids, whitened)
    return TrackletAppearance(model.calibration, model.weight, sums, counts)


def _known_pairs(
    whitened: Vectors, tracklet_ids: NDArray[np.int64], strangers: Pairs, max_pairs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Cosine, trust and whether it is one person, for pairs known for certain."""
    count = int(max(tracklet_ids.max(initial=-1), strangers[0].max(initial=-1))) + 1
    starts = np.searchsorted(tracklet_ids, np.arange(count + 1))
    cosines: list[NDArray[np.float64]] = []
    trusts: list[NDArray[np.float64]] = []
    same: list[NDArray[np.bool_]] = []
    for bins in _PROBES:
        long = np.flatnonzero(np.diff(starts) >= 2 * bins)
        heads = unit(np.add.reduce([whitened[starts[long] + k] for k in range(bins)]))
        tails = unit(np.add.reduce([whitened[starts[long + 1] - 1 - k] for k in range(bins)]))
        cosines.append(np.einsum("nd,nd->n", heads, tails))
        same.append(np.ones(len(long), np.bool_))
        place = np.full(count, -1)
        place[long] = np.arange(len(long))
        i, j = place[strangers[0]], place[strangers[1]]
        both = (i >= 0) & (j >= 0) & (i != j)
        i, j = _some(i[both], j[both], max_pairs)
        cosines.append(np.einsum("nd,nd->n", heads[i], tails[j]))
        same.append(np.zeros(len(i), np.bool_))
        trusts.append(np.full(len(long) + len(i), reliability(np.array(float(bins)))))
    return np.concatenate(cosines), np.concatenate(trusts), np.concatenate(same)


def _some(
    i: NDArray[np.intp], j: NDArray[np.intp], most: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every k-th pair, so that calibration stays fast on long clips and in large crowds."""
    step = len(i) // most + 1
    return i[::step], j[::step]


def unit(vectors: NDArray[Float]) -> NDArray[Float]:
    """(N, D) ``vectors`` at length 1; zeros stay zeros."""
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    found: NDArray[Float] = vectors / np.maximum(lengths, _TINY)[:, None]
    return found
