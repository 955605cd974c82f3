"""The camera of a single image, from drawn pitches whose camera is known."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_pitches import TURF, drawn_pitch

from touchline.pitch.calibration import calibrate_image
from touchline.pitch.camera import PitchCamera
from touchline.pitch.config import PitchConfig
from touchline.types import Image

SEEN = {
    "the centre circle": PitchCamera(0, -66, 18, 0.05, 0.27, 0.0, 1.1),
    "the right penalty area": PitchCamera(1, -75, 20, 0.5, 0.25, 0.005, 1.6),
    "half a pitch, lines bent": PitchCamera(-2, -62, 18, -0.35, 0.33, -0.01, 0.8, -0.2),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_drawn_pitch_gives_its_camera(name: str) -> None:
    camera = SEEN[name]
    found = calibrate_image(drawn_pitch(camera))
    assert found.camera is not None, found.reason
    columns, rows = np.meshgrid(np.linspace(100, 860, 9), np.linspace(200, 500, 7))
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    true = camera.pitch_points(pixels, 960, 540)
    on_pitch = (np.abs(true) < (52.5, 34)).all(axis=1)
    errors = np.hypot(*(found.camera.pitch_points(pixels, 960, 540) - true)[on_pitch].T)
    assert np.median(errors) < 0.3
    assert found.score > 0.8


def plain(colour: tuple[int, int, int]) -> Image:
    return np.full((540, 960, 3), colour, np.uint8)


def test_an_image_without_a_pitch_has_no_camera() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (540, 960, 3), dtype=np.uint8)
    for image in (plain((80, 80, 85)), noise, plain(TURF)):
        found = calibrate_image(image)
        assert found.camera is None
        assert found.reason


def test_lines_that_are_no_pitch_are_refused() -> None:
    image = plain(TURF)
    for row in range(60, 540, 60):  # mown, or a running track
        image[row : row + 3] = 235
    for column in range(40, 960, 40):
        image[:, column : column + 3] = 235
    found = calibrate_image(image)
    assert found.camera is None
    assert "no camera agrees" in found.reason


def test_people_are_no_lines() -> None:
    camera = SEEN["the centre circle"]
    image = drawn_pitch(camera)
    boxes = np.array([[100.0 + 60 * k, 400, 112 + 60 * k, 460] for k in range(12)])
    for x1, y1, x2, y2 in boxes.astype(int):
        image[y1:y2, x1:x2] = 255
    found = calibrate_image(image, PitchConfig(), boxes)
    assert found.camera is not None
    assert found.camera.pan == pytest.approx(camera.pan, abs=0.01)


def test_a_pitch_of_another_size_is_found_by_its_settings() -> None:
    config = PitchConfig(length=40, width=20, markings="futsal")
    camera = PitchCamera(0, -19, 6, 0.1, 0.3, 0.0, 0.9)
    found = calibrate_image(drawn_pitch(camera, config=config), config)
    assert found.camera is not None, found.reason
    pixels = np.array([[480.0, 300.0], [300, 350], [700, 400]])
    off = found.camera.pitch_points(pixels, 960, 540) - camera.pitch_points(pixels, 960, 540)
    assert np.abs(off).max() < 0.3


def test_a_single_line_leaves_open_where_it_is() -> None:
    image = plain(TURF)
    image[100:103] = 235
    found = calibrate_image(image)
    assert found.camera is None
    assert "leave open" in found.reason or "no camera agrees" in found.reason


def test_the_expected_error_is_that_of_the_places() -> None:
    camera = SEEN["the right penalty area"]
    found = calibrate_image(drawn_pitch(camera))
    assert found.camera is not None, found.reason
    assert 0.01 < found.metres < 0.3
