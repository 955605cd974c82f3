"""Where somebody stands beside the players in view: among them, or beyond them all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MIN_PLAYERS = 6
"""Players of the teams in view, beside whom a place says something."""

_MIN_FRAMES = 5
"""Frames in which a place must be known."""


def beyond_players(
    groups: NDArray[np.intp],
    times: NDArray[np.float64],
    feet: NDArray[np.float32],
    players: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(T, 2) share of frames in which no player stands farther out, in width and in height.

    NaN for who was seen too rarely, or with too few players. A keeper stands beyond all players at
    an end, assistants and staff at a side; the referee is among them. It takes no pitch, but a
    camera that shows the pitch's length as the image's width.

    groups: (R,) the tracklet of each box, 0 to T - 1. times: (R,) seconds, one for each frame.
    feet: (R, 2) pixels. players: (T,) who is in a team's kit.
    """
    _, frames = np.unique(times, return_inverse=True)
    mine, size = players[groups], len(players)
    others = np.bincount(frames[mine], minlength=int(frames.max(initial=-1)) + 1)[frames] - mine
    told = others >= _MIN_PLAYERS
    counts = np.bincount(groups[told], minlength=size)
    shares = np.full((size, 2), np.nan)
    for axis in range(2):
        out = _outermost(frames, feet[:, axis], mine) | _outermost(frames, -feet[:, axis], mine)
        times_out = np.bincount(groups[told & out], minlength=size)
        shares[:, axis] = times_out / np.maximum(counts, 1)
    shares[counts < _MIN_FRAMES] = np.nan
    return shares


def _outermost(
    frames: NDArray[np.intp], places: NDArray[np.float32], players: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(R,) which boxes have a lower place than all other ``players`` of their frame."""
    rows = np.flatnonzero(players)
    rows = rows[np.lexsort((places[rows], frames[rows]))]
    starts = np.flatnonzero(np.diff(frames[rows], prepend=-1))
    count = int(frames.max(initial=-1)) + 1
    lowest, second = np.full(count, np.inf), np.full(count, np.inf)
    lowest[frames[rows[starts]]] = places[rows[starts]]
    after = starts[np.diff(np.append(starts, len(rows))) > 1]
    second[frames[rows[after]]] = places[rows[after + 1]]
    # The first of the players is compared with the second.
    first = players & (places == lowest[frames])
    return places < np.where(first, second[frames], lowest[frames])
