"""People who move on a pitch at known speeds, as a camera that turns after them sees them."""

from __future__ import annotations

import numpy as np

from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import PitchCameras
from touchline.types import Floats, TrackTable

SIZE = (1280, 720)
RATE = 25.0


def turning(count: int) -> PitchCameras:
    """A main camera that turns slowly, over ``count`` frames."""
    rows = np.tile(PitchCamera(0, -70, 20, 0.0, 0.26, 0.0, 0.9).parameters(), (count, 1))
    rows[:, 3] = np.linspace(-0.1, 0.1, count)
    return PitchCameras.from_parameters(np.arange(count), rows, np.zeros(count, np.uint8), SIZE)


def seen_by(cameras: PitchCameras, paths: dict[int, Floats], jitter: float = 0.0) -> TrackTable:
    """The tracks of people on ``paths`` (F, 2), metres, 1.8 m tall; NaN where they are away.

    jitter: of the edges of boxes, pixels.
    """
    random = np.random.default_rng(0)
    parts = []
    for identity, path in paths.items():
        frames = np.flatnonzero(np.isfinite(path).all(axis=1))
        places = path[frames]
        feet = cameras.image_points(frames, places)
        heads = cameras.image_points(frames, np.column_stack([places, np.full(len(frames), 1.8)]))
        tall = feet[:, 1] - heads[:, 1]
        boxes = np.column_stack(
            [feet[:, 0] - tall / 5, heads[:, 1], feet[:, 0] + tall / 5, feet[:, 1]]
        )
        boxes += random.normal(0, jitter, boxes.shape) if jitter else 0.0
        count = len(frames)
        parts.append(
            TrackTable(
                frames,
                frames / RATE,
                np.full(count, identity),
                boxes,
                np.ones(count),
                np.full(count, "player"),
                np.zeros(count, np.bool_),
            )
        )
    return TrackTable.concatenate(parts)


def runner(start: tuple[float, float], velocity: tuple[float, float], count: int) -> Floats:
    """(F, 2) a straight path at an even pace, metres."""
    seconds = np.arange(count)[:, None] / RATE
    return np.asarray(np.array(start) + seconds * np.array(velocity), np.float64)
