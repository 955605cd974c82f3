"""The camera of an image: where it stands, where it looks, and the homographies that follow.

Positions are metres with the origin at the centre spot, x along the pitch, y away from the main
camera, z up. Inside this room points of an image are in image widths from its centre, x to the
right and y down, so that nothing depends on the size at which an image was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import InputError
from touchline.types import Floats

Reals = NDArray[np.floating[Any]]
"""Array of either precision: many cameras at once are looked at in float32."""

PARAMETERS = ("x", "y", "z", "pan", "tilt", "roll", "log_focal", "bend")
"""The columns of an array of cameras, (..., 8)."""

_NEAR = 0.5  # metres before the camera; what is nearer, or behind it, is not seen


@dataclass(frozen=True, slots=True)
class PitchCamera:
    """The camera of one image.

    Args:
        x: metres along the pitch from the halfway line.
        y: metres across the pitch from the centre spot; below 0 for the main camera.
        z: metres above the ground.
        pan: radians to the right of the y axis.
        tilt: radians below the horizon.
        roll: radians by which the camera is turned clockwise.
        focal: focal length in image widths.
        bend: the radial distortion: a point at r image widths from the centre would be at
            r / (1 + bend r r) without it; below 0 straight lines bulge outwards.
    """

    x: float
    y: float
    z: float
    pan: float
    tilt: float
    roll: float
    focal: float
    bend: float = 0.0

    @classmethod
    def from_parameters(cls, values: Floats) -> PitchCamera:
        """A camera of one row of ``PARAMETERS``."""
        x, y, z, pan, tilt, roll, log_focal, bend = (float(value) for value in values)
        return cls(x, y, z, pan, tilt, roll, float(np.exp(log_focal)), bend)

    def parameters(self) -> Floats:
        """One row of ``PARAMETERS``, (8,)."""
        place = (self.x, self.y, self.z, self.pan, self.tilt, self.roll)
        return np.array([*place, np.log(self.focal), self.bend])

    def image_points(self, metres: Floats, width: float, height: float) -> Floats:
        """Pixels (N, 2) of points of the pitch; NaN where they are behind the camera.

        Args:
            metres: (N, 2) on the ground, or (N, 3) with the height above it.
            width: of the image in pixels.
            height: likewise.
        """
        seen: Floats = project(self.parameters(), metres).astype(np.float64, copy=False)
        return seen * width + (width / 2, height / 2)

    def pitch_points(self, pixels: Floats, width: float, height: float) -> Floats:
        """Metres (N, 2) of the ground that is seen there; NaN above the horizon.

        Args:
            pixels: (N, 2), as the foot points of boxes.
            width: of the image in pixels.
            height: likewise.
        """
        metres = back_project(self.parameters(), to_widths(pixels, width, height))
        return metres.astype(np.float64, copy=False)

    def homography(self, width: float, height: float) -> Floats:
        """(3, 3) from the pitch in metres to pixels, without the distortion.

        Args:
            width: of the image in pixels.
            height: likewise.
        """
        to_pixels = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
        return to_pixels @ ground_homography(self.parameters())

    def mirrored(self) -> PitchCamera:
        """The camera that sees the same lines from the opposite side of the pitch."""
        return replace(self, x=-self.x, y=-self.y, pan=self.pan + np.pi)


def to_widths(pixels: Reals, width: float, height: float) -> Reals:
    """Pixels (..., 2) as image widths from the centre of an image of that size."""
    return (pixels - (width / 2, height / 2)) / width


def rotations(cameras: Reals) -> Reals:
    """(..., 3, 3) whose rows are the camera's right, down and forward in metres of the pitch."""
    pan, tilt, roll = np.moveaxis(cameras[..., 3:6], -1, 0)
    sp, cp, st, ct = np.sin(pan), np.cos(pan), np.sin(tilt), np.cos(tilt)
    zero = np.zeros_like(pan)
    right = np.stack([cp, -sp, zero], axis=-1)
    down = np.stack([-sp * st, -cp * st, -ct], axis=-1)
    forward = np.stack([sp * ct, cp * ct, -st], axis=-1)
    cr, sr = np.cos(roll)[..., None], np.sin(roll)[..., None]
    return np.stack([cr * right + sr * down, cr * down - sr * right, forward], axis=-2)


