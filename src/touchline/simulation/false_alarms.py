"""False alarms: some persist in place for a while, some last one frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from touchline.boxes import Boxes
from touchline.simulation.config import DetectorErrors
from touchline.simulation.wandering import Wandering
from touchline.types import Affine

_USUAL_HEIGHT = 0.09  # of the image, where there is nobody to take the size from
_SEEN = 0.85  # share of its frames in which a lasting false alarm is reported


class FalseAlarms:
    """Draws the false alarms frame by frame."""

    def __init__(
        self,
        errors: DetectorErrors,
        image_size: tuple[int, int],
        frame_seconds: float,
        generator: np.random.Generator,
    ) -> None:
        self._errors = errors
        self._size = np.array(image_size, np.float64)
        self._generator = generator
        self._end = min(1.0, frame_seconds / errors.lasting_seconds)
        self._next_id = 0
        self._ids = np.empty(0, np.int64)
        self._boxes: Boxes | None = None
        self._wander = Wandering(
            np.array([errors.score_steady]),
            (errors.steady_seconds, errors.flicker_seconds),
            frame_seconds,
            generator,
        )

    def step(self, people: Boxes, motion: Affine | None) -> tuple[Boxes, NDArray[np.float64]]:
        """(N, 4) boxes and (N,) scores; ``motion`` of the camera carries the lasting ones along.

        people: true boxes, whose sizes the false alarms take.
        """
        errors, generator = self._errors, self._generator
        self._renew(people, motion)
        assert self._boxes is not None
        chance = ndtr(self._wander.step(self._ids)[:, 0])
        seen = chance > 1.0 - _SEEN
        brief = self._places(generator.poisson(errors.brief_false_alarms), people)
        chances = np.concatenate(
            [(chance[seen] - (1.0 - _SEEN)) / _SEEN, generator.random(len(brief))]
        )
        return np.concatenate([self._boxes[seen], brief]), false_scores(chances, errors)

    def _renew(self, people: Boxes, motion: Affine | None) -> None:
        """Move, end and begin persistent false alarms; their mean number stays the same."""
        generator = self._generator
        wanted = self._errors.lasting_false_alarms
        if self._boxes is None:
            self._boxes, born = np.empty((0, 4)), generator.poisson(wanted)
            kept = np.zeros(0, np.bool_)
        else:
            if motion is not None:
                corners = self._boxes.reshape(-1, 2) @ motion[:, :2].T + motion[:, 2]
                self._boxes = corners.reshape(-1, 4)
            centres = (self._boxes[:, :2] + self._boxes[:, 2:]) / 2
            outside = np.any((centres < 0) | (centres > self._size), axis=1)
            kept = ~outside & (generator.random(len(outside)) >= self._end)
            # Where the camera turns, what leaves on one side comes on the other.
            born = int(outside.sum()) + generator.poisson(wanted * self._end)
        fresh = np.arange(self._next_id, self._next_id + born)
        self._next_id += born
        self._ids = np.concatenate([self._ids[kept], fresh])
        self._boxes = np.concatenate([self._boxes[kept], self._places(born, people)])

    def _places(self, count: int, people: Boxes) -> Boxes:
        """Boxes the size of people, more of them in the upper half, where stands and boards are."""
        generator = self._generator
        if not count:
            return np.empty((0, 4))
        usual = _USUAL_HEIGHT * self._size[1]
        if len(people):
            usual = float(np.median(people[:, 3] - people[:, 1]))
        height = usual * np.exp(0.4 * generator.standard_normal(count))
        width = height * generator.uniform(0.3, 0.8, count)
        x = self._size[0] * generator.random(count)
        y = self._size[1] * generator.beta(1.5, 2.5, count)
        return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def double_boxes(
    boxes: Boxes, errors: DetectorErrors, generator: np.random.Generator
) -> tuple[Boxes, NDArray[np.int64], NDArray[np.float64]]:
    """Extra boxes on parts of detected people: boxes, the row of ``boxes`` of each, scores."""
    rows = np.repeat(np.arange(len(boxes)), generator.poisson(errors.doubles, len(boxes)))
    count = len(rows)
    size = boxes[rows, 2:] - boxes[rows, :2]
    centre = (boxes[rows, :2] + boxes[rows, 2:]) / 2
    centre += size * generator.standard_normal((count, 2)) * (0.3, 0.2)
    half = size / 2 * generator.uniform((0.6, 0.5), (1.3, 1.1), (count, 2))
    scores = false_scores(generator.random(count), errors)
    return np.column_stack([centre - half, centre + half]), rows, scores


def false_scores(chance: NDArray[np.float64], errors: DetectorErrors) -> NDArray[np.float64]:
    """Scores of false alarms from uniform numbers: mostly low, some as high as a person's."""
    span = errors.max_score - errors.min_score
    found: NDArray[np.float64] = errors.min_score + span * chance**errors.false_score_power
    return found
