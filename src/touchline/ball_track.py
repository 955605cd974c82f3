"""Where the ball is in a clip: the table that ``ball.csv`` holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.data_frames import data_frame
from touchline.errors import InputError
from touchline.types import Floats, Ints, Mask


@dataclass(frozen=True, slots=True)
class BallTrack:
    """The ball of a clip: one row for each frame in which it is known, in order of frames.

    Args:
        frames: (M,) int64 from 0, each once.
        boxes: (M, 4) float64 corner pixels.
        confidences: (M,) float64 in 0..1, how sure it is that the ball is there.
        bridged: (M,) bool, True where it was not seen: between two sightings.
        why_empty: why there is no row, in words; None where there are some.
    """

    frames: Ints
    boxes: Floats
    confidences: Floats
    bridged: Mask
    why_empty: str | None = None

    def __post_init__(self) -> None:
        count = len(self.frames)
        shapes = {"boxes": (count, 4), "confidences": (count,), "bridged": (count,)}
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            if found != shape:
                raise InputError(f"{name} of BallTrack are {found}; an array {shape} is needed")
        if not (np.diff(self.frames) > 0).all():
            raise InputError("frames of BallTrack must ascend, each once")

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def empty(cls, why: str) -> BallTrack:
        """No row at all. why: in words, for those who expected a ball."""
        none = np.empty(0)
        return cls(np.empty(0, np.int64), np.empty((0, 4)), none, np.empty(0, np.bool_), why)

    def boxes_at(self, frame: int, min_confidence: float = 0.0) -> Floats:
        """(1, 4) the box of one frame; (0, 4) where it is less sure, or not known.

        Args:
            frame: number in the video, from 0.
            min_confidence: how sure it must be.
        """
        first, end = np.searchsorted(self.frames, [frame, frame + 1])
        sure = self.confidences[first:end] >= min_confidence
        return np.asarray(self.boxes[first:end][sure])

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row a frame; UsageError where pandas is not installed."""
        columns: dict[str, Any] = {"frame": self.frames}
        columns |= dict(zip(("x1", "y1", "x2", "y2"), self.boxes.T, strict=True))
        columns |= {"confidence": self.confidences, "bridged": self.bridged}
        return data_frame(columns)
