"""Cosine to log-likelihood ratio: logistic calibration on pairs of the clip known for certain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

_DEFAULT = (10.0, -4.0, 0.0)
"""Default weights of cosine, trust and 1, from other clips: used where a clip has few pairs."""

_DEFAULT_STRENGTH = (0.05, 0.5, 1.0)
"""Strength of the pull towards each default weight; worth about ten pairs."""

_MOST_PAIRS = 200.0
"""Cap on the weight of each kind of pair: pairs of one clip share people."""

MAX_LLR = 5.0
"""Cap on appearance alone: kits are alike, and calibration pairs are seconds apart."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A log-likelihood ratio, linear in cosine and trust, squashed to -limit..limit."""

    cosine: float
    trust: float
    constant: float
    limit: float = MAX_LLR

    def llr(
        self, cosines: NDArray[np.floating], trust: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Log-likelihood ratio of one person against two, natural logarithm, within limits.

        cosines: of mean embeddings, -1..1. trust: 0..1, geometric mean of both reliabilities.
        """
        raw = self.cosine * cosines + self.trust * trust + self.constant
        return np.asarray(self.limit * np.tanh(raw / self.limit), np.float64)


def fit_calibration(
    cosines: NDArray[np.float64], trust: NDArray[np.float64], same: NDArray[np.bool_]
) -> Calibration:
    """Fit the curve to pairs (N,) known to be one person (``same``) or two.

    Both kinds weigh the same, so that the log odds are a likelihood ratio without a prior. The fit
    is regularised towards the default weights: without pairs of one kind it is these.
    """
    kinds = [int(same.sum()), int((~same).sum())]
    if not min(kinds):
        return Calibration(*_DEFAULT)
    mass = min(_MOST_PAIRS, *kinds)
    weights = np.where(same, mass / kinds[0], mass / kinds[1])
    features = np.column_stack([cosines, trust, np.ones(len(cosines))])
    signs = np.where(same, -1.0, 1.0)
    default, strength = np.array(_DEFAULT), np.array(_DEFAULT_STRENGTH)

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        raw = signs * (features @ found)
        off = found - default
        slopes = weights * signs * 0.5 * (1.0 + np.tanh(raw / 2))  # of a logistic curve
        value = float(weights @ np.logaddexp(0.0, raw) + 0.5 * strength @ off**2)
        return value, features.T @ slopes + strength * off

    return Calibration(*minimize(loss, default, jac=True, method="L-BFGS-B").x.tolist())
