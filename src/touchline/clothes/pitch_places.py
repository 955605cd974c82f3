"""Where somebody stands on the pitch: at a touchline, behind a goal, before their own, or in play.

It needs the camera of the frames. ``positions`` says less without one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchline.types import Floats, Index, Ints, Mask

CELLS = ("in-play", "touchline", "behind-goal", "goal-area", "deepest")
"""Where somebody mostly is: none of the others; within a metre inside of a touchline, or outside
of it; outside of a goal line; in a penalty area, nobody of the players nearer to that goal line;
elsewhere nearer to a goal line than any player in view."""

_IN_PLAY, _TOUCHLINE, _BEHIND, _GOAL_AREA, _DEEPEST = range(len(CELLS))

_INSIDE = 1.0
"""Metres from the line, on the pitch, where an assistant may stand: feet are as exact as that."""

_BEHIND_BY = 1.0
"""Metres outside of the goal line: keepers stand on it."""

_AREA = (18.0, 21.5)
"""Metres from the goal line and from the middle in which a keeper mostly is: the penalty area."""

_MIN_OTHERS = 3
"""Players of the teams known at a moment, beside whom somebody is the deepest."""

_MIN_FRAMES = 5
_KNOWN_SHARE = 0.4
"""Frames and share of somebody's frames in which their place must be known."""


class PitchPlaces(NamedTuple):
    """Where R boxes are. places: (R, 2) metres, NaN where not known. size: the pitch, in metres."""

    places: Floats
    size: tuple[float, float]


def pitch_cells(groups: Index, times: Floats, ground: PitchPlaces, players: Mask) -> Ints:
    """(T,) which of ``CELLS`` each tracklet is in for most of the time; -1 where not known.

    groups: (R,) the tracklet of each box, 0 to T - 1. times: (R,) seconds. players: (T,) who wears
    a team's kit.
    """
    places, half = ground.places, (ground.size[0] / 2, ground.size[1] / 2)
    known = np.asarray(np.isfinite(places).all(axis=1))
    x, y = np.nan_to_num(places).T
    deep = _is_deepest(times, x, known, players[groups])
    area = (half[0] - np.abs(x) < _AREA[0]) & (np.abs(y) < _AREA[1])
    cells = np.where(deep & area, _GOAL_AREA, np.where(deep, _DEEPEST, _IN_PLAY))
    cells = np.where(np.abs(x) > half[0] + _BEHIND_BY, _BEHIND, cells)
    cells = np.where(np.abs(y) > half[1] - _INSIDE, _TOUCHLINE, cells)
    counts = np.zeros((len(players), len(CELLS)), np.int64)
    np.add.at(counts, (groups[known], cells[known]), 1)
    seen = counts.sum(axis=1)
    most = np.where(2 * counts.max(axis=1) > seen, counts.argmax(axis=1), _IN_PLAY)
    # A keeper who leaves the area is the deepest still.
    own_goal = counts[:, [_GOAL_AREA, _DEEPEST]]
    alone = 2 * own_goal.sum(axis=1) > seen
    most = np.where(alone, np.array([_GOAL_AREA, _DEEPEST])[own_goal.argmax(axis=1)], most)
    told = (seen >= _MIN_FRAMES) & (seen >= _KNOWN_SHARE * np.bincount(groups, minlength=len(seen)))
    return np.where(told, most, -1)


def _is_deepest(times: Floats, x: Floats, known: Mask, mine: Mask) -> Mask:
    """(R,) whether no player in view, but they themselves, is nearer to the goal line of their
    half. mine: (R,) whose boxes are players'.
    """
    _, frames = np.unique(times, return_inverse=True)
    size = int(frames.max(initial=-1)) + 1
    rows = np.flatnonzero(known & mine)
    others = np.bincount(frames[rows], minlength=size)[frames] - (known & mine)
    deepest = np.zeros(len(x), np.bool_)
    for side in (-1.0, 1.0):
        depth = side * x
        order = rows[np.lexsort((-depth[rows], frames[rows]))]
        starts = np.flatnonzero(np.diff(frames[order], prepend=-1))
        first, second = np.full(size, -np.inf), np.full(size, -np.inf)
        first[frames[order[starts]]] = depth[order[starts]]
        after = starts[np.diff(np.append(starts, len(order))) > 1]
        second[frames[order[after]]] = depth[order[after + 1]]
        own = known & mine & (depth == first[frames])
        deepest |= (depth > 0) & (depth > np.where(own, second[frames], first[frames]))
    return deepest & known & (others >= _MIN_OTHERS)
