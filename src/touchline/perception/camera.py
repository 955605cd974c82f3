"""Camera motion from the previous frame to this one, ignoring the players.

A fixed grid of points is followed on a reduced image with pyramidal Lucas-Kanade (Bouguet 2000)
and a shift, turn and zoom is fitted to them robustly. A fixed grid needs no search for corners,
which is what usually costs most of the time, and spreads over the image evenly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.perception.config import CameraConfig
from touchline.perception.motion_fit import Points, fit_motion
from touchline.types import Affine, Image, identity_motion

_LEVELS = 3
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
_MIN_TEXTURE = 1e-3  # Lucas-Kanade's least eigenvalue; below it a patch shows nothing to track
_MIN_FOLLOWED_SHARE = 0.35  # of the grid; where fewer points can be followed, corners help out
_MAX_CORNERS = 300
_BOX_MARGIN = 0.15  # of a box's size: arms and shadows reach beyond it

_MIN_MOVED = 1.0  # reduced pixels; a smaller motion of the camera tells nothing about overlays
_STILL_SHARE = 0.25  # of the camera's motion; a point that moved less stood still
_STILL_LIMIT = 3  # an overlay stood still in that many more moving frames than it moved in
_STILL_MAX = 8  # the count stops here, so that a vanished overlay is forgotten soon

_MOST_LEFT = 16  # images before cuts that are kept at once

_NOBODY: NDArray[np.float64] = np.empty((0, 4))


class CameraMotion:
    """Follows the camera through a clip, frame by frame.

    ``estimate`` never raises: if the motion cannot be measured it returns the identity transform.
    """

    def __init__(self, config: CameraConfig | None = None) -> None:
        self._config = config or CameraConfig()
        self._size = (0, 0)
        self._scale = 1.0  # full pixels in a reduced one
        self._grey: Image = np.empty((0, 0), np.uint8)  # the previous frame, reduced
        self._people = _NOBODY  # grown boxes in it, in reduced pixels
        self._grid: Points = np.empty((0, 2), np.float32)
        self._stillness = np.empty(0, np.int64)  # how often each point of the grid stood still
        self._frame = 0
        self._anew = False  # whose boxes were in the previous frame is not known
        # The images before the latest cuts, their people, and their places: one may go on.
        self._left: list[tuple[int, Image, NDArray[np.float64]]] = []

    def estimate(self, image: Image, boxes: NDArray[np.float64]) -> Affine:
        """(2, 3) motion that maps the previous frame's pixels to this one's.

        boxes: (N, 4) corner pixels of the people in this frame; what lies in them is not followed
        into the next frame. The identity for the first frame, after ``forget`` or a change of
        image size, and where nothing fits.
        """
        if self._size != image.shape[:2]:
            self._start(image.shape[0], image.shape[1])
        self._frame += 1
        previous, previous_people = self._grey, self._people
        self._grey = self._reduce(image)
        self._people = self._grown_boxes(boxes)
        if self._anew:
            previous_people = self._people  # near enough to where they were
        self._anew = False
        if previous.size == 0 or min(previous.shape) < 2 * self._config.window:
            return identity_motion()
        motion = self._measure(previous, previous_people)
        if motion is None:
            return identity_motion()
        motion[:, 2] *= self._scale  # turn and zoom are the same in both sizes
        return motion

    def lead(self, image: Image) -> None:
        """Take ``image`` for the previous frame of the next one, which begins a window."""
        if self._size != image.shape[:2]:
            self._start(image.shape[0], image.shape[1])
        self._grey = self._reduce(image)

    def begin_anew(self) -> None:
        """Remember nothing but the image of the previous frame.

        What comes then does not depend on where the clip began: overlays are learnt again within
        a few frames, and people of the previous frame are taken to be where they are in the next.
        """
        self._anew = True
        self._people = _NOBODY
        self._left = []
        self._stillness = np.zeros(len(self._grid), np.int64)

    def forget(self) -> None:
        """Drop the previous frame: the next motion is the identity. For shot cuts.

        Overlays stay known, for a score board outlives a cut. The frame is kept until ``settle``.
        """
        if self._grey.size:
            self._left = [*self._left[1 - _MOST_LEFT :], (self._frame, self._grey, self._people)]
        self._grey = np.empty((0, 0), np.uint8)

    def go_back(self, frames: int) -> None:
        """Forget that many frames: the next motion is from the one before them, where that was
        followed by a cut, and the identity where it is not known any more.
        """
        wanted = self._frame - frames
        kept = [left for left in self._left if left[0] == wanted]
        self._grey, self._people = kept[0][1:] if kept else (np.empty((0, 0), np.uint8), _NOBODY)
        self._left = [left for left in self._left if left[0] < wanted]

    def settle(self) -> None:
        """Drop the frames ``go_back`` could return to: all cuts so far stand."""
        self._left = []

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that ``restore`` needs to continue with the same results."""
        return {
            "size": np.array(self._size),
            "grey": self._grey,
            "people": self._people,
            "stillness": self._stillness.copy(),  # the only one changed in place
            "left": np.array([(self._frame - n, len(people)) for n, _, people in self._left]),
            "left_grey": np.array([grey for _, grey, _ in self._left]),
            "left_people": np.concatenate([_NOBODY, *(people for _, _, people in self._left)]),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the object with this ``state`` stopped."""
        height, width = state["size"].tolist()
        self._start(height, width)
        self._grey = state["grey"].astype(np.uint8)
        self._people = state["people"].astype(np.float64)
        self._stillness = state["stillness"].astype(np.int64)
        self._frame = 0
        self._left = []
        if "left" not in state:
            return  # of an older version
        left = state["left"].astype(np.int64).reshape(-1, 2)
        people = np.split(state["left_people"].astype(np.float64), np.cumsum(left[:-1, 1]))
        greys = state["left_grey"].astype(np.uint8)
        ages = left[:, 0].tolist()
        self._left = [(-age, greys[n], people[n]) for n, age in enumerate(ages)]

    def _start(self, height: int, width: int) -> None:
        """Begin afresh with images of this size."""
        self._size = (height, width)
        self._scale = max(1.0, width / self._config.width)
        self._grey = np.empty((0, 0), np.uint8)
        self._people = _NOBODY
        self._left = []
        step = self._config.grid_step
        columns, rows = np.meshgrid(
            np.arange(step / 2, width / self._scale, step),
            np.arange(step / 2, height / self._scale, step),
        )
        self._grid = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float32)
        self._stillness = np.zeros(len(self._grid), np.int64)

    def _reduce(self, image: Image) -> Image:
        if image.size == 0:
            return np.empty((0, 0), np.uint8)
        height, width = image.shape[:2]
        size = (max(1, round(width / self._scale)), max(1, round(height / self._scale)))
        # Beyond 1080p every second or third pixel is plenty to average over.
        step = max(1, int(self._scale / 4))
        grey = cv2.cvtColor(np.ascontiguousarray(image[::step, ::step]), cv2.COLOR_BGR2GRAY)
        return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)

    def _grown_boxes(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Finite boxes in reduced pixels, with their margin."""
        corners = np.asarray(boxes, np.float64).reshape(-1, 4)
        corners = corners[np.isfinite(corners).all(axis=1)] / self._scale
        margin = _BOX_MARGIN * (corners[:, 2:] - corners[:, :2]) + 1.0
        return np.hstack([corners[:, :2] - margin, corners[:, 2:] + margin])

    def _measure(self, previous: Image, people: NDArray[np.float64]) -> Affine | None:
        """The motion in reduced pixels; also learns overlays from it."""
        rows = np.flatnonzero(~_inside(self._grid, people))
        here, there, followed = self._follow(previous, self._grid[rows])
        rows = rows[followed]
        background = self._stillness[rows] < _STILL_LIMIT
        first, second = here[background], there[background]
        if len(first) < _MIN_FOLLOWED_SHARE * len(self._grid):
            more_first, more_second, _ = self._follow(previous, self._corners(previous, people))
            first, second = np.vstack([first, more_first]), np.vstack([second, more_second])
        motion = fit_motion(first, second, self._grey.shape, self._config)
        if motion is not None:
            self._learn_overlays(rows, here, there, motion)
        return motion

    def _learn_overlays(
        self, rows: NDArray[np.intp], here: Points, there: Points, motion: Affine
    ) -> None:
        """Count which points of the grid stood still while the camera moved."""
        expected = here @ motion[:, :2].T + motion[:, 2] - here
        seen = there - here
        length = np.linalg.norm(expected, axis=1)
        telling = length > _MIN_MOVED
        still = telling & (np.linalg.norm(seen, axis=1) < _STILL_SHARE * length)
        moved = telling & (np.linalg.norm(seen - expected, axis=1) < self._config.max_residual)
        change = still.astype(np.int64) - moved.astype(np.int64)
        self._stillness[rows] = np.clip(self._stillness[rows] + change, 0, _STILL_MAX)

    def _corners(self, previous: Image, people: NDArray[np.float64]) -> Points:
        """Corners outside people and overlays, for grass too blank for a grid."""
        free = np.full(previous.shape, 255, np.uint8)
        overlays = self._grid[self._stillness >= _STILL_LIMIT]
        half = self._config.grid_step / 2
        hidden = np.vstack([people, np.hstack([overlays - half, overlays + half])])
        for x1, y1, x2, y2 in np.clip(hidden, 0, max(previous.shape)).astype(int).tolist():
            free[y1 : y2 + 1, x1 : x2 + 1] = 0
        corners = cv2.goodFeaturesToTrack(previous, _MAX_CORNERS, 0.01, 4, mask=free)
        return np.asarray([] if corners is None else corners, np.float32).reshape(-1, 2)

    def _follow(self, previous: Image, points: Points) -> tuple[Points, Points, NDArray[np.bool_]]:
        """The points that could be tracked, where they are now, and which (N,) those were."""
        if not len(points):
            return points, points, np.empty(0, np.bool_)
        there, status, _ = cv2.calcOpticalFlowPyrLK(
            previous,
            self._grey,
            points,
            np.empty_like(points),  # only written to
            winSize=(self._config.window, self._config.window),
            maxLevel=_LEVELS,
            criteria=_STOP,
            minEigThreshold=_MIN_TEXTURE,
        )
        followed = (status.reshape(-1) == 1) & np.isfinite(there).all(axis=1)
        return points[followed], there[followed].astype(np.float32), followed


def _inside(points: Points, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) True where a point lies in any of the boxes."""
    x, y = points[:, :1], points[:, 1:]
    x1, y1, x2, y2 = boxes.T
    inside: NDArray[np.bool_] = (x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)
    return np.asarray(inside.any(axis=1), np.bool_)
