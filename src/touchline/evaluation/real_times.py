"""Times of a video's frames, recovered from its tracks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.types import TrackTable


def uneven_times(tracks: TrackTable, frame_rate: float, count: int) -> NDArray[np.float64] | None:
    """(N,) seconds of frames 0, 1, 2, ..., at least ``count``; None where they are even.

    Even: nowhere more than a frame off what ``frame_rate`` says. Frames in which nobody is tracked
    lie evenly between their neighbours.
    """
    frames, rows = np.unique(tracks.frames, return_index=True)
    if len(frames) < 2:
        return None
    times = tracks.times[rows]
    even = times[0] + (frames - frames[0]) / frame_rate
    if np.abs(times - even).max() <= 1.0 / frame_rate or (np.diff(times) <= 0).any():
        return None
    wanted = np.arange(max(count, int(frames[-1]) + 1))
    found: NDArray[np.float64] = np.interp(wanted, frames, times)
    for outside, nearest in ((wanted < frames[0], 0), (wanted > frames[-1], -1)):
        found[outside] = times[nearest] + (wanted[outside] - frames[nearest]) / frame_rate
    return found
