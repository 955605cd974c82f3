"""Other ways to pair tracks with detections than the least sum of all distances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from touchline.tracking.association import Distances, Pairs, assign
from touchline.types import Index

_FALL = 0.05
"""By so much the limit falls from one round of mutual choices to the next (TrackTrack)."""

_ONE_TRACK_MARGIN, _MARGIN = 0.1, 0.15
"""Motion is ambiguous where the next best pairs are less than this further away, for a pair."""

_MIN_DIFFERENCE = 0.1
"""Of several tracks at one box, looks decide where they differ by this, else who is in front."""


def assign_mutually(distances: Distances, limit: float) -> Pairs:
    """The pairs of which each is the other's nearest, in rounds with a falling ``limit``.

    After TrackTrack (CVPR 2025): who is sure chooses first, and what is left must be nearer.
    """
    left = distances.copy()
    rows: list[Index] = [np.empty(0, np.intp)]
    columns: list[Index] = [np.empty(0, np.intp)]
    each = np.arange(len(left))
    while left.size:
        nearest = left.argmin(axis=1)
        mutual = left.argmin(axis=0)[nearest] == each
        taken = (mutual & (left[each, nearest] < limit)).nonzero()[0]
        if not len(taken):
            break
        rows.append(taken)
        columns.append(nearest[taken])
        left[taken], left[:, nearest[taken]] = np.inf, np.inf
        limit -= _FALL
    return np.concatenate(rows), np.concatenate(columns)


def assign_by_component(
    distances: Distances,
    limit: float,
    fronts: NDArray[np.float64],
    looks: Callable[[Index, Index], Distances],
) -> Pairs:
    """The pairs of each group of tracks and detections that are within ``limit`` of each other.

    Appearance counts only where motion is ambiguous, after DeconfuseTrack (CVPR 2024), in our
    reading of its abstract; the numbers are ours.

    fronts: (N,) how near to the camera each track is. looks: distances of appearance in 0..1 of
    some rows to some columns, NaN where not known.
    """
    near = distances < limit
    tracks, detections = near.nonzero()
    count = len(distances)
    joined = coo_array(
        (np.ones(len(tracks)), (tracks, detections + count)), shape=(sum(distances.shape),) * 2
    )
    _, groups = connected_components(joined, directed=False)
    pairs = [(tracks[:0], detections[:0])]
    for group in np.unique(groups[tracks]).tolist():
        rows = (groups[:count] == group).nonzero()[0]
        columns = (groups[count:] == group).nonzero()[0]
        there = distances[rows[:, None], columns]
        if there.size == 1:
            found = np.zeros(1, np.intp), np.zeros(1, np.intp)
        elif len(columns) == 1:
            found = _one_box(there[:, 0], limit, fronts[rows], looks(rows, columns)[:, 0])
        else:
            found = assign(there, limit)
            if _is_ambiguous(there, limit, found):
                seen = looks(rows, columns)
                mixed = np.where(np.isnan(seen), there, (there + seen) / 2)
                found = assign(np.where(there < limit, mixed, np.inf), limit)
        pairs.append((rows[found[0]], columns[found[1]]))
    return np.concatenate([one for one, _ in pairs]), np.concatenate([one for _, one in pairs])


def _one_box(
    distances: NDArray[np.float64],
    limit: float,
    fronts: NDArray[np.float64],
    looks: NDArray[np.float64],
) -> Pairs:
    """Which of several tracks has the only box: who looks like it, or else who hides the others."""
    near = (distances < limit).nonzero()[0]
    known = looks[near]
    winner = near[fronts[near].argmax()]
    if not np.isnan(known).any() and np.diff(np.sort(known)[:2])[0] >= _MIN_DIFFERENCE:
        winner = near[known.argmin()]
    return np.array([winner]), np.zeros(1, np.intp)


def _is_ambiguous(distances: Distances, limit: float, found: Pairs) -> bool:
    """Whether some other pairs are nearly as good as those found."""
    margin = (_MARGIN if len(distances) > 1 else _ONE_TRACK_MARGIN) * len(found[0])
    costs = np.minimum(distances, limit) - limit
    best = costs[found].sum()
    for row, column in zip(*(each.tolist() for each in found), strict=True):
        without = distances.copy()
        without[row, column] = np.inf
        if costs[assign(without, limit)].sum() - best < margin:
            return True
    return False
