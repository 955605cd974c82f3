"""When somebody is in the image: stretches of time without a longer pause."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_PAUSE_SECONDS = 1.0
"""Seconds: a person out of sight for less is still in the same stretch."""


def stretches(
    times: NDArray[np.float64], max_pause: float = MAX_PAUSE_SECONDS
) -> list[tuple[float, float]]:
    """First and last of ``times`` (M,), ascending seconds, of each stretch without such a pause."""
    if not len(times):
        return []
    breaks = np.flatnonzero(np.diff(times) > max_pause)
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(times) - 1)
    return list(zip(times[starts].tolist(), times[ends].tolist(), strict=True))
