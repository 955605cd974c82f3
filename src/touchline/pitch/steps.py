"""How the camera of one frame goes on to that of another: by the image's motion and its kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.pitch.camera import back_project, project
from touchline.types import Affine, Floats, Mask, identity_motion

DERIVATIVE_STEPS = np.array([1e-3, 1e-3, 1e-3, 1e-5, 1e-5, 1e-5, 1e-5, 1e-5])
"""By how much each of ``camera.PARAMETERS`` is moved to see what that changes."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraKind:
    """How cameras of one kind move.

    Args:
        wander: (8,) how far each of ``camera.PARAMETERS`` wanders in a second.
        first: (8,) how far the first of them is from a main camera; inf: not said by its kind.
        rows: of half the image's height below its centre, where its motion is that of the ground.
        share: of the way that the image moved, by which that motion is off.
        within: (8,) how far they go from what is usual in their shot; inf: anywhere.
    """

    wander: Floats
    within: Floats
    first: Floats
    rows: tuple[float, ...]
    share: float


TRIPOD = CameraKind(
    np.array([0.03, 0.03, 0.03, 0.6, 0.3, 0.001, 0.5, 0.001]),
    np.array([0.3, 0.3, 0.3, np.inf, np.inf, 0.01, np.inf, 0.02]),
    np.full(8, np.inf),
    rows=(0.1, 0.8),
    share=0.02,
)
"""A camera that only turns and zooms."""

# What is near moves faster through the image of a carried camera than what is far: a shift, turn
# and zoom holds in one row only.
RAIL = CameraKind(
    np.array([12.0, 8.0, 0.03, 0.003, 0.008, 0.0005, 0.012, 0.0005]),
    np.array([np.inf, np.inf, 0.3, 0.01, 0.012, 0.003, 0.03, 0.01]),
    np.array([np.inf, np.inf, np.inf, 0.03, np.inf, 0.004, np.inf, 0.04]),
    rows=(0.25,),
    share=0.35,
)
"""One that is carried along the pitch, looks straight across it and does not zoom."""

FREE = CameraKind(
    np.array([12.0, 8.0, 0.15, 0.01, 0.02, 0.0005, 0.1, 0.0005]),
    np.array([np.inf, np.inf, 2.0, 0.1, 0.06, 0.01, 0.3, 0.02]),
    np.full(8, np.inf),
    rows=(0.25,),
    share=0.35,
)
"""One that is carried along the pitch, turns a little and zooms."""

_NOISE = 0.0015  # image widths: of the stored motion between two frames that are looked at
_UNMEASURED = 0.15  # image widths: where nothing is known of the motion
_FARTHEST = 250.0  # metres: of the ground by which the motion is felt
_ROBUST = 3.0  # deviations
_COLUMNS = np.array([-0.36, 0.0, 0.36])


@dataclass(frozen=True, slots=True)
class CameraSteps:
    """From one camera to the next, N times.

    Args:
        motions: (N, 2, 3) that map image widths of the first to those of the second.
        measured: (N,) whether that motion is known.
        seconds: (N,) between the two.
    """

    motions: Floats
    measured: Mask
    seconds: Floats

    def __getitem__(self, rows: NDArray[np.intp] | slice) -> CameraSteps:
        return CameraSteps(self.motions[rows], self.measured[rows], self.seconds[rows])


@dataclass(frozen=True, slots=True)
class StepEquations:
    """What N steps say of their cameras: normal equations of both, before and after.

    Args:
        before: (N, 8, 8) of the first with itself.
        across: (N, 8, 8) of the first with the second.
        after: (N, 8, 8) of the second with itself.
        right_before: (N, 8) right side of the first.
        right_after: (N, 8) likewise of the second.
    """

    before: Floats
    across: Floats
    after: Floats
    right_before: Floats
    right_after: Floats


def in_widths(motion: Affine, width: float, height: float) -> Affine:
    """A motion of pixels as one of image widths from the centre."""
    centre = np.array([width / 2, height / 2])
    shift = (motion[:, :2] @ centre + motion[:, 2] - centre) / width
    return np.column_stack([motion[:, :2], shift])


def is_measured(motion: Affine) -> bool:
    """Whether somebody knows it: where nobody does it is stored as none."""
    return not np.array_equal(motion, identity_motion())


def composed(first: Affine, second: Affine) -> Affine:
    """The motion of both, one after the other."""
    return np.column_stack(
        [second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]]
    )


def step_equations(
    first: Floats, second: Floats, steps: CameraSteps, kind: CameraKind, aspect: float
) -> StepEquations:
    """The equations of N steps between cameras (N, 8) and (N, 8).

    Args:
        first: cameras before.
        second: cameras after.
        steps: what is known of the motion between them.
        kind: of camera.
        aspect: height of the image over its width.
    """
    x, y = np.meshgrid(_COLUMNS, np.array(kind.rows) * aspect / 2)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    wanted = points @ np.swapaxes(steps.motions[:, :, :2], 1, 2) + steps.motions[:, None, :, 2]
    count, moved = len(first), np.diag(DERIVATIVE_STEPS)[:, None]
    firsts = np.concatenate([first[None], first + moved, np.repeat(first[None], 8, axis=0)])
    seconds = np.concatenate([np.repeat(second[None], 9, axis=0), second + moved])
    seen = _seen_again(firsts, seconds, points)
    off = seen[0] - wanted
    valid = np.isfinite(off).all(axis=-1, keepdims=True)
    off = np.where(valid, off, 0.0)
    way = np.hypot(*np.moveaxis(wanted - points, -1, 0))[..., None]
    noise = np.where(steps.measured[:, None, None], _NOISE + kind.share * way, _UNMEASURED)
    weight = np.where(valid, 1 / (noise**2 * (1 + (off / (_ROBUST * noise)) ** 2)), 0.0)
    change = np.where(valid, np.nan_to_num(seen[1:] - seen[0]), 0.0).reshape(
        2, 8, count, points.size
    )
    one, other = np.moveaxis(change, 1, -1) / DERIVATIVE_STEPS
    flat = weight.reshape(count, points.size)
    weighted_one, weighted_other = one * flat[..., None], other * flat[..., None]
    flat_off = off.reshape(count, points.size, 1)
    hold = np.einsum("n,p->np", 1 / np.maximum(steps.seconds, 1e-3), 1 / kind.wander**2)
    held = np.zeros((count, 8, 8))
    held[:, np.arange(8), np.arange(8)] = hold
    apart = hold * (second - first)
    return StepEquations(
        np.swapaxes(weighted_one, 1, 2) @ one + held,
        np.swapaxes(weighted_one, 1, 2) @ other - held,
        np.swapaxes(weighted_other, 1, 2) @ other + held,
        apart - (np.swapaxes(weighted_one, 1, 2) @ flat_off)[..., 0],
        -apart - (np.swapaxes(weighted_other, 1, 2) @ flat_off)[..., 0],
    )


def _seen_again(first: Floats, second: Floats, points: Floats) -> Floats:
    """(..., P, 2) where the second cameras see the ground that the first see at ``points``."""
    ground = back_project(first, points)
    with np.errstate(invalid="ignore"):
        near = (np.abs(ground - first[..., None, :2]) < _FARTHEST).all(axis=-1, keepdims=True)
    return np.asarray(project(second, np.where(near, ground, np.nan)), np.float64)
