"""Constant-velocity Kalman filter of many boxes at once: pure functions on one array.

A state is a (5, N, 4) float64 array. Its five planes are position, velocity, variance of the
position, covariance of position and velocity, variance of the velocity; its last axis is
(centre x, centre y, width, height) in pixels. Each coordinate is a filter of its own with two
states: the textbook filter with 8x8 covariances never couples them, so nothing is lost and no
matrix is inverted.

Velocity counts in pixels a step; a step is 1/25 s. Noise grows with the box by the weights of
BoT-SORT (arXiv 2206.14651) for one step and linearly with time, so that videos of 25 and of
50 frames a second behave the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.types import Affine

State = NDArray[np.float64]
"""(5, N, 4): position, velocity, position variance, covariance, velocity variance."""

STEPS_PER_SECOND = 25.0
POSITION_WEIGHT = 1.0 / 20.0  # standard deviation of a measured position, in box sizes
VELOCITY_WEIGHT = 1.0 / 160.0  # how much the velocity changes in a step, in box sizes
MIN_SIZE = 1.0  # pixels: a shrinking box never turns inside out


def initiate(boxes_cxcywh: NDArray[np.float64]) -> State:
    """The state of boxes seen once: at rest, with wide variances."""
    state = np.zeros((5, len(boxes_cxcywh), 4))
    state[0] = boxes_cxcywh
    noise = _squared_sizes(state)
    state[2] = noise * (2 * POSITION_WEIGHT) ** 2
    state[4] = noise * (10 * VELOCITY_WEIGHT) ** 2
    return state


def predict(state: State, seconds: float) -> State:
    """The state ``seconds`` later."""
    position, velocity, variance, covariance, velocity_variance = state
    steps = seconds * STEPS_PER_SECOND
    noise = _squared_sizes(state) * steps
    later_covariance = covariance + velocity_variance * steps
    later = np.empty_like(state)
    later[0] = position + velocity * steps
    np.maximum(later[0, :, 2:], MIN_SIZE, out=later[0, :, 2:])
    later[1] = velocity
    # F P F^T + Q written out for the 2x2 covariance of each coordinate.
    later[2] = variance + (covariance + later_covariance) * steps + noise * POSITION_WEIGHT**2
    later[3] = later_covariance
    later[4] = velocity_variance + noise * VELOCITY_WEIGHT**2
    return later


def correct(state: State, boxes_cxcywh: NDArray[np.float64]) -> State:
    """The state after each box was measured at ``boxes_cxcywh``, (N, 4)."""
    position, velocity, variance, covariance, velocity_variance = state
    noise = _squared_sizes(state) * POSITION_WEIGHT**2
    precision = 1.0 / (variance + noise)
    gain = variance * precision
    velocity_gain = covariance * precision
    innovation = boxes_cxcywh - position
    corrected = np.empty_like(state)
    corrected[0] = position + gain * innovation
    corrected[1] = velocity + velocity_gain * innovation
    corrected[2] = gain * noise
    corrected[3] = velocity_gain * noise
    corrected[4] = velocity_variance - velocity_gain * covariance
    return corrected


def follow_camera(state: State, motion: Affine) -> State:
    """The state in the pixels of the next frame, where ``motion`` maps the image to it.

    Centres and their velocities take the whole affine map; a box stays upright, so its sizes
    take only the change of scale. Variances are carried over exactly as long as the camera does
    not roll; for a roll by an angle a the covariance of x and y, of order sin(a), is dropped.
    """
    linear = np.zeros((4, 4))
    linear[:2, :2] = motion[:, :2].T
    linear[2, 2] = linear[3, 3] = scale_of(motion)
    moved = np.empty_like(state)
    np.matmul(state[:2], linear, out=moved[:2])
    np.matmul(state[2:], linear * linear, out=moved[2:])
    moved[0, :, :2] += motion[:, 2]
    return moved


def scale_of(motion: Affine) -> float:
    """How much ``motion`` enlarges the image: 1 for none."""
    (a, b), (c, d) = motion[:, :2].tolist()
    return float(abs(a * d - b * c) ** 0.5)


def _squared_sizes(state: State) -> NDArray[np.float64]:
    """(N, 4) of w^2, h^2, w^2, h^2: the scale of the noise of each coordinate."""
    sizes = state[0, :, 2:]
    squares = sizes * sizes
    return np.concatenate((squares, squares), axis=1)
