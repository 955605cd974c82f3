"""From a frame whose camera is known to its neighbours, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.chains import UNITS
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.refine import line_equations
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.steps import CameraSteps, step_equations
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Mask

_GATES = (0.0, 0.0, 0.02, 0.012, 0.008, 0.006)
"""Image widths within which lines pull; 0: the motion alone."""

_NEAR, _NEAR_ROUGH, _TURN = 0.0055, 0.02, 0.35
_AGREES = 0.5  # share of the line points that a right camera explains
_LOST_SECONDS = 1.5
_LIMITS = np.array([8.0, 8.0, 3.0, 0.2, 0.1, 0.02, 0.2, 0.03])


@dataclass(frozen=True, slots=True)
class Walked:
    """Looks that were reached from one, with it: rows, cameras (m, 8), and shares explained (m,).

    explained: NaN for a look without lines.
    """

    rows: list[int]
    cameras: list[Floats]
    explained: list[float]


def explained_share(template: PitchTemplate, looks: ShotLooks, row: int, camera: Floats) -> float:
    """Of the line points of a look the share that lies on lines of the template; NaN without."""
    if not looks.telling[row]:
        return float("nan")
    near = nearest_lines(template, camera[None], looks.some_lines(row))
    there = np.isfinite(looks.points[row, :, 0])
    allowed = np.where(near.rough, _NEAR_ROUGH, _NEAR)
    good = (near.distances < allowed) & (near.turns < _TURN)
    return float(good[0, there].mean())


def walk(
    template: PitchTemplate,
    looks: ShotLooks,
    start: int,
    camera: Floats,
    known: Floats,
    wander: Floats,
    *,
    onwards: bool,
    stop: Mask,
    most_seconds: float = np.inf,
) -> Walked:
    """The looks after (or before) ``start`` as far as their lines agree.

    Args:
        template: the pitch.
        looks: of the shot.
        start: the look whose camera is known.
        camera: (8,) of it.
        known: (8, 8) how well, the inverse of its covariance.
        wander: what kind of camera it is.
        onwards: later looks; else earlier ones.
        stop: (n,) looks that are known already, at which it ends.
        most_seconds: how far to go.
    """
    found = Walked([], [], [])
    row, direction = start, 1 if onwards else -1
    agreed = looks.seconds[start]
    kept = 0
    while 0 <= row + direction < len(looks) and not stop[row + direction]:
        following = row + direction
        between = looks.steps[slice(min(row, following), min(row, following) + 1)]
        camera, known = _next_camera(
            template,
            looks,
            following,
            camera,
            known,
            between if onwards else _back(between),
            wander,
        )
        if not np.isfinite(camera).all():
            break
        share = explained_share(template, looks, following, camera)
        found.rows.append(following)
        found.cameras.append(camera)
        found.explained.append(share)
        row = following
        if share >= _AGREES:
            agreed, kept = looks.seconds[row], len(found.rows)
        elif abs(looks.seconds[row] - agreed) > _LOST_SECONDS:
            break
        if abs(looks.seconds[row] - looks.seconds[start]) > most_seconds:
            break
    else:
        kept = len(found.rows)
    return Walked(found.rows[:kept], found.cameras[:kept], found.explained[:kept])


def _next_camera(
    template: PitchTemplate,
    looks: ShotLooks,
    row: int,
    before: Floats,
    known: Floats,
    step: CameraSteps,
    wander: Floats,
) -> tuple[Floats, Floats]:
    """The camera of a look from that of its neighbour, and how well it is known."""
    scale = UNITS[:, None] * UNITS
    camera = before.copy()
    held = known
    lines = looks.some_lines(slice(row, row + 1))
    for gate in _GATES:
        if gate and not looks.counts[row]:
            break
        tied = step_equations(before[None], camera[None], step, wander, looks.aspect)
        first = (known + tied.before[0]) * scale
        across = tied.across[0] * scale
        gain = np.linalg.solve(first, np.column_stack([across, tied.right_before[0] * UNITS]))
        held = tied.after[0] * scale - across.T @ gain[:, :8]
        right = tied.right_after[0] * UNITS - across.T @ gain[:, 8]
        if gate:
            matrix, pull = line_equations(template, camera[None], lines, gate)
            held = held + matrix[0] * scale
            right = right + pull[0] * UNITS
        camera = camera + np.clip(np.linalg.solve(held, right) * UNITS, -_LIMITS, _LIMITS)
        camera[2] = max(camera[2], 1.5)
    return camera, held / scale


def _back(steps: CameraSteps) -> CameraSteps:
    """The same steps from the second to the first."""
    turn = np.linalg.inv(steps.motions[:, :, :2])
    shift = -(turn @ steps.motions[:, :, 2:])
    return CameraSteps(np.concatenate([turn, shift], axis=2), steps.measured, steps.seconds)
