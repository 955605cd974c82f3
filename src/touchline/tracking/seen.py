"""The detections of one frame that are tracked, and what is derived from them once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_cxcywh
from touchline.tracking.appearance import Vectors, are_embedded
from touchline.tracking.rows import TrackRows
from touchline.types import ROLES, Detections, Index, Roles

SORTED_ROLES: Roles = np.sort(np.array(ROLES))
"""Role names in the order in which tracks count votes."""

BALL = int(SORTED_ROLES.searchsorted("ball"))
"""The place of the ball among them."""


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
        embedded = are_embedded(embeddings) & (roles != BALL)  # balls are not embedded
        embeddings = embeddings if embedded.any() else None
    return Seen(rows, boxes, corners_to_cxcywh(boxes), scores, roles, embeddings, embedded)


def are_balls(rows: TrackRows) -> NDArray[np.bool_]:
    """(N,) which tracks are of a ball, by their votes."""
    return np.asarray(rows.votes.argmax(axis=1) == BALL)
