"""Cameras: metres to pixels and back, and a homography back to its camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.pitch.camera import PitchCamera, camera_of_homography

CAMERAS = st.builds(
    PitchCamera,
    x=st.floats(-50, 50),
    y=st.floats(-130, -40),
    z=st.floats(3, 45),
    pan=st.floats(-1, 1),
    tilt=st.floats(0.05, 0.6),
    roll=st.floats(-0.05, 0.05),
    focal=st.floats(0.5, 5),
    bend=st.floats(-0.3, 0.2),
)


def grid(width: int, height: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    columns, rows = np.meshgrid(np.linspace(0, width, 9), np.linspace(0, height, 7))
    return np.stack([columns.ravel(), rows.ravel()], axis=1)


@settings(max_examples=60, deadline=None)
@given(CAMERAS)
def test_what_is_seen_on_the_ground_is_seen_there_again(camera: PitchCamera) -> None:
    pixels = grid(1280, 720)
    metres = camera.pitch_points(pixels, 1280, 720)
    near = np.isfinite(metres).all(axis=1) & (np.abs(metres).max(axis=1) < 1000)
    assert near.any()
    again = camera.image_points(metres[near], 1280, 720)
    assert np.abs(again - pixels[near]).max() < 1e-3


@settings(max_examples=60, deadline=None)
@given(CAMERAS, st.sampled_from([-3.0, 0.01, 1.0]))
def test_the_homography_of_a_camera_gives_that_camera_again(
    camera: PitchCamera, scale: float
) -> None:
    plain = PitchCamera(
        camera.x, camera.y, camera.z, camera.pan, camera.tilt, camera.roll, camera.focal
    )
    found = camera_of_homography(scale * plain.homography(1920, 1080), 1920, 1080)
    assert np.allclose(found.parameters(), plain.parameters(), rtol=1e-6, atol=1e-5)


def test_the_homography_and_the_projection_agree() -> None:
    camera = PitchCamera(3, -70, 18, 0.2, 0.25, 0.01, 1.3)
    metres = np.array([[0.0, 0.0], [-20.0, 30.0], [15.0, -34.0]])
    flat = np.column_stack([metres, np.ones(3)]) @ camera.homography(1280, 720).T
    assert np.allclose(flat[:, :2] / flat[:, 2:], camera.image_points(metres, 1280, 720))


def test_x_grows_to_the_right_and_y_away_from_the_camera() -> None:
    camera = PitchCamera(0, -70, 18, 0, 0.25, 0, 1.0)
    centre, right, far = camera.image_points(np.array([[0.0, 0], [10, 0], [0, 10]]), 1280, 720)
    assert right[0] > centre[0]
    assert far[1] < centre[1]
    head = camera.image_points(np.array([[0.0, 0.0, 1.8]]), 1280, 720)[0]
    assert head[1] < centre[1]


def test_the_sky_has_no_place_on_the_pitch_and_what_is_behind_none_in_the_image() -> None:
    camera = PitchCamera(0, -70, 18, 0, 0.1, 0, 1.0)
    assert np.isnan(camera.pitch_points(np.array([[640.0, 0.0]]), 1280, 720)).all()
    assert np.isnan(camera.image_points(np.array([[0.0, -90.0]]), 1280, 720)).all()


def test_a_homography_of_no_camera_is_refused() -> None:
    with pytest.raises(InputError, match="homography of no camera"):
        camera_of_homography(np.array([[1.0, 1, 0], [0, 1, 0], [0.1, 0.1, 1]]), 1280, 720)
