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


def joined(parts: list[tuple[float, float]], around: float) -> list[tuple[float, float]]:
    """The stretches, ascending, with ``around`` seconds before and after; what meets is one."""
    whole: list[tuple[float, float]] = []
    for start, end in parts:
        if whole and start - around <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end + around))
        else:
            whole.append((start - around, end + around))
    return whole


def clock(seconds: float | None) -> str:
    """``1:02:03.4``, without hours where there are none; ``-`` for None."""
    if seconds is None:
        return "-"
    tenths = round(seconds * 10)
    hours, rest = divmod(tenths, 36000)
    minutes, rest = divmod(rest, 600)
    ending = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{ending}" if hours else f"{minutes}:{ending}"
