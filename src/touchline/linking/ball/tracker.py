"""The ball of a clip, from what was seen in its frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from touchline.ball_track import BallTrack
from touchline.linking.ball.bridges import MOST_SEEN, bridge_places
from touchline.linking.ball.candidates import ball_candidates
from touchline.linking.ball.confidence import bridge_doubt, confidences
from touchline.linking.ball.model import BALL_MODEL, BallModel
from touchline.linking.ball.path import BallPath, Sighting
from touchline.linking.config import BallConfig
from touchline.observations import Observation
from touchline.types import Affine, Floats, Ints, Mask

_USUAL_HEIGHTS = 12.0
"""So many people's heights an image is high, as long as nobody is found."""

NOT_ENABLED = "link.ball.enabled is off"
"""Why the ball is not looked for."""

_KEPT_HEIGHT = 0.9
"""Share of the height before, where a frame has another."""


class BallTracker:
    """Finds the ball of one clip: add every frame in order, then ask for the ``track``."""

    def __init__(
        self,
        config: BallConfig,
        *,
        frame_rate: float,
        image_size: tuple[int, int],
        model: BallModel = BALL_MODEL,
    ) -> None:
        """frame_rate: frames a second. image_size: width, height in pixels."""
        self._config, self._model = config, model
        self._step = 1.0 / frame_rate
        self._image_size = image_size
        self._path = BallPath(model, config.max_gap_seconds)
        self._frames: list[int] = []
        self._times: list[float] = []
        self._motions: list[Affine] = []
        self._heights: list[float] = []
        self._shown: list[bool] = []
        self._candidates = 0
        self._sightings: list[Sighting] = []
        self._height: float | None = None

    def each(self, observations: Iterable[Observation]) -> Iterator[Observation]:
        """The same observations, added as they pass."""
        for observation in observations:
            self.add(observation)
            yield observation

    def add(self, observation: Observation) -> None:
        """Add one frame."""
        if not self._config.enabled:
            return
        self._frames.append(observation.frame)
        self._times.append(observation.time)
        self._motions.append(observation.motion)
        self._shown.append(not observation.flash)
        if observation.cut:
            self._sightings += self._path.cut()
            self._height = None
        if observation.flash:
            self._heights.append(self._known_height())
            self._path.pass_over()
            return
        found = ball_candidates(observation.detections, self._config.min_score, self._model)
        if found.height is not None:
            before = found.height if self._height is None else self._height
            self._height = _KEPT_HEIGHT * before + (1 - _KEPT_HEIGHT) * found.height
        height = self._known_height()
        self._heights.append(height)
        self._candidates += len(found.llrs)
        width, rows = self._image_size
        self._sightings += self._path.add(
            found,
            time=observation.time,
            motion=observation.motion,
            height=height,
            area=width * rows / height**2,
            step_seconds=self._step,
        )

    def _known_height(self) -> float:
        return self._height or self._image_size[1] / _USUAL_HEIGHTS

    @property
    def undecided(self) -> int:
        """How many candidates may still be the ball, and are kept."""
        return len(self._path)

    def track(self) -> BallTrack:
        """The ball of all frames that were added; call once, at the end."""
        if not self._config.enabled:
            return BallTrack.empty(NOT_ENABLED)
        self._sightings += self._path.cut()
        if not self._sightings:
            return BallTrack.empty(self._why_empty())
        positions = np.array([one.position for one in self._sightings], np.int64)
        boxes = np.array([one.box for one in self._sightings])
        begins = np.array([one.begins for one in self._sightings])
        gained = np.array([one.llr for one in self._sightings])
        times = np.array(self._times)
        sure = confidences(positions, gained, np.cumsum(begins), times, self._model)
        rows = [(positions, boxes, sure, np.zeros(len(positions), np.bool_))]
        shown = np.array(self._shown)
        starts = np.flatnonzero(begins)
        for path in np.split(np.arange(len(positions)), starts[1:]):
            gaps = np.flatnonzero(np.diff(positions[path]) > 1).tolist()
            seen = positions[path], boxes[path], sure[path]
            rows += [self._bridged(*seen, at, times, shown) for at in gaps]
        columns = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        found, where, how_sure, bridged = (column[order] for column in columns)
        return BallTrack(
            np.array(self._frames, np.int64)[found],
            np.round(where, 2),
            np.round(how_sure, 4),
            bridged,
        )

    def _bridged(
        self, seen: Ints, boxes: Floats, sure: Floats, at: int, times: Floats, shown: Mask
    ) -> tuple[Ints, Floats, Floats, Mask]:
        """The rows of the frames between two sightings of a path, without those of a flash."""
        first, last = int(seen[at]), int(seen[at + 1])
        between = np.arange(first + 1, last)
        # Not all sightings of the path, whose number grows with the clip as that of its gaps does.
        around = slice(max(at + 1 - MOST_SEEN, 0), at + 1 + MOST_SEEN)
        places = bridge_places(
            seen[around],
            (boxes[around, :2] + boxes[around, 2:]) / 2,
            at - around.start,
            times=times,
            motions=self._motions,
            height=self._heights[first],
            model=self._model,
        )
        shares = ((times[between] - times[first]) / (times[last] - times[first]))[:, None]
        before, after = boxes[at : at + 2, 2:] - boxes[at : at + 2, :2]
        half = ((1 - shares) * before + shares * after) / 2
        doubt = bridge_doubt(times[between], times[first], times[last], self._model)
        ends = (1 - shares[:, 0]) * sure[at] + shares[:, 0] * sure[at + 1]
        here = shown[between]
        rows = np.hstack([places - half, places + half])[here]
        return between[here], rows, (ends * doubt)[here], np.ones(int(here.sum()), np.bool_)

    def _why_empty(self) -> str:
        if not self._candidates:
            return (
                f"no ball of score {self._config.min_score:g} or more was found in "
                f"{len(self._frames)} frames"
            )
        return (
            f"none of the {self._candidates} candidates in {len(self._frames)} frames moves and "
            "scores like a ball for long enough"
        )
