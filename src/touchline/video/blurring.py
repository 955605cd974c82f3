"""Whom to make unrecognisable in a frame, by what was found and tracked in it."""

from __future__ import annotations

import numpy as np

from touchline.boxes import Boxes, areas, intersection_areas
from touchline.types import Affine, Detections, Tracks
from touchline.video.config import BlurredPeople

_PLAYERS = ("player", "goalkeeper")
_HELD_SECONDS = 0.2  # a detector misses people for a frame or two
_SAME, _INSIDE = 0.5, 0.8  # IoU, and share of the found box, from which it shows that player


class Blurring:
    """Boxes to blur, one frame after the other.

    They are those of everybody who is tracked, and of whatever else the detector took for a
    person, likely or not, in this frame or just before. With ``others`` all but people whose role
    is player or goalkeeper; never the ball.
    """

    def __init__(self, whom: BlurredPeople) -> None:
        self._whom = whom
        self._held: list[tuple[float, Boxes]] = []

    def boxes(
        self, found: Detections, tracks: Tracks, motion: Affine | None, time: float, cut: bool
    ) -> Boxes:
        """(B, 4) corner pixels. motion: of the camera since the frame before."""
        if self._whom == "nobody":
            return np.empty((0, 4))
        people = tracks[tracks.roles != "ball"]
        are_players = np.isin(people.roles, _PLAYERS) & (self._whom == "others")
        players = people.boxes[are_players]
        here = np.concatenate([found.boxes[found.roles != "ball"], people.boxes])
        here = here[~_shows(here, players)]
        held = [] if cut else [(then, _moved(boxes, motion)) for then, boxes in self._held]
        self._held = [*(one for one in held if time - one[0] <= _HELD_SECONDS), (time, here)]
        boxes = np.concatenate([boxes for _, boxes in self._held])
        return np.concatenate([boxes[~_shows(boxes, players)], people.boxes[~are_players]])


def _shows(boxes: Boxes, players: Boxes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) whether a box is one of the players', or a part of one."""
    if not len(players) or not len(boxes):
        return np.zeros(len(boxes), np.bool_)
    shared = intersection_areas(boxes, players)
    own = areas(boxes)[:, None]
    same = shared >= _SAME * (own + areas(players)[None] - shared)
    return np.asarray((same | (shared >= _INSIDE * own)).any(axis=1))


def _moved(boxes: Boxes, motion: Affine | None) -> Boxes:
    if motion is None or not len(boxes):
        return boxes
    corners = boxes.reshape(-1, 2) @ motion[:, :2].T + motion[:, 2]
    pairs = corners.reshape(-1, 2, 2)
    return np.concatenate([pairs.min(axis=1), pairs.max(axis=1)], axis=1)
