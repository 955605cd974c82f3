"""Camera motion against exactly known moves of an image, and images that show nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.perception.camera import CameraMotion
from touchline.perception.config import CameraConfig
from touchline.types import Affine, Image, identity_motion

WIDTH, HEIGHT = 1280, 720
NOBODY = np.empty((0, 4))


def stadium(seed: int = 0) -> Image:
    """Something to look at, 1600 x 1000: blotches of several sizes."""
    random = np.random.default_rng(seed)
    picture = np.zeros((1000, 1600, 3), np.float32)
    for cells in (20, 60, 160):
        noise = random.uniform(0, 80, (cells * 10 // 16, cells, 3)).astype(np.float32)
        picture += cv2.resize(noise, (1600, 1000), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


WORLD = stadium()


def view(x: float, y: float, zoom: float = 1.0, degrees: float = 0.0) -> NDArray[np.float64]:
    """(3, 3) similarity from WORLD to a frame whose centre looks at (x, y)."""
    turn = np.radians(degrees)
    cosine, sine = zoom * np.cos(turn), zoom * np.sin(turn)
    return np.array(
        [
            [cosine, -sine, WIDTH / 2 - (cosine * x - sine * y)],
            [sine, cosine, HEIGHT / 2 - (sine * x + cosine * y)],
            [0, 0, 1],
        ]
    )


def look(camera: NDArray[np.float64], world: Image = WORLD) -> Image:
    frame = cv2.warpAffine(world, camera[:2], (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(frame, np.uint8)


def motion_between(first: NDArray[np.float64], second: NDArray[np.float64]) -> Affine:
    return np.asarray((second @ np.linalg.inv(first))[:2])


def error(motion: Affine, truth: Affine) -> float:
    """Mean distance in pixels over a lattice of places in the frame."""
    x, y = np.meshgrid(np.linspace(0, WIDTH, 9), np.linspace(0, HEIGHT, 6))
    places = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return float(np.linalg.norm(places @ (motion - truth).T, axis=1).mean())


def test_first_frame_has_no_motion() -> None:
    assert np.array_equal(CameraMotion().estimate(WORLD, NOBODY), identity_motion())


@settings(max_examples=20, deadline=None)
@given(
    x=st.floats(-50, 50), y=st.floats(-30, 30), zoom=st.floats(0.96, 1.04), turn=st.floats(-2, 2)
)
def test_pan_turn_and_zoom_are_measured_to_a_fraction_of_a_pixel(
    x: float, y: float, zoom: float, turn: float
) -> None:
    first, second = view(800, 500), view(800 + x, 500 + y, zoom, turn)
    camera = CameraMotion()
    camera.estimate(look(first), NOBODY)
    motion = camera.estimate(look(second), NOBODY)
    assert error(motion, motion_between(first, second)) < 0.3


def test_people_who_all_run_one_way_do_not_move_the_camera() -> None:
    first, second = view(800, 500), view(806, 500)
    frames, people = [], []
    for camera, step in ((first, 0), (second, 24)):
        frame = look(camera)
        boxes = []
        for row in range(3):
            for column in range(9):
                x, y = 40 + column * 130 + step, 30 + row * 230
                frame[y : y + 200, x : x + 90] = WORLD[y : y + 200, 5 * column : 5 * column + 90]
                boxes.append([x, y, x + 90, y + 200])
        frames.append(frame)
        people.append(np.array(boxes, np.float64))
    masked, unmasked = CameraMotion(), CameraMotion()
    for frame, boxes_of_frame in zip(frames, people, strict=True):
        motion = masked.estimate(frame, boxes_of_frame)
        without = unmasked.estimate(frame, NOBODY)
    truth = motion_between(first, second)
    assert error(motion, truth) < 0.5
    assert error(without, truth) > 5


def test_overlay_that_fills_half_the_image_is_learned_and_ignored() -> None:
    camera = CameraMotion()
    errors = []
    # The overlay grows, so that it never outvotes what is still unknown of it.
    for index in range(12):
        place = view(700 + 12 * index, 500)
        frame = look(place)
        share = 240 if index < 6 else 400
        frame[:share] = WORLD[:share, :WIDTH]
        motion = camera.estimate(frame, NOBODY)
        if index:
            errors.append(error(motion, motion_between(view(700 + 12 * (index - 1), 500), place)))
    assert max(errors) < 0.5


def test_lines_on_blank_grass_outweigh_a_score_board() -> None:
    world = np.full((1000, 1600, 3), 90, np.uint8)
    for x in range(100, 1600, 240):
        cv2.line(world, (x, 0), (x + 90, 999), (235, 235, 235), 6)
    for y in range(150, 1000, 300):
        cv2.line(world, (0, y), (1599, y + 60), (235, 235, 235), 6)
    first, second = view(800, 500), view(815, 505)
    camera = CameraMotion()
    for place in (first, second):
        frame = look(place, world)
        frame[40:110, 60:420] = WORLD[:70, :360]
        motion = camera.estimate(frame, NOBODY)
    assert error(motion, motion_between(first, second)) < 1.0


def test_no_motion_across_a_forgotten_frame_or_a_change_of_size() -> None:
    camera = CameraMotion()
    camera.estimate(look(view(800, 500)), NOBODY)
    camera.forget()
    assert np.array_equal(camera.estimate(look(view(830, 500)), NOBODY), identity_motion())
    assert np.array_equal(camera.estimate(WORLD, NOBODY), identity_motion())
    assert not np.array_equal(camera.estimate(np.roll(WORLD, 9, 1), NOBODY), identity_motion())


@pytest.mark.parametrize(
    "second",
    [
        look(view(800, 500), stadium(7)),
        look(view(800, 500, zoom=1.5)),
        look(view(800, 500, degrees=30)),
        np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    ],
    ids=["another scene", "a leap in zoom", "a leap in turn", "black"],
)
def test_unbelievable_or_unmeasurable_motion_is_the_identity(second: Image) -> None:
    camera = CameraMotion()
    camera.estimate(look(view(800, 500)), NOBODY)
    assert np.array_equal(camera.estimate(second, NOBODY), identity_motion())


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (1, 900), (7, 5), (40, 40), (2000, 60)])
def test_any_image_and_any_boxes_give_a_finite_motion(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    strange = np.array([[np.nan, 0, 5, 5], [-1e9, -1e9, 1e9, 1e9], [9, 9, 2, 2], [0, 0, np.inf, 1]])
    camera = CameraMotion()
    for boxes in (NOBODY, strange, np.empty((0, 4)), NOBODY):
        frame = random.integers(0, 256, (*size, 3), np.uint8)
        motion = camera.estimate(frame, boxes)
        assert motion.shape == (2, 3)
        assert np.isfinite(motion).all()


def test_uniform_image_gives_the_identity() -> None:
    camera = CameraMotion()
    for _ in range(3):
        frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        assert np.array_equal(camera.estimate(frame, NOBODY), identity_motion())


def test_restored_state_continues_bit_identically(tmp_path: Path) -> None:
    frames = [look(view(760 + 9 * index, 500, 1 + index / 300)) for index in range(8)]
    boxes = np.array([[100.0, 100, 160, 260], [640, 300, 700, 480]])
    whole, first = CameraMotion(), CameraMotion()
    expected = [whole.estimate(frame, boxes) for frame in frames]
    for frame in frames[:4]:
        first.estimate(frame, boxes)
    np.savez(tmp_path / "state.npz", allow_pickle=False, **first.state())
    cv2.setRNGSeed(12345)  # what another part of the program does must not matter
    second = CameraMotion(CameraConfig())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as stored:
        second.restore(dict(stored))
    for frame, motion in zip(frames[4:], expected[4:], strict=True):
        assert np.array_equal(second.estimate(frame, boxes), motion)


def test_state_before_the_first_frame_can_be_restored() -> None:
    camera = CameraMotion()
    camera.restore(CameraMotion().state())
    assert np.array_equal(camera.estimate(WORLD, NOBODY), identity_motion())


def flashed(camera: CameraMotion, first: int, last: int) -> list[Affine]:
    """Motions of a pan of which images 4 and 5 are white, from one image to another."""
    motions = []
    for frame in range(first, last):
        if frame == 4:
            camera.forget()
        elif frame == 6:
            camera.go_back(2)
        white = frame in (4, 5)
        image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8) if white else look(panned(frame))
        motions.append(camera.estimate(image, NOBODY))
    return motions


def panned(frame: int) -> NDArray[np.float64]:
    return view(700 + 6 * frame, 500)


def test_motion_is_measured_over_a_flash() -> None:
    motions = flashed(CameraMotion(), 0, 8)
    assert np.array_equal(motions[4], identity_motion())
    assert error(motions[6], motion_between(panned(3), panned(6))) < 0.5
    assert error(motions[7], motion_between(panned(6), panned(7))) < 0.3


def test_state_in_the_middle_of_a_flash_continues_bit_identically() -> None:
    expected = flashed(CameraMotion(), 0, 8)
    for stop in (4, 5, 6):
        begun, resumed = CameraMotion(), CameraMotion()
        flashed(begun, 0, stop)
        resumed.restore(begun.state())
        assert np.array_equal(flashed(resumed, stop, 8), expected[stop:])


def test_a_settled_cut_is_not_gone_back_over() -> None:
    camera = CameraMotion()
    camera.estimate(look(panned(0)), NOBODY)
    camera.forget()
    camera.estimate(np.zeros((HEIGHT, WIDTH, 3), np.uint8), NOBODY)
    camera.settle()
    camera.go_back(1)
    assert np.array_equal(camera.estimate(look(panned(2)), NOBODY), identity_motion())
