"""How far detections are from tracks: boxes, appearance, and what is added to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.tracking.appearance import Vectors, pair_distances
from touchline.tracking.association import Distances, overlap_distances
from touchline.tracking.config import TrackerConfig
from touchline.tracking.past_boxes import corner_angles, direction_bonus, expected_scores
from touchline.tracking.rows import LOST, TrackRows
from touchline.tracking.seen import BALL, Seen, are_balls
from touchline.types import Index


def box_distances(
    rows: TrackRows, seen: Seen, expected: Boxes, expansion: float, config: TrackerConfig
) -> Distances:
    """(N, M) of the boxes where tracks are expected to the detections; balls are apart."""
    distances = overlap_distances(expected, seen.boxes, expansion)
    if config.height_overlap:
        distances = 1.0 - (1.0 - distances) * _height_overlaps(expected, seen.boxes)
    if "ball" in config.roles:
        distances[are_balls(rows)[:, None] != (seen.roles == BALL)] = 1.0
    return distances


def fuse_appearance(
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


def with_terms(
    rows: TrackRows,
    seen: Seen,
    expected: Boxes,
    distances: Distances,
    chosen: Index,
    columns: Index,
    config: TrackerConfig,
) -> Distances:
    """The distances of the first association with what else its preset counts.

    distances: of the rows ``chosen`` to the detections ``columns``; not changed.
    """
    if not distances.size:
        return distances
    boxes, scores = seen.boxes[columns], seen.scores[columns]
    if config.direction_weight and config.direction_of == "centre":
        bonus = direction_bonus(rows, chosen, boxes, scores)
        distances = distances - config.direction_weight * bonus
    elif config.direction_weight:
        turn = corner_angles(rows, chosen, boxes) * scores
        distances = distances + config.direction_weight * turn
    if config.score_weight:
        change = np.abs(expected_scores(rows, chosen)[:, None] - scores)
        distances = distances + config.score_weight * change
    if config.low_score_distance is not None:
        low = scores < config.min_high_score
        distances = distances + config.low_score_distance * low
    if config.min_overlap > 0:
        apart = overlap_distances(expected[chosen], boxes, 0.0) >= 1.0 - config.min_overlap
        distances = np.where(apart, np.inf, distances)
    return distances


def look_distances(
    rows: TrackRows,
    seen: Seen,
    centre: Vectors,
    chosen: Index,
    columns: Index,
    some: Index,
    others: Index,
) -> Distances:
    """(N, M) cosine distances in 0..1 of ``chosen[some]`` to ``columns[others]``.

    NaN where one of the two was never embedded.
    """
    i, j = (each.ravel() for each in np.meshgrid(chosen[some], columns[others], indexing="ij"))
    found = np.full(len(i), np.nan)
    known = (rows.appearance_counts[i] > 0) & seen.embedded[j]
    if seen.embeddings is not None and known.any():
        half = pair_distances(rows.appearance, seen.embeddings, i[known], j[known], centre)
        found[known] = np.minimum(2.0 * half, 1.0)
    return found.reshape(len(some), len(others))


def _height_overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) overlap of the vertical extents of boxes: shared over joint height."""
    shared = np.minimum(a[:, None, 3], b[:, 3]) - np.maximum(a[:, None, 1], b[:, 1])
    heights = (a[:, 3] - a[:, 1])[:, None] + (b[:, 3] - b[:, 1])
    shared = np.maximum(shared, 0.0)
    return np.asarray(shared / np.maximum(heights - shared, 1e-12))
