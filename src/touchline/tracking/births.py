"""Which detections begin a track, by their score, and its row."""

from __future__ import annotations

import warnings

import numpy as np

from touchline.boxes import Boxes
from touchline.tracking import kalman
from touchline.tracking.association import overlap_distances
from touchline.tracking.config import TrackerConfig
from touchline.tracking.reentry import feet_of
from touchline.tracking.rows import START, TrackRows
from touchline.tracking.seen import SORTED_ROLES, Seen
from touchline.types import Index

_RARE = np.isin(SORTED_ROLES, ("goalkeeper", "referee"))
_BALL = SORTED_ROLES == "ball"


class Births:
    """The lowest score of each role that begins a track.

    warn: say once, as a UserWarning, that the boxes of a frame begin none, where none has begun
    before it.
    """

    def __init__(self, config: TrackerConfig, *, warn: bool) -> None:
        self._names = np.full(len(SORTED_ROLES), "min_new_score", "<U20")
        self._limits = np.full(len(SORTED_ROLES), config.min_new_score)
        for name, chosen in (("min_new_rare_score", _RARE), ("min_new_ball_score", _BALL)):
            limit = getattr(config, name)
            if limit is not None:
                self._limits[chosen], self._names[chosen] = limit, name
        self._waits, self._max_overlap = warn, config.max_new_overlap

    def among(self, seen: Seen, free: Index, alive: Boxes) -> Index:
        """Those of the unmatched detections ``free`` that begin a track.

        alive: (N, 4) boxes of the tracks seen in this frame.
        """
        missing = self._limits[seen.roles[free]] - seen.scores[free]
        born = self._apart(seen, free[missing <= 0], alive)
        if self._waits and len(seen.scores):
            self._waits = False
            if not len(born):
                self._say(seen)
        return born

    def _apart(self, seen: Seen, born: Index, alive: Boxes) -> Index:
        """Those that overlap neither a track nor a better beginning too much, in order.

        TrackTrack's track-aware initialisation (CVPR 2025).
        """
        if self._max_overlap is None or not len(born):
            return born
        nearest = overlap_distances(alive, seen.boxes[born], 0.0).min(axis=0, initial=1.0)
        born = born[nearest >= 1.0 - self._max_overlap]
        best = born[np.argsort(-seen.scores[born], kind="stable")]
        distances = overlap_distances(seen.boxes[best], seen.boxes[best], 0.0)
        covered = (np.tril(distances < 1.0 - self._max_overlap, -1)).any(axis=1)
        return np.sort(best[~covered])

    def _say(self, seen: Seen) -> None:
        """The number seen, the number needed, and the cure."""
        nearest = int((self._limits[seen.roles] - seen.scores).argmin())
        role = seen.roles[nearest]
        boxes = f"the best of {len(seen.scores)} boxes scores"
        warnings.warn(
            f"no track begins: {boxes if len(seen.scores) > 1 else 'the box scores'} "
            f"{seen.scores[nearest]:.2f}, and a track begins at {self._limits[role]:g} "
            f"(TrackerConfig.{self._names[role]}); said once",
            stacklevel=5,
        )


def begun(seen: Seen, born: Index, now: float, dimensions: int, past: int) -> TrackRows:
    """A row for each of the detections ``born``, with what it says of the track.

    dimensions, past: as for ``TrackRows.zeros``.
    """
    rows = TrackRows.zeros(len(born), len(SORTED_ROLES), dimensions, past)
    rows.state = kalman.initiate(seen.centres[born])
    rows.feet[:, START] = feet_of(seen.boxes[born])
    rows.placed[:] = True
    rows.born[:] = rows.seen[:] = rows.appearance_times[:] = now
    rows.boxes, rows.scores = seen.boxes[born], seen.scores[born]
    rows.detections = seen.rows[born]
    rows.votes[np.arange(len(born)), seen.roles[born]] = rows.scores
    if past:
        rows.past[:, 0], rows.past_times[:, 0], rows.past_scores[:, 0] = (
            rows.boxes,
            now,
            rows.scores,
        )
    return rows
