"""A run of the small clip whose camera is known: as if it had been found by the pitch's lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

from touchline.observations import Observation
from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig
from touchline.run.request import RunRequest
from touchline.run.track import track_run

CAMERA = PitchCamera(5.0, -45.0, 14.0, 0.02, 0.38, 0.0, 1.3)
"""A rather near one, so that the small clip's four players are on the pitch."""


def cameras_of_the_clip(
    observations: Iterable[Observation], size: tuple[int, int], config: PitchConfig
) -> PitchCameras:
    """``CAMERA`` in every frame, in place of ``find_cameras``, which is tested by itself."""
    frames = np.array([seen.frame for seen in observations], np.int64)
    rows = np.tile(CAMERA.parameters(), (len(frames), 1))
    found = PitchCameras.from_parameters(frames, rows, np.zeros(len(frames), np.uint8), size)
    return found.turned(1) if config.flip else found


def pitched_run(clip: Clip, out: Path) -> Path:
    """A finished run without an annotated video."""
    settings = {
        "models": {"detections": str(clip.detections), "reid": "colour"},
        "numbers": {"read": "never"},
        "lines": {"every": 0},
    }
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("touchline.run.cameras.find_cameras", cameras_of_the_clip)
        track_run(request, lambda *_: None, lambda: False)
    return out
