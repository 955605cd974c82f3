"""One frame's association: which detection continues which track, in three rounds or more."""

from __future__ import annotations

from functools import partial

import numpy as np

from touchline.tracking.appearance import Vectors
from touchline.tracking.assignments import assign_by_component, assign_mutually
from touchline.tracking.association import Distances, Pairs, assign
from touchline.tracking.config import TrackerConfig
from touchline.tracking.past_boxes import expected_boxes
from touchline.tracking.rows import LOST, TENTATIVE, TRACKED, TrackRows
from touchline.tracking.seen import Seen
from touchline.tracking.similarity import (
    box_distances,
    fuse_appearance,
    look_distances,
    with_terms,
)
from touchline.types import Index


def associate(
    rows: TrackRows, seen: Seen, centre: Vectors, config: TrackerConfig, now: float
) -> tuple[Pairs, Index]:
    """All pairs of (track row, detection), and the unmatched high-score detections.

    First high-score detections with known tracks, by motion and appearance, where asked for with
    the low-score ones among them, again with wider boxes and with those where tracks were last
    seen; then low-score ones with the tracks of the frame before, by motion; then the remaining
    high-score ones with tracks not yet confirmed. ``centre`` is the embedding that others are
    measured from, ``now`` in seconds.
    """
    status = rows.status
    expected = expected_boxes(rows, config, now)
    distances = box_distances(rows, seen, expected, config.expansion, config)
    high = seen.scores >= config.min_high_score
    free = high.nonzero()[0]
    known = ((status == TRACKED) | (status == LOST)).nonzero()[0]
    together = config.low_score_distance is not None
    tried = np.arange(len(high)) if together else free
    fused = fuse_appearance(rows, seen, distances, known, tried, centre, config)
    fused = with_terms(rows, seen, expected, fused, known, tried, config)
    if config.assignment == "components":
        looks = partial(look_distances, rows, seen, centre, known, tried)
        found = assign_by_component(fused, config.max_distance, expected[known, 3], looks)
        pairs = [(known[found[0]], tried[found[1]])]
    else:
        pairs = [_pair(fused, known, tried, config.max_distance, config)]
    if config.wider_expansion is not None:
        left = _left(pairs, known, free, len(status), len(high))
        wide = box_distances(rows, seen, expected, config.wider_expansion, config)
        fused = fuse_appearance(rows, seen, wide, *left, centre, config)
        pairs.append(_pair(fused, *left, config.max_distance, config))
    if config.last_box_distance is not None:
        left = _left(pairs, known, free, len(status), len(high))
        there = box_distances(rows, seen, rows.past[:, 0], 0.0, config)
        there = there[left[0][:, None], left[1]]
        pairs.append(_pair(there, *left, config.last_box_distance, config))
    known, free = _left(pairs, known, free, len(status), len(high))
    if config.later_expansion is not None:
        distances = box_distances(rows, seen, expected, config.later_expansion, config)
    if not together and not high.all():
        recent = known[status[known] == TRACKED]
        low = (~high).nonzero()[0]
        there = distances[recent[:, None], low]
        pairs.append(_pair(there, recent, low, config.max_second_distance, config))
    tentative = (status == TENTATIVE).nonzero()[0]
    if len(tentative) and len(free):
        fused = fuse_appearance(rows, seen, distances, tentative, free, centre, config)
        pairs.append(_pair(fused, tentative, free, config.max_tentative_distance, config))
        free = _without(free, pairs[-1][1], len(high))
    if len(pairs) == 1:
        return pairs[0], free
    matched = np.concatenate([chosen for chosen, _ in pairs])
    return (matched, np.concatenate([columns for _, columns in pairs])), free


def _left(
    pairs: list[Pairs], chosen: Index, columns: Index, tracks: int, detections: int
) -> tuple[Index, Index]:
    """The rows ``chosen`` and the ``columns`` that are in none of the pairs so far."""
    for matched, taken in pairs:
        chosen, columns = _without(chosen, matched, tracks), _without(columns, taken, detections)
    return chosen, columns


def _pair(
    distances: Distances, chosen: Index, columns: Index, limit: float, config: TrackerConfig
) -> Pairs:
    """Assign within a block of the distances, and return rows and columns of the whole."""
    if not distances.size:
        return chosen[:0], columns[:0]
    by = assign_mutually if config.assignment == "mutual" else assign
    picked, of_columns = by(distances, limit)
    return chosen[picked], columns[of_columns]


def _without(values: Index, taken: Index, count: int) -> Index:
    """The ``values`` that are not among ``taken``, all of them below ``count``; in order."""
    left = np.zeros(count, np.bool_)
    left[values] = True
    left[taken] = False
    return left.nonzero()[0]
