"""The vectorised filter against the textbook one with 8x8 matrices."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.tracking import kalman

Array = NDArray[np.float64]
STEP = 1.0 / kalman.STEPS_PER_SECOND


class Textbook:
    """Kalman filter of one box: mean (8,) of positions then velocities, covariance (8, 8)."""

    def __init__(self, box: Array) -> None:
        self.mean = np.concatenate([box, np.zeros(4)])
        self.covariance = np.diag(
            np.concatenate([(2 / 20 * self.sizes()) ** 2, (10 / 160 * self.sizes()) ** 2])
        )

    def sizes(self) -> Array:
        width, height = self.mean[2:4]
        return np.array([width, height, width, height])

    def predict(self, steps: float) -> None:
        transition = np.eye(8)
        transition[:4, 4:] = steps * np.eye(4)
        noise = np.concatenate([(self.sizes() / 20) ** 2, (self.sizes() / 160) ** 2]) * steps
        self.mean = transition @ self.mean
        self.covariance = transition @ self.covariance @ transition.T + np.diag(noise)

    def correct(self, box: Array) -> None:
        observe = np.eye(4, 8)
        innovation = observe @ self.covariance @ observe.T + np.diag((self.sizes() / 20) ** 2)
        gain = self.covariance @ observe.T @ np.linalg.inv(innovation)
        self.mean = self.mean + gain @ (box - observe @ self.mean)
        self.covariance = self.covariance - gain @ innovation @ gain.T

    def follow_camera(self, motion: Array) -> None:
        linear = motion[:, :2]
        scale = np.sqrt(abs(np.linalg.det(linear)))
        move = np.zeros((8, 8))
        for start in (0, 4):
            move[start : start + 2, start : start + 2] = linear
            move[start + 2, start + 2] = move[start + 3, start + 3] = scale
        self.mean = move @ self.mean
        self.mean[:2] += motion[:, 2]
        self.covariance = move @ self.covariance @ move.T


def as_state(filters: list[Textbook]) -> kalman.State:
    """The planes that the vectorised filter keeps of each textbook filter."""
    state = np.empty((5, len(filters), 4))
    for row, one in enumerate(filters):
        state[0, row], state[1, row] = one.mean[:4], one.mean[4:]
        state[2, row] = np.diag(one.covariance[:4, :4])
        state[3, row] = np.diag(one.covariance[:4, 4:])
        state[4, row] = np.diag(one.covariance[4:, 4:])
    return state


def random_boxes(rng: np.random.Generator, count: int) -> Array:
    return np.column_stack([rng.uniform(0, 1000, (count, 2)), rng.uniform(80, 200, (count, 2))])


def run_both(motion: Array, frames: int = 60) -> tuple[kalman.State, list[Textbook]]:
    """Both filters over the same boxes, with uneven time steps and missed detections."""
    rng = np.random.default_rng(3)
    boxes = random_boxes(rng, 7)
    state, filters = kalman.initiate(boxes), [Textbook(box) for box in boxes]
    for frame in range(frames):
        steps = rng.uniform(0.4, 2.5)
        boxes = boxes + rng.normal(0, 2, boxes.shape)
        state = kalman.follow_camera(kalman.predict(state, steps * STEP), motion)
        seen = rng.random(len(boxes)) < 0.8
        if seen.any():
            state[:, seen] = kalman.correct(state[:, seen], boxes[seen])
        for row, one in enumerate(filters):
            one.predict(steps)
            one.follow_camera(motion)
            if seen[row]:
                one.correct(boxes[row])
        assert state.shape == (5, 7, 4), frame
    return state, filters


def test_filter_equals_the_textbook_with_full_covariances() -> None:
    state, filters = run_both(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    np.testing.assert_allclose(state, as_state(filters), rtol=1e-9, atol=1e-9)


def test_panning_and_zooming_camera_equals_the_textbook() -> None:
    state, filters = run_both(np.array([[1.004, 0.0, 3.0], [0.0, 1.004, -1.5]]))
    np.testing.assert_allclose(state, as_state(filters), rtol=1e-9, atol=1e-9)


def test_rolling_camera_stays_near_the_textbook_though_a_covariance_is_dropped() -> None:
    angle = np.deg2rad(0.3)  # 7.5 degrees a second: more than a broadcast camera rolls
    roll = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    state, filters = run_both(np.column_stack([roll, [2.0, 1.0]]))
    expected = as_state(filters)
    np.testing.assert_allclose(state[0], expected[0], atol=0.5)
    np.testing.assert_allclose(state[2], expected[2], rtol=0.05)


def test_twice_the_frame_rate_gives_the_same_uncertainty_after_a_second() -> None:
    box = np.array([[500.0, 300.0, 40.0, 100.0]])
    slow = fast = kalman.initiate(box)
    for _ in range(25):
        slow = kalman.predict(slow, STEP)
    for _ in range(50):
        fast = kalman.predict(fast, STEP / 2)
    np.testing.assert_allclose(fast[2], slow[2], rtol=0.02)
    np.testing.assert_allclose(fast[4], slow[4], rtol=1e-9)


def test_box_that_shrinks_for_long_never_turns_inside_out() -> None:
    state = kalman.initiate(np.array([[500.0, 300.0, 40.0, 100.0]]))
    state[1, :, 2:] = -5.0
    assert (kalman.predict(state, 20.0)[0, :, 2:] > 0).all()


@pytest.mark.parametrize("count", [0, 1])
def test_filter_of_no_or_one_box_works(count: int) -> None:
    state = kalman.initiate(random_boxes(np.random.default_rng(0), count))
    state = kalman.follow_camera(kalman.predict(state, STEP), np.eye(2, 3))
    assert kalman.correct(state, state[0]).shape == (5, count, 4)


def test_scale_of_a_zoom_is_its_factor() -> None:
    assert kalman.scale_of(np.array([[1.5, 0, 7], [0, 1.5, 3.0]])) == pytest.approx(1.5)
