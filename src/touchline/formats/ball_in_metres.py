"""Where the ball is on the pitch: the point of the ground that is seen at its foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.ball_track import BallTrack
from touchline.pitch.cameras import PitchCameras
from touchline.types import Floats, Ints, Mask


@dataclass(frozen=True, slots=True)
class BallInMetres:
    """The ball's place in each frame in which it and the camera are known, in order of frames.

    A ball in the air is on the ground behind it, as seen from the camera: its height is not known.

    Args:
        frames: (B,) int64 from 0, each once.
        places: (B, 2) metres.
        seen: (B,) False where the ball is known from sightings before and after alone.
    """

    frames: Ints
    places: Floats
    seen: Mask

    @classmethod
    def of_track(
        cls,
        ball: BallTrack,
        cameras: PitchCameras,
        min_confidence: float,
        reach: tuple[float, float],
    ) -> BallInMetres:
        """The places of a ball.

        Args:
            ball: in pixels.
            cameras: of the frames.
            min_confidence: least confidence of a frame's camera.
            reach: metres from the centre spot along x and y; beyond, a place is not believed.
        """
        feet = np.column_stack([ball.boxes[:, [0, 2]].mean(axis=1), ball.boxes[:, 3]])
        places = np.round(cameras.pitch_points(ball.frames, feet), 2)
        sure = np.append(cameras.confidences, 0.0)[cameras.rows_of(ball.frames)] >= min_confidence
        with np.errstate(invalid="ignore"):
            sure &= (np.abs(places) < reach).all(axis=1)  # not above the horizon either
        return cls(ball.frames[sure], places[sure], ~ball.bridged[sure])

    def __len__(self) -> int:
        return len(self.frames)

    def at(self, frame: int) -> tuple[float, float] | None:
        """The place in a frame; None where it is not known."""
        row = int(np.searchsorted(self.frames, frame))
        if row == len(self) or self.frames[row] != frame:
            return None
        x, y = self.places[row].tolist()
        return x, y

    def is_seen(self, frame: int) -> bool:
        """Whether it was seen in a frame."""
        row = int(np.searchsorted(self.frames, frame))
        return row < len(self) and bool(self.frames[row] == frame and self.seen[row])

    def guess(self, frame: int) -> tuple[float, float] | None:
        """The place in a frame, on a straight way from the last known place to the next one.

        Before the first and after the last it is there. None where no place is known at all.
        """
        if not len(self):
            return None
        x, y = (float(np.interp(frame, self.frames, axis)) for axis in self.places.T)
        return round(x, 2), round(y, 2)