def ground_homography(cameras: Reals) -> Reals:
    """(..., 3, 3) from metres of the pitch to image widths, without the distortion."""
    turn = rotations(cameras)
    place = -(turn @ cameras[..., :3, None])
    found = np.concatenate([turn[..., :2], place], axis=-1)
    scale = np.exp(cameras[..., 6])[..., None, None]
    return np.concatenate([found[..., :2, :] * scale, found[..., 2:, :]], axis=-2)


def project(cameras: Reals, metres: Reals) -> Reals:
    """Where cameras (..., 8) see points (..., N, 2 or 3) of the pitch, in image widths (..., N, 2).

    NaN where a point is behind the camera or outside of what its lens can show.
    """
    turn = rotations(cameras)
    place = -(turn @ cameras[..., :3, None])[..., 0]
    inside = metres @ np.swapaxes(turn[..., : metres.shape[-1]], -1, -2) + place[..., None, :]
    depth = np.where(inside[..., 2:] > _NEAR, inside[..., 2:], np.nan)
    plain = inside[..., :2] / depth * np.exp(cameras[..., 6])[..., None, None]
    return _bent(plain, cameras[..., 7, None, None])


def back_project(cameras: Reals, points: Reals) -> Reals:
    """Metres (..., N, 2) of points (..., N, 2) in image widths; NaN at and above the horizon."""
    plain = points / (1 + cameras[..., 7, None, None] * (points**2).sum(axis=-1, keepdims=True))
    rays = np.concatenate(
        [
            plain / np.exp(cameras[..., 6])[..., None, None],
            np.ones((*plain.shape[:-1], 1), plain.dtype),
        ],
        axis=-1,
    )
    rays = rays @ rotations(cameras)
    falling = np.where(rays[..., 2:] < -1e-6, rays[..., 2:], np.nan)
    return cameras[..., None, :2] - rays[..., :2] * (cameras[..., 2, None, None] / falling)


def _bent(plain: Reals, bend: Reals) -> Reals:
    """The distortion put on: the inverse of r / (1 + bend r r)."""
    square = (plain**2).sum(axis=-1, keepdims=True)
    inner = 1 - 4 * bend * square
    bent: Reals = plain * 2 / (1 + np.sqrt(np.where(inner >= 0, inner, np.nan)))
    return bent


def camera_of_homography(homography: Floats, width: float, height: float) -> PitchCamera:
    """The camera whose homography from the pitch to pixels this is, up to its scale.

    The principal point is the middle of the image; no distortion.

    Raises:
        InputError: no camera above the ground sees the pitch so.
    """
    from_pixels = np.linalg.inv(
        np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    )
    plain = from_pixels @ np.asarray(homography, dtype=np.float64)
    focal = _focal_length(plain)
    columns = plain / np.array([focal, focal, 1.0])[:, None]
    columns = columns / np.sqrt((columns[:, :2] ** 2).sum() / 2)
    for sign in (1.0, -1.0):
        first, second, third = (sign * columns).T
        turn = np.stack([first, second, np.cross(first, second)], axis=1)
        left, _, right = np.linalg.svd(turn)
        turn = left @ right
        place = -turn.T @ third
        if place[2] > 0 and np.linalg.det(turn) > 0:
            forward = turn[2]
            pan, tilt = np.arctan2(forward[0], forward[1]), np.arcsin(-forward[2])
            roll = np.arctan2(
                -turn[1] @ (np.cos(pan), -np.sin(pan), 0), turn[0] @ (np.cos(pan), -np.sin(pan), 0)
            )
            x, y, z = (float(one) for one in place)
            return PitchCamera(x, y, z, float(pan), float(tilt), float(roll), focal)
    raise InputError("a homography that shows the pitch from below: no camera sees it so")


def _focal_length(plain: Floats) -> float:
    """Image widths, from the two conditions that rotations set; the better conditioned one more."""
    (a1, a2, _), (b1, b2, _), (c1, c2, _) = plain
    tops = np.array([-(a1 * a2 + b1 * b2), a2**2 + b2**2 - a1**2 - b1**2])
    bottoms = np.array([c1 * c2, c1**2 - c2**2])
    square = float((tops * bottoms).sum() / max((bottoms**2).sum(), 1e-300))
    if not square > 0:
        raise InputError("a homography of no camera with its principal point in the middle")
    return float(np.sqrt(square))
