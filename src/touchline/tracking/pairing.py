"""One frame's association: which detection continues which track, in three rounds or more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_cxcywh
from touchline.tracking.appearance import Vectors, are_embedded, pair_distances
from touchline.tracking.association import Distances, Pairs, assign, overlap_distances
from touchline.tracking.config import TrackerConfig
from touchline.tracking.past_boxes import direction_bonus, expected_boxes
from touchline.tracking.rows import LOST, TENTATIVE, TRACKED, TrackRows
from touchline.types import ROLES, Detections, Index, Roles

SORTED_ROLES: Roles = np.sort(np.array(ROLES))
"""Role names in the order in which tracks count votes."""

_BALL = int(SORTED_ROLES.searchsorted("ball"))


@dataclass(frozen=True, slots=True)
class Seen:
    """The detections of one frame that are tracked, and what is derived from them once.

    rows: (N,) their rows among all detections of the frame.
    centres: the boxes as (centre x, centre y, width, height). roles: positions in SORTED_ROLES.
    embeddings: None where no detection was embedded. embedded: (N,) which were.
    """

    rows: Index
    boxes: Boxes
    centres: Boxes
    scores: NDArray[np.float64]
    roles: Index
    embeddings: Vectors | None
    embedded: NDArray[np.bool_]


def select(detections: Detections, wanted: NDArray[np.bool_], min_score: float) -> Seen:
    """The detections of the ``wanted`` roles (by position in SORTED_ROLES) that score enough."""
    roles = SORTED_ROLES.searchsorted(detections.roles)
    boxes, scores, embeddings = detections.boxes, detections.scores, detections.embeddings
    keep = wanted[roles] & (scores >= min_score)
    rows = keep.nonzero()[0]
    if len(rows) < len(keep):
        boxes, scores, roles = boxes[keep], scores[keep], roles[keep]
        embeddings = None if embeddings is None else embeddings[keep]
    if embeddings is None:
        embedded = np.zeros(len(scores), np.bool_)
    else:
        embedded = are_embedded(embeddings) & (roles != _BALL)  # balls are not embedded
        embeddings = embeddings if embedded.any() else None
    return Seen(rows, boxes, corners_to_cxcywh(boxes), scores, roles, embeddings, embedded)


def associate(
    rows: TrackRows, seen: Seen, centre: Vectors, config: TrackerConfig, now: float
) -> tuple[Pairs, Index]:
    """All pairs of (track row, detection), and the unmatched high-score detections.

    First high-score detections with known tracks, by motion and appearance, where asked for again
    with wider boxes and with those where tracks were last seen; then low-score ones with the tracks
    of the frame before, by motion; then the remaining high-score ones with tracks not yet
    confirmed. ``centre`` is the embedding that others are measured from, ``now`` in seconds.
    """
    status = rows.status
    expected = expected_boxes(rows, config, now)
    distances = _distances(rows, seen, expected, config.expansion, config)
    high = seen.scores >= config.min_high_score
    free = high.nonzero()[0]
    known = ((status == TRACKED) | (status == LOST)).nonzero()[0]
    fused = _fuse(rows, seen, distances, known, free, centre, config)
    if config.direction_weight and fused.size:
        bonus = direction_bonus(rows, known, seen.boxes[free], seen.scores[free])
        fused = fused - config.direction_weight * bonus
    pairs = [_pair(fused, known, free, config.max_distance)]
    if config.wider_expansion is not None:
        left = _left(pairs, known, free, len(status), len(high))
        wide = _distances(rows, seen, expected, config.wider_expansion, config)
        fused = _fuse(rows, seen, wide, *left, centre, config)
        pairs.append(_pair(fused, *left, config.max_distance))
    if config.last_box_distance is not None:
        left = _left(pairs, known, free, len(status), len(high))
        there = _distances(rows, seen, rows.past[:, 0], 0.0, config)
        pairs.append(_pair(there[left[0][:, None], left[1]], *left, config.last_box_distance))
    known, free = _left(pairs, known, free, len(status), len(high))
    if config.later_expansion is not None:
        distances = _distances(rows, seen, expected, config.later_expansion, config)
    if not high.all():
        recent = known[status[known] == TRACKED]
        low = (~high).nonzero()[0]
        pairs.append(
            _pair(distances[recent[:, None], low], recent, low, config.max_second_distance)
        )
    tentative = (status == TENTATIVE).nonzero()[0]
    if len(tentative) and len(free):
        fused = _fuse(rows, seen, distances, tentative, free, centre, config)
        pairs.append(_pair(fused, tentative, free, config.max_tentative_distance))
        free = _without(free, pairs[-1][1], len(high))
    if len(pairs) == 1:
        return pairs[0], free
    matched = np.concatenate([chosen for chosen, _ in pairs])
    return (matched, np.concatenate([columns for _, columns in pairs])), free


def _distances(
    rows: TrackRows, seen: Seen, expected: Boxes, expansion: float, config: TrackerConfig
) -> Distances:
    """(N, M) of the boxes where tracks are expected to the detections; balls are apart."""
    distances = overlap_distances(expected, seen.boxes, expansion)
    if "ball" in config.roles:
        distances[are_balls(rows)[:, None] != (seen.roles == _BALL)] = 1.0
    return distances


def _left(
    pairs: list[Pairs], chosen: Index, columns: Index, tracks: int, detections: int
) -> tuple[Index, Index]:
    """The rows ``chosen`` and the ``columns`` that are in none of the pairs so far."""
    for matched, taken in pairs:
        chosen, columns = _without(chosen, matched, tracks), _without(columns, taken, detections)
    return chosen, columns


def are_balls(rows: TrackRows) -> NDArray[np.bool_]:
    """(N,) which tracks are of a ball, by their votes."""
    return np.asarray(rows.votes.argmax(axis=1) == _BALL)


def _pair(distances: Distances, chosen: Index, columns: Index, limit: float) -> Pairs:
    """Assign within a block of the distances, and return rows and columns of the whole."""
    if not distances.size:
        return chosen[:0], columns[:0]
    picked, of_columns = assign(distances, limit)
    return chosen[picked], columns[of_columns]


def _fuse(
    rows: TrackRows,
    seen: Seen,
    distances: Distances,
    chosen: Index,
    columns: Index,
    centre: Vectors,
    config: TrackerConfig,
) -> Distances:
    """Motion distances fused with appearance distances, where both sides have one."""
    motion = distances
    if motion.shape != (len(chosen), len(columns)):
        motion = distances[chosen[:, None], columns]
    fused = 1.0 - (1.0 - motion) * seen.scores[columns] if config.fuse_score else motion
    if seen.embeddings is None or not motion.size:
        return fused
    i, j = (motion < config.max_appearance_iou_distance).nonzero()
    both = (rows.appearance_counts[chosen[i]] > 0) & seen.embedded[columns[j]]
    if not both.all():
        i, j = i[both], j[both]
    appearance = pair_distances(rows.appearance, seen.embeddings, chosen[i], columns[j], centre)
    if config.fusion == "min":
        appearance[appearance > config.max_appearance_distance] = 1.0
        appearance = np.minimum(fused[i, j], appearance)
    else:
        different = appearance >= config.max_appearance_distance
        share = config.appearance_weight
        appearance *= share / config.max_appearance_distance
        appearance += (1.0 - share) * fused[i, j]
        # Where a lost track is expected somebody else may stand: they must not look different.
        appearance[different & (rows.status[chosen[i]] == LOST)] = 1.0
    if fused is distances:  # needed again as it is for low scores
        fused = fused.copy()
    fused[i, j] = appearance
    return fused


def _without(values: Index, taken: Index, count: int) -> Index:
    """The ``values`` that are not among ``taken``, all of them below ``count``; in order."""
    left = np.zeros(count, np.bool_)
    left[values] = True
    left[taken] = False
    return left.nonzero()[0]
