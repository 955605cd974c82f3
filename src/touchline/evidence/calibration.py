"""Cosine to log-likelihood ratio: logistic calibration on pairs of the clip known for certain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


@dataclass(frozen=True, slots=True)
class AppearancePrior:
    """What other clips say about the curve from cosine to log-likelihood ratio.

    weights: of cosine, trust and 1; the curve of a clip with few known pairs. strengths: pull
    towards each, the inverse of its variance over clips; together worth about ten pairs.
    max_pairs: cap on the weight of each kind of pair, same and different: pairs of one clip share
    people. max_llr: cap on appearance alone, natural logarithm: kits are alike, and calibration
    pairs are seconds apart.

    Fitted to SNMOT-060 and rendered clips with the colour histogram, OSNet and the shipped
    encoder; ``benchmarks/fit_evidence.py`` fits the weights again.
    """

    weights: tuple[float, float, float] = (10.0, -4.0, 0.0)
    strengths: tuple[float, float, float] = (0.05, 0.5, 1.0)
    max_pairs: float = 200.0
    max_llr: float = 5.0


APPEARANCE_PRIOR = AppearancePrior()


@dataclass(frozen=True, slots=True)
class Calibration:
    """A log-likelihood ratio, linear in cosine and trust, squashed to -limit..limit."""

    cosine: float
    trust: float
    constant: float
    limit: float = APPEARANCE_PRIOR.max_llr

    def llr(
        self, cosines: NDArray[np.floating], trust: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Log-likelihood ratio of one person against two, natural logarithm, within limits.

        cosines: of mean embeddings, -1..1. trust: 0..1, geometric mean of both reliabilities.
        """
        raw = self.cosine * cosines + self.trust * trust + self.constant
        return np.asarray(self.limit * np.tanh(raw / self.limit), np.float64)


def fit_calibration(
    cosines: NDArray[np.float64],
    trust: NDArray[np.float64],
    same: NDArray[np.bool_],
    prior: AppearancePrior = APPEARANCE_PRIOR,
) -> Calibration:
    """Fit the curve to pairs (N,) known to be one person (``same``) or two.

    Both kinds weigh the same, so that the log odds are a likelihood ratio without a prior. The fit
    is regularised towards the prior's weights: without pairs of one kind it is these.
    """
    kinds = [int(same.sum()), int((~same).sum())]
    if not min(kinds):
        return Calibration(*prior.weights, prior.max_llr)
    mass = min(prior.max_pairs, *kinds)
    weights = np.where(same, mass / kinds[0], mass / kinds[1])
    features = np.column_stack([cosines, trust, np.ones(len(cosines))])
    signs = np.where(same, -1.0, 1.0)
    default, strength = np.array(prior.weights), np.array(prior.strengths)

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        raw = signs * (features @ found)
        off = found - default
        slopes = weights * signs * 0.5 * (1.0 + np.tanh(raw / 2))  # of a logistic curve
        value = float(weights @ np.logaddexp(0.0, raw) + 0.5 * strength @ off**2)
        return value, features.T @ slopes + strength * off

    cosine, of_trust, constant = minimize(loss, default, jac=True, method="L-BFGS-B").x.tolist()
    return Calibration(cosine, of_trust, constant, prior.max_llr)
