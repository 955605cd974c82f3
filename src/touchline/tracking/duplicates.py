"""Two tracks in one place that are one person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import cxcywh_to_corners
from touchline.tracking.association import overlap_distances
from touchline.tracking.rows import LOST, TRACKED, TrackRows
from touchline.types import TIME_TOLERANCE


def drop_duplicates(
    rows: TrackRows, keep: NDArray[np.bool_], max_distance: float, max_shared_seconds: float
) -> None:
    """Clear ``keep`` for the younger of a tracked and a lost track in one place.

    Two that were seen at the same time, for longer than ``max_shared_seconds``, are two
    people, one hidden by the other.
    """
    lost = (keep & (rows.status == LOST)).nonzero()[0]
    if not len(lost):
        return
    shared = max_shared_seconds + TIME_TOLERANCE
    first_lost = rows.seen[lost].min() - shared
    young = (keep & (rows.status == TRACKED) & (rows.born >= first_lost)).nonzero()[0]
    if not len(young):
        return
    boxes = cxcywh_to_corners(rows.state[0])
    distances = overlap_distances(boxes[young], boxes[lost], 0.0)
    i, j = (distances < max_distance).nonzero()
    tracked, lost = young[i], lost[j]
    successor = rows.born[tracked] >= rows.seen[lost] - shared
    age = rows.seen - rows.born
    older = age[tracked] > age[lost]
    keep[lost[successor & older]] = False
    keep[tracked[successor & ~older]] = False
