"""Boxes of every n-th frame of a clip, and of every frame where it is crowded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import covered_shares
from touchline.clip_windows import ClipWindows
from touchline.frame_detections import FrameDetections
from touchline.types import PEOPLE, Detections, Frame

_COVERED = 0.3
"""Share of a box that another one covers, above which motion alone may take it for the other."""

_LEAST_SCORE = 0.4
"""Of the boxes that count as people here."""


class SparseDetections:
    """Looks where it is due, one frame after the other, whatever frames come together.

    That is: where a shot begins or is there again; at the first key frame of each window, so that
    a part of a clip that is looked at elsewhere from there on gives the same; ``every`` frames
    after the last look; and right after a frame in which more than ``crowded_share`` of the people
    are covered by others.
    """

    def __init__(self, source: FrameDetections, every: int, crowded_share: float) -> None:
        self._source = source
        self._every, self._crowded_share = every, crowded_share
        self._wait = 0  # frames until the next look
        self._windows = ClipWindows()

    def find(self, frames: Sequence[Frame], fresh: Sequence[bool]) -> list[Detections | None]:
        """One Detections for each frame that is looked at; None for the others."""
        return [self._look(frame, new) for frame, new in zip(frames, fresh, strict=True)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers."""
        schedule = np.array([self._wait, self._windows.number], np.int64)
        return {**self._source.state(), "schedule": schedule}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` returned."""
        self._wait, self._windows.number = (int(value) for value in state["schedule"])
        self._source.restore(state)

    def _look(self, frame: Frame, new: bool) -> Detections | None:
        begins = self._windows.enter(frame)
        if self._wait and not new and not begins:
            self._wait -= 1
            return None
        (found,) = self._source.find([frame], [new])
        crowded = found is None or self._is_crowded(found)
        self._wait = 0 if crowded else self._every - 1
        return found

    def _is_crowded(self, found: Detections) -> bool:
        people = np.isin(found.roles, PEOPLE) & (found.scores >= _LEAST_SCORE)
        if not people.any():
            return False
        covered = covered_shares(found.boxes[people]) > _COVERED
        return float(covered.mean()) > self._crowded_share
