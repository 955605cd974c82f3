"""The kits of the two teams: two trimmed cluster centres among the colours of tracklets.

Colours are compared in units of their own noise: the scatter of a tracklet's rows around its
median, in each direction of the space. In these units players of one team lie within 2 to 4 of
its centre, other people 6 and more away, and teams in all but indistinguishable kits 5 and more
apart (25 rendered matches, SNMOT-060).

Two centres with a truncated loss: Garcia-Escudero et al., "A general trimming approach to robust
cluster analysis", 2008, in spirit; the start is an exhaustive search over pairs of tracklets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class KitModel:
    """How colours of one kit scatter. Distances are in units of the noise.

    max_distance: a tracklet farther than this from both centres wears neither kit. min_between:
    two centres closer than this are one team: halves of one lie up to about 2.5 apart. noise:
    (12,) standard deviation over one person's boxes of what ``perception.shirts`` measures: means
    of L, a, b over the torso, their spread there, means over shorts and over socks; the median of
    29 clips. noise_views: weight of that noise, in views; a clip of short tracklets says little
    about its own.

    Measured on 25 rendered matches, SNMOT-060 and three other clips; see
    ``benchmarks/fit_evidence.py``.
    """

    max_distance: float = 5.0
    min_between: float = 3.5
    noise: tuple[float, ...] = (14.0, 4.0, 4.0, 6.0, 2.0, 2.5, 14.0, 3.0, 4.0, 12.0, 3.5, 4.0)
    noise_views: float = 50.0


KIT_MODEL = KitModel()

_CANDIDATES = 80
"""Tracklets, sampled by weight, of which every pair is tried as centres."""

_ROUNDS = 20
_CLIP = 3.0  # in standard deviations: rows that show somebody else are no noise


def noise_units(
    colours: NDArray[np.float64],
    groups: NDArray[np.intp],
    medians: NDArray[np.float64],
    views: NDArray[np.float64],
    model: KitModel = KIT_MODEL,
) -> NDArray[np.float64]:
    """(12, 12) matrix W such that ``colours @ W`` has unit noise in every direction.

    colours: (R, 12) of ``perception.shirts``. groups: (R,) which row of ``medians`` (T, 12) each
    belongs to. views: (T,) number of independent images a tracklet's rows are worth.
    """
    default = np.array(model.noise)
    deviations = colours - medians[groups]
    scale = np.maximum(1.4826 * np.median(np.abs(deviations), axis=0), default / 2)
    deviations = np.clip(deviations, -_CLIP * scale, _CLIP * scale)
    # One view says nothing about noise; of several, the median takes one degree of freedom.
    telling = np.where(views > 1, views, 0.0)
    weights = (telling / np.maximum(np.bincount(groups, minlength=len(views)), 1))[groups]
    noise = (weights[:, None] * deviations).T @ deviations
    noise += model.noise_views * np.diag(np.square(default))
    noise /= np.maximum(telling - 1.0, 0.0).sum() + model.noise_views
    whitening: NDArray[np.float64] = np.linalg.inv(np.linalg.cholesky(noise)).T
    return whitening


def gate(views: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """(T,) squared distance up to which a tracklet wears a kit; larger for few views."""
    return np.asarray(KIT_MODEL.max_distance**2 + size / np.maximum(views, 1.0))


def two_kits(places: NDArray[np.float64], views: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, S) centres of the two most common kits; the second NaN where there is only one.

    places: (T, S) colours of tracklets in units of noise, T at least 1. views: (T,) their weights,
    all above 0.
    """
    draw = np.random.default_rng(0)
    tried = draw.choice(len(places), min(_CANDIDATES, len(places)), False, views / views.sum())
    # An outlier costs as much as a tracklet just within reach.
    costs = np.minimum(
        squared_distances(places[tried], places),
        gate(views, places.shape[1]) + places.shape[1] / views[tried, None],
    )
    best, pair = np.inf, (0, 0)
    for first in range(len(tried)):
        together = np.minimum(costs[first], costs[first:]) @ views
        second = int(together.argmin())
        if together[second] < best:
            best, pair = float(together[second]), (first, first + second)
    centres = _settled(places, views, places[tried[list(pair)]])
    if np.linalg.norm(centres[0] - centres[1]) < KIT_MODEL.min_between:
        one = places[tried[[int((costs @ views).argmin())]]]
        centres = np.vstack([_settled(places, views, one), np.full_like(one, np.nan)])
    return centres


def squared_distances(
    places: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, K) squared distances; infinite from a centre that is NaN."""
    columns = [np.square(places - centre).sum(axis=1) for centre in centres]
    squares = np.stack(columns, axis=1) if columns else np.empty((len(places), 0))
    return np.asarray(np.where(np.isnan(squares), np.inf, squares))


def _settled(
    places: NDArray[np.float64], views: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The centres moved to the means of their nearest tracklets, until they converge."""
    for _ in range(_ROUNDS):
        squares = squared_distances(places, centres)
        nearest = squares.argmin(axis=1)
        near = squares.min(axis=1) <= gate(views, places.shape[1])
        moved = centres.copy()
        for team in range(len(centres)):
            mine = near & (nearest == team)
            if mine.any():
                moved[team] = np.average(places[mine], axis=0, weights=views[mine])
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres
