"""Where the grass of a clip is, and how far from it somebody stands: it takes no camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from touchline.observation_rows import Observation
from touchline.seen_lines import SeenLines
from touchline.types import Floats, Ints

_LEAST_SHARE = 0.5
"""Of the image that is grass, where it is the view of a pitch and no close-up."""


class SeenGrass:
    """The smallest convex region around the grass of each frame that was looked at.

    A pitch is convex in every image, and a patch in the sun that looks unlike the rest is inside of
    it; so is the corner between two boards, where nobody is found to be off the grass.

    Args:
        image_size: width and height of the images in pixels.
    """

    def __init__(self, image_size: tuple[int, int]) -> None:
        self._size = image_size
        self._regions: dict[int, Floats] = {}

    def __len__(self) -> int:
        """In how many frames the grass is known."""
        return len(self._regions)

    def add(self, frame: int, lines: SeenLines) -> None:
        """Add what was seen of the pitch in a frame; close-ups say nothing."""
        if not lines.grass.size or lines.grass.mean() < _LEAST_SHARE:
            return
        rows = np.flatnonzero(lines.grass.any(axis=1))
        own = lines.grass[rows]
        first, end = own.argmax(axis=1), own.shape[1] - own[:, ::-1].argmax(axis=1)
        corners = np.column_stack([np.concatenate([first, end]), np.tile(rows, 2)])
        corners = np.concatenate([corners, corners + np.array([0, 1])])  # lower edges of the cells
        scale = np.array(self._size) / lines.grass.shape[::-1]
        hull = cv2.convexHull((corners * scale).astype(np.float32))
        self._regions[frame] = np.asarray(hull[:, 0], np.float64)

    def each(self, observations: Iterable[Observation]) -> Iterator[Observation]:
        """The same observations, added as they pass."""
        for observation in observations:
            if observation.lines is not None:
                self.add(observation.frame, observation.lines)
            yield observation

    def beyond(self, frames: Ints, points: Floats) -> Floats:
        """(N,) pixels outside of the grass, 0 on it; NaN in frames where it is not known.

        Args:
            frames: (N,) of which frame each point is; from 0.
            points: (N, 2) pixels.
        """
        found = np.full(len(frames), np.nan)
        order = np.argsort(frames, kind="stable")
        known = np.array(list(self._regions), np.int64)
        starts = np.searchsorted(frames, known, sorter=order)
        ends = np.searchsorted(frames, known, side="right", sorter=order)
        for region, start, end in zip(
            self._regions.values(), starts.tolist(), ends.tolist(), strict=True
        ):
            rows = order[start:end]
            found[rows] = _outside(points[rows], region)
        return found


def _outside(points: Floats, region: Floats) -> Floats:
    """(N,) distances of (N, 2) points from a convex polygon (K, 2); 0 inside."""
    edges = np.roll(region, -1, axis=0) - region
    from_corners = points[:, None] - region
    along = (from_corners * edges).sum(axis=2) / np.square(edges).sum(axis=1)
    nearest = np.clip(along, 0, 1)[..., None] * edges
    distances = np.hypot(*np.moveaxis(from_corners - nearest, -1, 0)).min(axis=1)
    turns = edges[:, 0] * from_corners[..., 1] - edges[:, 1] * from_corners[..., 0]
    inside = (turns >= 0).all(axis=1) | (turns <= 0).all(axis=1)
    return np.where(inside, 0.0, distances)
