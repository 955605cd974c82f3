"""A broadcast camera that pans and zooms after the ball, and projects the people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.simulation.config import SceneCameraConfig
from touchline.simulation.people import PITCH
from touchline.types import Affine, identity_motion

_STEP_SECONDS = 0.1  # longest step of the camera's head
_AIM_BEYOND = 7.0  # metres: puts the play a little below the middle of the image
_CLOSER = 2.0  # how much nearer the other shot is


class SceneCamera:
    """Pinhole camera at a fixed place whose head follows the ball with some lag.

    image_size: (width, height) in pixels.
    """

    def __init__(
        self,
        config: SceneCameraConfig,
        image_size: tuple[int, int],
        frame_seconds: float,
        ball: NDArray[np.float64],
        generator: np.random.Generator,
    ) -> None:
        self._config = config
        self._size = np.array(image_size, np.float64)
        self._seconds = frame_seconds
        self._generator = generator
        self._place = np.array([0.0, -config.distance, config.height])
        self._aim = _aim(ball)
        self._aim_speed = np.zeros(2)
        self._zoom = float(generator.standard_normal())
        self._close = False
        self._view = self._make_view()
        grid = np.linspace(0.1, 0.9, 5)
        across, down = np.meshgrid(grid * image_size[0], grid * image_size[1])
        self._grid = np.column_stack([across.ravel(), down.ravel(), np.ones(across.size)])

    def step(self, ball: NDArray[np.float64]) -> tuple[Affine, bool]:
        """Follow the ball for one frame; the estimated motion of the image, and whether it cuts."""
        config, generator = self._config, self._generator
        before = self._view
        keep = np.exp(-self._seconds / config.zoom_seconds)
        self._zoom = keep * self._zoom + np.sqrt(1 - keep**2) * float(generator.standard_normal())
        cut = generator.random() < self._seconds / (config.shot_seconds or np.inf)
        error = generator.standard_normal(2)
        self._follow(_aim(ball))
        if cut:
            self._close = not self._close
            self._aim, self._aim_speed = _aim(ball), np.zeros(2)
        self._view = self._make_view()
        if cut:
            return identity_motion(), True
        motion = _best_similarity(self._grid, self._grid @ (self._view @ np.linalg.inv(before)).T)
        motion[:, 2] += config.motion_error * error
        return motion, False

    def _follow(self, goal: NDArray[np.float64]) -> None:
        """Critically damped: no overshoot, no jerk."""
        lag = self._config.follow_seconds
        steps = int(np.ceil(self._seconds / min(_STEP_SECONDS, lag / 4)))
        step = self._seconds / steps
        for _ in range(steps):
            pull = (goal - self._aim) / lag**2 - 2.0 * self._aim_speed / lag
            self._aim_speed = self._aim_speed + pull * step
            self._aim = self._aim + self._aim_speed * step

    def _make_view(self) -> NDArray[np.float64]:
        """(3, 3): from directions in the world to homogeneous pixels."""
        config = self._config
        look = np.append(self._aim, 0.0) - self._place
        look /= np.linalg.norm(look)
        right = np.array([look[1], -look[0], 0.0])
        right /= np.linalg.norm(right)
        down = np.cross(look, right)
        focal = config.focal * self._size[0] * np.exp(config.zoom * self._zoom)
        focal *= _CLOSER if self._close else 1.0
        x, y = self._size / 2
        lens = np.array([[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]])
        view: NDArray[np.float64] = lens @ np.array([right, down, look])
        return view

    def boxes(
        self,
        places: NDArray[np.float64],
        heights: NDArray[np.float64],
        aspects: NDArray[np.float64],
    ) -> tuple[Boxes, NDArray[np.bool_]]:
        """Boxes (N, 4) of whole bodies, cut at the image's border, and who is in the image.

        places: (N, 2) metres. heights: (N,) metres. aspects: (N,) width of a body by its height.
        """
        feet = np.column_stack([places, np.zeros(len(places))]) - self._place
        feet_px = feet @ self._view.T
        head_px = feet_px + heights[:, None] * self._view[:, 2]
        before = (feet_px[:, 2] > 1.0) & (head_px[:, 2] > 1.0)  # metres before the lens
        x, bottom = (feet_px[:, :2] / np.where(before, feet_px[:, 2], 1.0)[:, None]).T
        top = head_px[:, 1] / np.where(before, head_px[:, 2], 1.0)
        half = aspects * np.abs(bottom - top) / 2
        whole = np.column_stack([x - half, top, x + half, bottom])
        cut = np.clip(whole, 0.0, np.concatenate([self._size, self._size]))
        area = (whole[:, 2] - whole[:, 0]) * (whole[:, 3] - whole[:, 1])
        inside = (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1])
        shown = before & (inside >= self._config.min_visible * area) & (inside > 1.0)
        return cut, shown


def _aim(ball: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point to centre the view on: behind the ball, and closer to the middle of the pitch."""
    limit = PITCH[0] / 2 - 12.0
    return np.array([np.clip(0.9 * ball[0], -limit, limit), 0.35 * ball[1] + _AIM_BEYOND])


def _best_similarity(before: NDArray[np.float64], after: NDArray[np.float64]) -> Affine:
    """(2, 3): turn, scale and shift that best map pixels to homogeneous pixels, least squares."""
    from_ = before[:, 0] + 1j * before[:, 1]
    to = (after[:, 0] + 1j * after[:, 1]) / after[:, 2]
    centred = from_ - from_.mean()
    factor = (centred.conj() @ (to - to.mean())) / (centred.conj() @ centred).real
    shift = to.mean() - factor * from_.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )
