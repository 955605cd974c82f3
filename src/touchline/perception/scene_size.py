"""Detection over the frames of a clip, with an input size that follows how tall people are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from touchline.clip_windows import ClipWindows
from touchline.perception.people_size import SIZE_MODEL, People, SizeModel, people_in, side_for
from touchline.types import Detections, Frame, Image

CHECK_SECONDS = 1.0
"""Time after which the people found tell whether the side still suits them: cameras zoom."""

_NOBODY = People(np.empty(0), np.empty(0))


class FollowingDetector(Protocol):
    """A detector whose input can have any size, and that knows which height of people suits it."""

    best_height: float | None
    usual_side: int

    def detect(self, images: Sequence[Image], *, side: int | None = None) -> list[Detections]:
        """One Detections for each image, with an input of this longer side."""
        ...

    def choose_side(self, images: Sequence[Image]) -> int | None:
        """The longer side that suits the people in these images; None where there are none."""
        ...

    def view_side(self, width: int, height: int) -> int:
        """Longer side of what the network sees at once of such an image."""
        ...


class SceneSize:
    """Finds people in the frames of one clip, in order, whatever frames come together.

    The side is decided from one picture where a shot begins, where a window does (whatever it
    was before), and where the people of the last second would be better seen at another.

    sides: frame and longer side, for each time it changed.
    """

    def __init__(self, detector: FollowingDetector, model: SizeModel = SIZE_MODEL) -> None:
        self._detector = detector
        self._model = model
        self._side = 0  # 0: nothing is decided yet; below 0: nobody was found, the network's own
        self._windows = ClipWindows()
        self._second = -1
        self._recent = _NOBODY
        self.sides: list[tuple[int, int]] = []

    def find(self, frames: Sequence[Frame], fresh: Sequence[bool]) -> list[Detections]:
        """One Detections for each frame. fresh: a shot begins, or is there again, with it."""
        found: list[Detections] = []
        waiting: list[Frame] = []
        for frame, new in zip(frames, fresh, strict=True):
            if self._is_turn(frame, new):
                found += self._detect(waiting)
                waiting = []
                self._take_turn(frame, new)
            waiting.append(frame)
        return found + self._detect(waiting)

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything it remembers."""
        return {
            "numbers": np.array([self._side, self._windows.number, self._second], np.int64),
            "heights": self._recent.heights,
            "scores": self._recent.scores,
            "sides": np.array(self.sides, np.int64).reshape(-1, 2),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``state`` returned."""
        self._side, self._windows.number, self._second = (int(value) for value in state["numbers"])
        self._recent = People(state["heights"], state["scores"])
        self.sides = [(int(frame), int(side)) for frame, side in state["sides"]]

    def _is_turn(self, frame: Frame, new: bool) -> bool:
        return (
            new
            or self._side == 0
            or self._windows.begins(frame)
            or floor(frame.time / CHECK_SECONDS) != self._second
        )

    def _take_turn(self, frame: Frame, new: bool) -> None:
        """Decide, or leave it; everything before ``frame`` is found."""
        if self._windows.enter(frame):
            self._side = 0
        self._second = floor(frame.time / CHECK_SECONDS)
        if new or self._side == 0 or not self._suits(frame.image):
            side = self._detector.choose_side([frame.image])
            # A picture without people (stands, a white flash) tells nothing.
            if side is not None:
                self._side = side
            elif self._side == 0:
                self._side = -1
            if not self.sides or self.sides[-1][1] != self._in_force:
                self.sides.append((frame.index, self._in_force))
        self._recent = _NOBODY

    @property
    def _in_force(self) -> int:
        return self._side if self._side > 0 else self._detector.usual_side

    def _suits(self, image: Image) -> bool:
        """True where the people of the last second are seen well enough as it is."""
        best_height = self._detector.best_height
        if self._side < 0 or not len(self._recent.heights) or best_height is None:
            return False
        view_side = self._detector.view_side(image.shape[1], image.shape[0])
        wanted = side_for(self._recent.median_height(), best_height, view_side, self._model)
        return 1 / self._model.changes_by < wanted / self._side < self._model.changes_by

    def _detect(self, frames: Sequence[Frame]) -> list[Detections]:
        if not frames:
            return []
        images = [frame.image for frame in frames]
        found = self._detector.detect(images, side=self._in_force)
        people = people_in(images, found, self._detector.view_side).above(self._model.least_score)
        self._recent = People(
            np.concatenate([self._recent.heights, people.heights]),
            np.concatenate([self._recent.scores, people.scores]),
        )
        return found
