"""Paths smoothed by local regression: places, velocities and accelerations, and how sure they are.

Robust locally weighted regression (Cleveland, "Robust locally weighted regression and smoothing
scatterplots", JASA 1979) with a parabola: at each moment one is fitted to the places nearby, with
tricube weights over time; places far from it lose their weight, and it is fitted again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.types import Floats, Ints

_ROUNDS = 3  # one fit, and two with the weights of the residuals before
_TERMS = 3  # of a parabola
_RIDGE = 1e-9
_LEAST_NOISE = 0.05  # metres: nobody's feet are known better


@dataclass(frozen=True, slots=True)
class SmoothPaths:
    """Paths at M moments; NaN where nothing near them is known.

    Args:
        places: (M, 2) metres.
        velocities: (M, 2) metres a second.
        accelerations: (M, 2) metres a second squared.
        errors: (M, 3) standard deviations of places, velocities and accelerations along one axis.
    """

    places: Floats
    velocities: Floats
    accelerations: Floats
    errors: Floats


def smooth_paths(
    owners: Ints, times: Floats, places: Floats, weights: Floats, seconds: float
) -> SmoothPaths:
    """The paths of people through measured places.

    Args:
        owners: (M,) whose place it is; those of one person follow each other.
        times: (M,) seconds, ascending within each person.
        places: (M, 2) metres; NaN where none was measured.
        weights: (M,) how much each counts; 0 for none.
        seconds: those beyond half of this before or after a moment say nothing of it.
    """
    known = np.isfinite(places).all(axis=1) & (weights > 0)
    base = np.where(known, weights, 0.0)
    values = np.where(known[:, None], places, 0.0)
    terms, spread = _fit(owners, times, values, base, seconds / 2)
    for _ in range(_ROUNDS - 1):
        away = np.hypot(*(values - terms[:, 0]).T)
        noise = _usual(np.where(known, away, np.nan), owners)
        near = np.clip(1 - (np.nan_to_num(away) / (6 * noise)) ** 2, 0, 1) ** 2
        terms, spread = _fit(owners, times, values, base * near, seconds / 2)
    away = np.where(known, np.hypot(*(values - terms[:, 0]).T), np.nan)
    errors = _usual(away, owners)[:, None] * np.sqrt(spread)
    errors[:, 2] *= 2
    return SmoothPaths(terms[:, 0], terms[:, 1], 2 * terms[:, 2], errors)


def _usual(away: Floats, owners: Ints) -> Floats:
    """(M,) the median of what each person's known places are away from their path, metres."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1 if len(owners) else 0) != 0)
    starts = np.union1d(starts, [0]) if len(owners) else starts
    found = np.full(len(owners), _LEAST_NOISE)
    for own in np.split(np.arange(len(owners)), starts[1:]):
        own_away = away[own][np.isfinite(away[own])]
        if len(own_away):
            found[own] = max(float(np.median(own_away)), _LEAST_NOISE)
    return found


def _fit(
    owners: Ints, times: Floats, values: Floats, weights: Floats, reach: float
) -> tuple[Floats, Floats]:
    """(M, 3, 2) the parabola at each moment, constant term first, and (M, 3) its variances.

    In units of the variance of one place. reach: seconds.
    """
    count = len(times)
    moments = np.zeros((2 * _TERMS - 1, count))
    squares = np.zeros((2 * _TERMS - 1, count))  # the same of squared weights
    sums = np.zeros((_TERMS, 2, count))
    for step in range(count):
        early, late = slice(0, count - step), slice(step, count)
        apart = (times[late] - times[early]) / reach
        near = (owners[late] == owners[early]) & (apart < 1)
        if not near.any():
            break
        weight = np.where(near, (1 - np.clip(apart, 0, 1) ** 3) ** 3, 0.0)
        sums_of = (moments, squares, sums)
        _gather(*sums_of, early, apart, weight * weights[late], values[late].T)
        if step:
            _gather(*sums_of, late, -apart, weight * weights[early], values[early].T)
    places = np.arange(_TERMS)
    square = places[:, None] + places
    scale = np.maximum(moments[0], 1e-12)[:, None, None]
    matrix = np.moveaxis(moments[square], -1, 0) / scale + _RIDGE * np.eye(_TERMS)
    inverse = np.linalg.inv(matrix) / scale
    units = reach ** -places.astype(np.float64)
    terms = inverse @ np.moveaxis(sums, -1, 0) * units[:, None]
    spread = inverse @ np.moveaxis(squares[square], -1, 0) @ inverse
    variances = np.maximum(np.diagonal(spread, axis1=1, axis2=2), 0.0) * units**2
    nothing = moments[0] <= 1e-9
    terms[nothing], variances[nothing] = np.nan, np.nan
    return terms, variances


def _gather(
    moments: Floats,
    squares: Floats,
    sums: Floats,
    at: slice,
    apart: Floats,
    weight: Floats,
    values: Floats,
) -> None:
    """Add one neighbour of each moment to its sums."""
    power = weight.copy()
    for place in range(len(moments)):
        moments[place, at] += power
        squares[place, at] += power * weight
        if place < _TERMS:
            sums[place, :, at] += power * values
        power *= apart
