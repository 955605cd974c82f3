"""The cameras of a clip: one at a time and all at once, and what is told where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import REFUSAL_WORDS, PitchCameras
from touchline.types import Floats

SIZE = (1280, 720)


def panning(count: int) -> Floats:
    """Rows of cameras that turn from left to right over the middle of the pitch."""
    rows = np.tile(PitchCamera(0, -80, 18, 0.0, 0.22, 0.01, 1.4, -0.05).parameters(), (count, 1))
    rows[:, 3] = np.linspace(-0.3, 0.3, count)
    return rows


def some_refused() -> PitchCameras:
    rows, codes = panning(6), np.array([0, 0, 2, 0, 0, 3], np.uint8)
    rows[codes > 0] = np.nan
    return PitchCameras.from_parameters(np.array([3, 4, 5, 7, 8, 9]), rows, codes, SIZE)


def test_all_at_once_is_the_same_as_camera_by_camera() -> None:
    cameras = some_refused()
    random = np.random.default_rng(1)
    frames = random.choice([3, 4, 7, 8], 50)
    pixels = random.uniform((0, 300), SIZE, (50, 2))
    metres = cameras.pitch_points(frames, pixels)
    for frame, pixel, one in zip(frames.tolist(), pixels, metres, strict=True):
        camera = cameras.camera(frame)
        assert camera is not None
        assert np.allclose(camera.pitch_points(pixel[None], *SIZE)[0], one)
    assert np.allclose(cameras.image_points(frames, metres), pixels, atol=1e-4)


def test_without_a_camera_there_are_no_metres() -> None:
    cameras = some_refused()
    frames = np.array([5, 6, 9, 2, 10])  # refused, not among them, refused, before, behind
    assert np.isnan(cameras.pitch_points(frames, np.full((5, 2), 500.0))).all()
    assert np.isnan(cameras.image_points(frames, np.zeros((5, 2)))).all()
    assert [cameras.camera(frame) for frame in frames.tolist()] == [None] * 5
    assert len(cameras.pitch_points(np.empty(0, int), np.empty((0, 2)))) == 0


def test_a_clip_without_any_camera_says_the_commonest_reason() -> None:
    assert some_refused().why_none() is None
    none = PitchCameras.none(np.arange(9), SIZE, "no-lines")
    assert none.why_none() == "no lines"
    assert np.isnan(none.pitch_points(np.arange(9), np.zeros((9, 2)))).all()
    empty = PitchCameras.none(np.empty(0, np.int64), SIZE, "no-lines")
    assert empty.why_none() == "no lines were looked for"
    assert empty.camera(0) is None
    assert np.isnan(empty.pitch_points(np.array([0]), np.zeros((1, 2)))).all()


def test_columns_that_do_not_go_together_are_refused() -> None:
    frames, codes = np.arange(4), np.zeros(4, np.uint8)
    with pytest.raises(InputError, match="ascend"):
        PitchCameras.from_parameters(frames[::-1], panning(4), codes, SIZE)
    with pytest.raises(InputError, match=r"refusals of PitchCameras are \(3,\)"):
        PitchCameras.from_parameters(frames, panning(4), codes[1:], SIZE, np.ones(4))
    codes[2] = REFUSAL_WORDS.index("no-lines")
    with pytest.raises(InputError, match="frame 2 does not go with 'no-lines'"):
        PitchCameras.from_parameters(frames, panning(4), codes, SIZE)
