"""How wide and long a team stands: over the moments in which enough of it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.positions import Positions
from touchline.types import Mask

LEAST_PEOPLE = 6
"""Of a team in view, that their places say something of its shape."""

_EVERY = 0.2  # seconds between the moments that are looked at


@dataclass(frozen=True, slots=True)
class TeamShape:
    """The middle of what a team measures over its moments.

    Args:
        seconds: in which enough of it is seen.
        length: metres along the pitch from its last to its foremost player.
        width: metres across.
        people: how many are seen at once, on average.
    """

    seconds: float
    length: float
    width: float
    people: float


def find_team_shape(positions: Positions, own: Mask) -> TeamShape | None:
    """The shape of the people in rows ``own`` (M,); None where never enough of them are seen.

    Keepers should not be among them: they make every team as long as half the pitch.
    """
    rows = np.flatnonzero(own & positions.known)
    frames, first, counts = np.unique(positions.frames[rows], return_index=True, return_counts=True)
    if not len(frames):
        return None
    times = positions.times[rows[first]]
    chosen = (counts >= LEAST_PEOPLE) & (np.diff(np.floor(times / _EVERY), prepend=-1) > 0)
    if not chosen.any():
        return None
    spans = [
        np.ptp(positions.places[rows[start : start + count]], axis=0)
        for start, count in zip(first[chosen].tolist(), counts[chosen].tolist(), strict=True)
    ]
    length, width = np.median(spans, axis=0).tolist()
    return TeamShape(
        float(chosen.sum()) * _EVERY, float(length), float(width), float(counts[chosen].mean())
    )
