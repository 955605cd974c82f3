"""Autocorrelated random numbers around zero, one row for each person in view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Wandering:
    """Standard normal numbers, (people, columns), each the sum of a slow and a fast part.

    Both parts are first-order autoregressive, so errors come in streaks and flicker too.
    Somebody who was not in the frame before starts afresh.

    slow_share: (columns,) share of the variance that is slow. seconds: time constants of the
    slow and the fast part. frame_seconds: between two frames.
    """

    def __init__(
        self,
        slow_share: NDArray[np.float64],
        seconds: tuple[float, float],
        frame_seconds: float,
        generator: np.random.Generator,
    ) -> None:
        self._generator = generator
        self._weights = np.sqrt([slow_share, 1.0 - slow_share])
        self._keep = np.exp(-frame_seconds / np.array(seconds))[:, None, None]
        self._renewed = np.sqrt(1.0 - self._keep**2)
        self._ids = np.empty(0, np.int64)
        self._parts = np.empty((2, 0, len(slow_share)))

    def step(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """(N, columns) numbers of this frame for ``ids``, (N,) ascending."""
        fresh = self._generator.standard_normal((2, len(ids), self._weights.shape[1]))
        if np.array_equal(ids, self._ids):  # as it mostly is
            fresh = self._keep * self._parts + self._renewed * fresh
        else:
            both = np.intersect1d(ids, self._ids, assume_unique=True, return_indices=True)
            _, now, before = both
            fresh[:, now] = self._keep * self._parts[:, before] + self._renewed * fresh[:, now]
        self._ids, self._parts = ids, fresh
        found: NDArray[np.float64] = (self._weights[:, None] * fresh).sum(axis=0)
        return found
