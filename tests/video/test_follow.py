"""A window that follows people: smooth, inside the image, never across a cut; and what it shows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.video.follow import Targets, follow, holds
from touchline.video.viewport import Viewport

FPS, IMAGE, SIZE = 25.0, (1280, 720), (640, 360)


def targets(centres: NDArray[np.float64], cuts: tuple[int, ...] = ()) -> Targets:
    """A person 60 high at each of (F, 2) centres, NaN where nobody is; shots begin at ``cuts``."""
    half = np.array([12.0, 30.0])
    boxes = np.hstack([centres - half, centres + half])
    shots = np.isin(np.arange(len(centres)), (0, *cuts))
    return Targets(boxes, np.where(np.isnan(centres[:, 0]), np.nan, 60.0), shots)


def run(seconds: float = 8.0) -> NDArray[np.float64]:
    """A run to and fro, with the strides of a runner and the shaking of a detector's box."""
    time = np.arange(round(seconds * FPS)) / FPS
    path = np.column_stack([640 + 250 * np.sin(0.8 * time), 360 + 60 * np.sin(0.5 * time)])
    stride = 4 * np.sin(2 * np.pi * 3.0 * time)
    path += np.random.default_rng(1).normal(0, 2, path.shape) + stride[:, None]
    return path


def test_the_window_moves_smoothly_where_boxes_shake() -> None:
    wanted = targets(run())
    windows = follow(wanted, FPS, IMAGE, SIZE)
    jerks = np.abs(np.diff(windows, n=2, axis=0)).max()
    assert jerks < 0.5  # pixels from frame to frame; those of the boxes are over 10
    assert np.abs(np.diff(wanted.boxes, n=2, axis=0)).max() > 10
    assert holds(windows, wanted.boxes, IMAGE).all()
    middle = (windows[:, :2] + windows[:, 2:] - wanted.boxes[:, :2] - wanted.boxes[:, 2:]) / 2
    assert np.abs(middle).max() < 40  # no delay to speak of, at up to 200 pixels a second


def test_the_window_has_the_shape_that_is_asked_for_and_lies_in_the_image() -> None:
    path = run() * 1.4 - 300  # out of the image on both sides
    for size in ((640, 360), (360, 640), (500, 500)):
        windows = follow(targets(path), FPS, IMAGE, size)
        sides = windows[:, 2:] - windows[:, :2]
        assert sides[:, 0] / sides[:, 1] == pytest.approx(size[0] / size[1])
        assert (windows[:, :2] > -1e-6).all()
        assert (windows[:, 2:] < np.array(IMAGE) + 1e-6).all()


def test_a_cut_is_jumped_over_and_nothing_of_one_shot_moves_the_other() -> None:
    first, second = run(2.0), run(2.0) * 0.3 + 400
    both = follow(targets(np.vstack([first, second]), (50,)), FPS, IMAGE, SIZE)
    alone = [follow(targets(path), FPS, IMAGE, SIZE) for path in (first, second)]
    assert both == pytest.approx(np.vstack(alone))
    assert np.abs(both[50] - both[49]).max() > 20


def test_the_window_goes_on_while_nobody_is_seen_and_shows_a_foreign_shot_whole() -> None:
    path = run(6.0)
    path[50:100] = np.nan
    steps = np.abs(np.diff(follow(targets(path), FPS, IMAGE, SIZE), axis=0))
    assert steps.max() < 12
    path[:] = np.nan
    assert follow(targets(path), FPS, IMAGE, SIZE) == pytest.approx(
        np.tile([0.0, 0.0, 1280.0, 720.0], (len(path), 1))
    )
    assert len(follow(targets(path[:0]), FPS, IMAGE, SIZE)) == 0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_shot_of_few_frames_has_windows_too(count: int) -> None:
    wanted = targets(run()[:count])
    assert holds(follow(wanted, FPS, IMAGE, SIZE), wanted.boxes, IMAGE).all()


def test_several_people_are_all_in_the_window_unless_its_shape_forbids_it() -> None:
    frames = np.arange(100)
    there = np.repeat(frames, 2)
    left, right = np.array([100.0, 300, 130, 380]), np.array([900.0, 300, 930, 390])
    boxes = np.tile([left, right], (100, 1))
    wanted = Targets.of(frames, frames == 0, there, boxes)
    assert wanted.boxes[7].tolist() == [100.0, 300.0, 930.0, 390.0]
    assert wanted.heights[7] == 90.0
    windows = follow(wanted, FPS, IMAGE, SIZE)
    assert holds(windows, wanted.boxes, IMAGE).all()
    assert (windows[:, 2] - windows[:, 0] < 1100).all()  # and not more of the image than needed
    assert not holds(follow(wanted, FPS, IMAGE, (300, 600)), wanted.boxes, IMAGE).any()


@pytest.mark.parametrize("window", [(100.25, 40.5, 260.25, 130.5), (0, 0, 640, 360)])
def test_what_is_marked_lies_on_what_is_shown(window: tuple[float, ...]) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    image[80:100, 150:190] = 255
    view = Viewport(np.array(window, np.float64), (320, 180))
    shown = view.of_image(image)
    assert shown.shape == (180, 320, 3)
    rows, columns = np.nonzero(shown[..., 0] > 127)
    box = view.of_boxes(np.array([[150.0, 80.0, 190.0, 100.0]]))[0]
    ends = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert ends == pytest.approx(box.tolist(), abs=1.0)


def test_the_camera_moves_in_a_view_as_it_does_in_the_image() -> None:
    before = Viewport(np.array([100.0, 50.0, 420.0, 230.0]), (640, 360))
    after = Viewport(np.array([130.0, 60.0, 390.0, 206.25]), (640, 360))
    motion = np.array([[1.01, 0.02, 5.0], [-0.02, 1.01, -3.0]])
    point = np.array([200.0, 120.0])
    moved = motion[:, :2] @ point + motion[:, 2]
    seen = before.of_boxes(np.tile(point, (1, 2)))[0, :2]
    matrix = after.of_motion(motion, before)
    expected = after.of_boxes(np.tile(moved, (1, 2)))[0, :2]
    assert matrix[:, :2] @ seen + matrix[:, 2] == pytest.approx(expected)
