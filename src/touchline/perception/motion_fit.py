"""The camera's shift, turn and zoom from points that were followed between two images."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.perception.config import CameraConfig
from touchline.types import Affine

Points = NDArray[np.float32]
"""(N, 2) x and y in the reduced image."""

_STILL = 0.3  # reduced pixels; a point or an image that moved less did not move
_MIN_RIVAL_SHARE = 0.25  # of the still points, that a motion of the others needs to be believed
_MIN_RIVAL_SPREAD = 0.1  # of the image, in both directions


def fit_motion(
    here: Points, there: Points, shape: tuple[int, int], config: CameraConfig
) -> Affine | None:
    """(2, 3) motion in reduced pixels, or None where too few points agree on a believable one.

    here, there: (N, 2) where each point was and is. shape: height and width of the image.
    """
    motion, _ = _consensus(here, there, shape, config)
    if motion is None or _longest_shift(motion, shape) > _STILL:
        return motion
    # On blank grass the score board can outvote the lines. Points that stand still may be an
    # overlay; only the camera makes points all over the image move together.
    moves = np.linalg.norm(there - here, axis=1) > _STILL
    rival, fitting = _consensus(here[moves], there[moves], shape, config)
    needed = _MIN_RIVAL_SHARE * np.count_nonzero(~moves)
    if rival is None or len(fitting) < needed:
        return motion
    spread = fitting.std(axis=0)
    wide = spread[0] > _MIN_RIVAL_SPREAD * shape[1] and spread[1] > _MIN_RIVAL_SPREAD * shape[0]
    return rival if wide else motion


def _consensus(
    here: Points, there: Points, shape: tuple[int, int], config: CameraConfig
) -> tuple[Affine | None, Points]:
    """The motion that most points share, and the (K, 2) points that do."""
    if len(here) < config.min_points:
        return None, here[:0]
    # OpenCV seeds this RANSAC anew in every call: the same points give the same motion.
    found, fitting = cv2.estimateAffinePartial2D(
        here,
        there,
        method=cv2.RANSAC,
        ransacReprojThreshold=config.max_residual,
        maxIters=500,
        confidence=0.999,
    )
    motion: Affine = np.asarray(np.empty((0, 3)) if found is None else found, np.float64)
    if motion.shape != (2, 3) or not np.isfinite(motion).all():
        return None, here[:0]
    fits = fitting.reshape(-1) == 1
    needed = max(config.min_points, config.min_fitting_share * len(here))
    if np.count_nonzero(fits) < needed or not _believable(motion, shape, config):
        return None, here[:0]
    return motion, here[fits]


def _believable(motion: Affine, shape: tuple[int, int], config: CameraConfig) -> bool:
    centre = np.array([shape[1] / 2, shape[0] / 2])
    shift = float(np.linalg.norm(motion[:, :2] @ centre + motion[:, 2] - centre))
    zoom = float(np.hypot(motion[0, 0], motion[1, 0]))
    turn = float(np.degrees(np.arctan2(motion[1, 0], motion[0, 0])))
    return (
        shift <= config.max_shift * shape[1]
        and abs(zoom - 1.0) <= config.max_zoom
        and abs(turn) <= config.max_rotation_degrees
    )


def _longest_shift(motion: Affine, shape: tuple[int, int]) -> float:
    """How far the motion carries any corner of the image, in pixels."""
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]])
    moved = corners @ motion[:, :2].T + motion[:, 2]
    return float(np.linalg.norm(moved - corners, axis=1).max())
