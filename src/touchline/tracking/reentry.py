"""Who came back: new tracks matched to absent ones by appearance, where motion cannot tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.tracking.appearance import Vectors, distance_matrix
from touchline.tracking.association import Distances, assign
from touchline.tracking.config import ReentryConfig

DEPTH_FORESHORTENING = 3.0
"""Broadcast cameras look at the pitch from low: a way in depth looks shorter by about so much."""

UNKNOWN_WAY = 0.3
"""The way of a player between two shots, as a share of what is plausible: a middling one."""


class Reentry(NamedTuple):
    """A decision: the track that was shown as ``new_id`` until ``time`` is ``old_id``."""

    time: float
    new_id: int
    old_id: int


class Candidates(NamedTuple):
    """Tracks that may be one person: the absent ones, or the new ones.

    feet: (N, 3) foot x, foot y and height in pixels of this frame. times: (N,) seconds, when an
    absent one was last seen, when a new one was first. looks: (N, D) mean embeddings, seen from
    the clip's mean. placed: (N,) whether ``feet`` means anything. at_border: (N,) whether the
    absent one left, or the new one entered, at the picture's border.
    """

    feet: NDArray[np.float64]
    times: NDArray[np.float64]
    looks: Vectors
    placed: NDArray[np.bool_]
    at_border: NDArray[np.bool_]


def find_returns(
    absent: Candidates, new: Candidates, now: float, config: ReentryConfig
) -> list[tuple[int, int]]:
    """The sure pairs of (row in ``absent``, row in ``new``) that are one person.

    Nobody returns before he left, later than ``max_absent_seconds``, faster than ``max_speed``,
    or, having left over the picture's border, in the middle of it.
    """
    look = distance_matrix(absent.looks, new.looks)
    gap = new.times - absent.times[:, None]
    way = way_distances(absent.feet, new.feet, now - absent.times[:, None], config)
    way[~absent.placed] = UNKNOWN_WAY
    over_border = (absent.placed & absent.at_border)[:, None] & ~new.at_border
    refused = (gap <= 0.0) | (gap > config.max_absent_seconds) | over_border
    refused |= (look > config.max_appearance_distance) | (way >= 1.0)
    distances = (look + way) / 2
    distances[refused] = np.inf
    return sure_pairs(distances, config.max_distance, config.min_margin)


def way_distances(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    seconds: NDArray[np.float64],
    config: ReentryConfig,
) -> Distances:
    """(N, M) way from each start to each end as a share of what is plausible in that time.

    start, end: (N, 3) and (M, 3) of foot x, foot y and height; seconds: (N, M) or (N, 1).
    """
    height = (start[:, None, 2] + end[:, 2]) / 2
    across = end[:, 0] - start[:, None, 0]
    depth = (end[:, 1] - start[:, None, 1]) * DEPTH_FORESHORTENING
    reach = config.max_jump + config.max_speed * seconds
    return np.asarray(np.hypot(across, depth) / (height * reach), np.float64)


def sure_pairs(distances: Distances, limit: float, min_margin: float) -> list[tuple[int, int]]:
    """The pairs of the best assignment without which it would be worse by ``min_margin``.

    All pairs are weighed together: two players who return at once and look alike to a third do
    not hinder each other. Leaving a column alone costs ``limit``.
    """
    rows, columns = assign(distances, limit)
    best = float((distances[rows, columns] - limit).sum())
    sure = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        without = distances.copy()
        without[row, column] = np.inf
        others = assign(without, limit)
        if float((without[others] - limit).sum()) - best >= min_margin:
            sure.append((row, column))
    return sure


def feet_of(boxes: Boxes) -> NDArray[np.float64]:
    """(N, 3) foot x, foot y and height of boxes."""
    height = boxes[:, 3] - boxes[:, 1]
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3], height])
