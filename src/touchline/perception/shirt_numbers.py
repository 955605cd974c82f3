"""Reads the shirt numbers of people in a video, occasionally and where they look legible.

A number can be read for a few tenths of a second, when somebody near turns their back. Reading is
expensive, so that large, free and sharp images come first, everybody in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.perception.config import EmbeddingPolicyConfig, NumbersConfig, ShirtsConfig
from touchline.perception.crops import crop_people
from touchline.perception.embedding_policy import EmbeddingPolicy
from touchline.perception.number_reader import NumberReader
from touchline.perception.shirts import shows_clothes
from touchline.types import Affine, Image

_WINDOWS = ((0.25, 0.22, 0.75, 0.46), (0.28, 0.20, 0.72, 0.42))
"""Where numbers are, as left, top, right and bottom shares of the box. What the first shows must
show in the second: folds of a shirt are often a 1, 2, 5 or 7 in one of them."""

_SHARP_SIZE = 24
"""Side in pixels at which sharpness is measured, so that it does not depend on the size."""


class ShirtNumbers:
    """Chooses whom to read, frame by frame, and reads. Use a new object per video."""

    def __init__(self, reader: NumberReader, config: NumbersConfig | None = None) -> None:
        self._reader = reader
        self._config = config = config or NumbersConfig()
        # Who is due is decided as for embeddings, except that being covered does not count.
        self._turns = EmbeddingPolicy(
            EmbeddingPolicyConfig(
                min_height=config.min_height,
                max_age_seconds=config.interval_seconds,
                max_covered_share=1.0,
            )
        )
        self._seen = ShirtsConfig(min_height=config.min_height, max_covered_share=0.2)
        self._most_looks = max(1.0, config.max_per_second)
        self._time, self._looks = 0.0, self._most_looks  # readings that may be spent now

    def forget(self) -> None:
        """Begin anew: nobody was read yet, nothing was spent."""
        self._turns.forget()
        self._looks = self._most_looks

    def look(
        self,
        image: Image,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float64],
        motion: Affine,
        time: float,
        cut: bool = False,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """Numbers (N,), -1 where none was read, and their scores (N,), exact in float16.

        None where nothing was read. boxes: (N, 4) corner pixels of people. scores: (N,).
        motion: from the frame before. time: seconds, ascending. cut: a new shot begins.
        """
        config = self._config
        saved = self._looks + max(0.0, time - self._time) * config.max_per_second
        self._looks = min(saved, self._most_looks)
        self._time = time
        due = self._turns.choose(boxes, scores, motion, time, cut)
        rows = np.flatnonzero(due & shows_clothes(image, boxes, self._seen))
        backs = [_windows(crop) for crop in crop_people(image, boxes[rows])]
        sharpness = np.array([_sharpness(windows[0]) for windows in backs])
        order = np.argsort(-sharpness, kind="stable")[: int(self._looks)]
        order = order[sharpness[order] >= config.min_sharpness]
        self._looks -= len(order)
        if not len(order):
            return None
        likely = self._likely([backs[row] for row in order])
        numbers, number_scores = np.full(len(boxes), -1), np.zeros(len(boxes), np.float32)
        best = likely.max(axis=1)
        known = best >= config.min_score
        numbers[rows[order[known]]] = likely.argmax(axis=1)[known]
        number_scores[rows[order[known]]] = best[known].astype(np.float16)
        return (numbers, number_scores) if known.any() else None

    def pass_over(self, motion: Affine, cut: bool = False) -> None:
        """Skip a frame without detection."""
        self._turns.pass_over(motion, cut)

    def _likely(self, backs: Sequence[Sequence[Image]]) -> NDArray[np.float64]:
        """(N, 100) probabilities of numbers, mean over both windows of each back."""
        first = self._reader.read([windows[0] for windows in backs])
        hopeful = np.flatnonzero(first.max(axis=1) >= self._config.min_score)
        likely = 0.5 * first
        likely[hopeful] += 0.5 * self._reader.read([backs[row][1] for row in hopeful.tolist()])
        return likely

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that ``restore`` needs to continue with the same results."""
        turns = {f"turns.{name}": value for name, value in self._turns.state().items()}
        return {"budget": np.array([self._time, self._looks]), **turns}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the object with this ``state`` stopped."""
        if "budget" not in state:  # for a while numbers could not be read
            return
        self._time, self._looks = (float(value) for value in state["budget"])
        self._turns.restore(
            {name[6:]: value for name, value in state.items() if name.startswith("turns.")}
        )


def _windows(crop: Image) -> Sequence[Image]:
    """Where a number would be on the crop of a person, seen from behind."""
    height, width = crop.shape[:2]
    shares = np.array([width, height, width, height])
    corners = np.rint(np.array(_WINDOWS) * shares).astype(int).tolist()
    return [crop[y1:y2, x1:x2] for x1, y1, x2, y2 in corners]


def _sharpness(window: Image) -> float:
    """Standard deviation of the image's second derivative, in grey levels; 0 without pixels."""
    if not window.size:
        return 0.0
    small = cv2.resize(window, (_SHARP_SIZE, _SHARP_SIZE), interpolation=cv2.INTER_LINEAR)
    return float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), cv2.CV_32F).std())
