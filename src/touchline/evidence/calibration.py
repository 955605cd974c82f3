"""From likeness to odds: a logistic curve, fitted to pairs of the clip that are known for sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

_USUAL = (10.0, -4.0, 0.0)
"""Weights of cosine, trust and 1 on other clips: what holds where a clip has few pairs."""

_USUAL_STRENGTH = (0.05, 0.5, 1.0)
"""How much leaving them costs, for each of the weights; about as much as ten pairs say."""

_MOST_PAIRS = 200.0
"""Pairs of one clip share people: more than this of a kind say no more than this."""

MAX_ODDS = 5.0
"""Looks alone never say more: kits are alike, and calibrating pairs are of neighbouring seconds."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A log-likelihood ratio, linear in cosine and trust, bent to stay within -limit..limit."""

    cosine: float
    trust: float
    constant: float
    limit: float = MAX_ODDS

    def odds(
        self, cosines: NDArray[np.floating], trust: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """How much sooner one person's than two people's: natural logarithm, within limits.

        cosines: of mean looks, -1..1. trust: 0..1, geometric mean of both reliabilities.
        """
        raw = self.cosine * cosines + self.trust * trust + self.constant
        return np.asarray(self.limit * np.tanh(raw / self.limit), np.float64)


def fit_calibration(
    cosines: NDArray[np.float64], trust: NDArray[np.float64], same: NDArray[np.bool_]
) -> Calibration:
    """The curve for pairs (N,) that are known to be one person's (``same``) or two people's.

    Both kinds weigh the same, so that odds are a likelihood ratio and hold no prior. The fit
    leans to the weights of other clips: without a pair of one kind it is these.
    """
    kinds = [int(same.sum()), int((~same).sum())]
    if not min(kinds):
        return Calibration(*_USUAL)
    mass = min(_MOST_PAIRS, *kinds)
    weights = np.where(same, mass / kinds[0], mass / kinds[1])
    features = np.column_stack([cosines, trust, np.ones(len(cosines))])
    signs = np.where(same, -1.0, 1.0)
    usual, strength = np.array(_USUAL), np.array(_USUAL_STRENGTH)

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        raw = signs * (features @ found)
        off = found - usual
        slopes = weights * signs * 0.5 * (1.0 + np.tanh(raw / 2))  # of a logistic curve
        value = float(weights @ np.logaddexp(0.0, raw) + 0.5 * strength @ off**2)
        return value, features.T @ slopes + strength * off

    return Calibration(*minimize(loss, usual, jac=True, method="L-BFGS-B").x.tolist())
