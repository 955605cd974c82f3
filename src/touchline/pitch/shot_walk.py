"""From a frame whose camera is known to its neighbours, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.camera import back_project
from touchline.pitch.chains import UNITS
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.refine import error_of_places, line_equations
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.steps import CameraKind, CameraSteps, step_equations
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats

_PREDICTIONS = 2  # rounds until the motion alone has moved a camera
_GATES = (0.02, 0.01, 0.006)  # image widths within which lines pull
_WIDE_GATES = (0.03, 0.02, 0.012, 0.008, 0.006)
_NEAR, _TURN = 0.0055, 0.35
_LEAST_COUNTED = 12  # points
_AGREES = 0.75  # of the usual share, that a right camera explains
_LEAST_SHARE = 0.5
_LOST_SECONDS = 1.0
_LOST_METRES = 3.0
_LIMITS = np.array([8.0, 8.0, 3.0, 0.2, 0.1, 0.02, 0.2, 0.03])

_DOUBTFUL = 0.9  # of the share explained so far, below which other places nearby are tried
_BETTER = 0.1  # of the share, to believe one of them
_TRIED = np.linspace(-2.5, 2.5, 7)  # deviations, in both most uncertain directions
_LEAST_SPREAD, _MOST_SPREAD = 0.2, 6.0  # ``UNITS``: within the one, lines pull anyway
_MORE_SPREAD = np.array([2.0, 1.0])  # times what is believed, and on top of it: lines say no
_REFINED = 5  # of the places tried
_SAME = 0.03  # of the share
_PULL = 0.02  # image widths
_UNLIKELY = 0.01  # of the share for a squared deviation
_USUAL = 0.1  # weight of the latest look in the share explained so far
_PAUSE = 3  # looks until it is tried again


@dataclass(frozen=True, slots=True)
class Walked:
    """Looks that were reached from one, with it: rows, cameras (m, 8), and shares explained (m,).

    explained: NaN for a look without lines.
    """

    rows: list[int]
    cameras: list[Floats]
    explained: list[float]


@dataclass(frozen=True, slots=True)
class Reached:
    """A camera (8,), how well it is known (8, 8), and the share of lines that it explains."""

    camera: Floats
    known: Floats
    share: float


def explained_share(template: PitchTemplate, looks: ShotLooks, row: int, cameras: Floats) -> Floats:
    """(K,) of the line points of a look the share on lines of the template; NaN without lines.

    Points where lines are painted by eye say nothing.
    """
    if not looks.telling[row]:
        return np.full(len(cameras), np.nan)
    lines, exact = looks.some_lines(row), template.exact()
    near = nearest_lines(exact, cameras, lines)
    counted = ~template.in_rough(np.asarray(back_project(cameras, lines.points), np.float64))
    good = counted & (near.distances < _NEAR) & (near.turns < _TURN)
    count = counted.sum(axis=1)
    share = good.sum(axis=1) / np.maximum(count, 1)
    return np.where(count >= _LEAST_COUNTED, share, np.nan)


def walk(
    template: PitchTemplate,
    looks: ShotLooks,
    start: int,
    camera: Floats,
    known: Floats,
    kind: CameraKind,
    *,
    onwards: bool,
    shares: Floats,
    most_seconds: float = np.inf,
) -> Walked:
    """The looks after (or before) ``start`` as far as their lines agree.

    Args:
        template: the pitch.
        looks: of the shot.
        start: the look whose camera is known.
        camera: (8,) of it.
        known: (8, 8) how well, the inverse of its covariance.
        kind: of camera.
        onwards: later looks; else earlier ones.
        shares: (n,) of lines that known cameras explain, -1 where there is none: it ends where it
            does not get better.
        most_seconds: how far to go.
    """
    found = Walked([], [], [])
    row, direction = start, 1 if onwards else -1
    agreed = looks.seconds[start]
    kept, pause, usual = 0, 0, explained_share(template, looks, start, camera[None])[0]
    at = Reached(camera, known, usual)
    while 0 <= row + direction < len(looks):
        following = row + direction
        between = looks.steps[slice(min(row, following), min(row, following) + 1)]
        at, tried = _next_camera(
            template,
            looks,
            following,
            at,
            between if onwards else _back(between),
            kind,
            doubtful=-1.0 if pause else _DOUBTFUL * usual,
        )
        pause = _PAUSE if tried else max(0, pause - 1)
        if not np.isfinite(at.camera).all():
            break
        if shares[following] >= 0 and not at.share > shares[following] + _SAME:
            break
        row = following
        found.rows.append(row)
        found.cameras.append(at.camera)
        found.explained.append(at.share)
        if unsure_metres(template, looks, at) > _LOST_METRES:
            break
        agrees = at.share >= max(_LEAST_SHARE, _AGREES * usual)
        if agrees:
            usual += _USUAL * (at.share - usual)
            agreed = looks.seconds[row]
        if agrees or np.isnan(at.share):
            kept = len(found.rows)
        elif abs(looks.seconds[row] - agreed) > _LOST_SECONDS:
            break
        if abs(looks.seconds[row] - looks.seconds[start]) > most_seconds:
            break
    return Walked(found.rows[:kept], found.cameras[:kept], found.explained[:kept])


def unsure_metres(template: PitchTemplate, looks: ShotLooks, at: Reached) -> float:
    """Metres by which places may be off, by how well the camera is known."""
    scale = UNITS[:, None] * UNITS
    covariance = np.linalg.inv(at.known * scale) * scale
    return error_of_places(template, at.camera, covariance, looks.aspect)


def _next_camera(
    template: PitchTemplate,
    looks: ShotLooks,
    row: int,
    before: Reached,
    step: CameraSteps,
    kind: CameraKind,
    *,
    doubtful: float,
) -> tuple[Reached, bool]:
    """The camera of a look from that of its neighbour, and whether other places were tried."""
    camera, known = _predicted(before, step, kind, looks.aspect)
    if not looks.counts[row] or not np.isfinite(camera).all():
        return Reached(camera, known, float("nan")), False
    near = settled(template, looks, row, camera[None], camera, known, _GATES)[0]
    if not near.share < doubtful:
        return near, False
    places = _places_around(template, looks, row, camera, known)
    if len(places) < 2:
        return near, False
    others = settled(template, looks, row, places, camera, known, _WIDE_GATES)
    best = max(others, key=lambda one: one.share)
    return (best if best.share > near.share + _BETTER else near), True


def _predicted(
    before: Reached, step: CameraSteps, kind: CameraKind, aspect: float
) -> tuple[Floats, Floats]:
    """Where the motion takes a camera, and how well that is known."""
    scale = UNITS[:, None] * UNITS
    camera = before.camera.copy()
    held = before.known
    for _ in range(_PREDICTIONS):
        tied = step_equations(before.camera[None], camera[None], step, kind, aspect)
        first = (before.known + tied.before[0]) * scale
        across = tied.across[0] * scale
        gain = np.linalg.solve(first, np.column_stack([across, tied.right_before[0] * UNITS]))
        held = tied.after[0] * scale - across.T @ gain[:, :8]
        right = tied.right_after[0] * UNITS - across.T @ gain[:, 8]
        camera = camera + np.clip(np.linalg.solve(held, right) * UNITS, -_LIMITS, _LIMITS)
        camera[2] = max(camera[2], 1.5)
    return camera, held / scale


def settled(
    template: PitchTemplate,
    looks: ShotLooks,
    row: int,
    cameras: Floats,
    expected: Floats,
    known: Floats,
    gates: tuple[float, ...],
) -> list[Reached]:
    """Cameras (K, 8) drawn onto the lines of a look, and not far from where one is expected."""
    scale = UNITS[:, None] * UNITS
    lines = looks.some_lines(row)
    matrix = np.zeros((len(cameras), 8, 8))
    for gate in gates:
        matrix, pull = line_equations(template.exact(), cameras, lines, gate)
        right = pull + (expected - cameras) @ known
        moves = np.linalg.solve((matrix + known) * scale, (right * UNITS)[..., None])[..., 0]
        cameras = cameras + np.clip(moves * UNITS, -_LIMITS, _LIMITS)
        cameras[:, 2] = np.maximum(cameras[:, 2], 1.5)
    shares = explained_share(template, looks, row, cameras).tolist()
    return [
        Reached(camera, known + one, share)
        for camera, one, share in zip(cameras, matrix, shares, strict=True)
    ]


def _places_around(
    template: PitchTemplate, looks: ShotLooks, row: int, camera: Floats, known: Floats
) -> Floats:
    """The likeliest of cameras that the motion leaves open, by the lines of a look."""
    scale = UNITS[:, None] * UNITS
    values, vectors = np.linalg.eigh(known * scale)
    spread = 1 / np.sqrt(np.maximum(values[:2], 1e-9))
    ways = [_TRIED if one > _LEAST_SPREAD else np.zeros(1) for one in spread]
    one, other = (axis.ravel() for axis in np.meshgrid(*ways))
    sizes = np.minimum(spread * _MORE_SPREAD[0] + _MORE_SPREAD[1], _MOST_SPREAD)
    moves = np.outer(one * sizes[0], vectors[:, 0]) + np.outer(other * sizes[1], vectors[:, 1])
    places = camera + moves * UNITS
    near = nearest_lines(template, places, looks.some_lines(row))
    pull = (np.exp(-near.distances / _PULL) * (near.turns < _TURN)).mean(axis=1)
    order = np.argsort(_UNLIKELY * (one**2 + other**2) - pull, kind="stable")
    return np.asarray(places[order[:_REFINED]], np.float64)


def _back(steps: CameraSteps) -> CameraSteps:
    """The same steps from the second to the first."""
    turn = np.linalg.inv(steps.motions[:, :, :2])
    shift = -(turn @ steps.motions[:, :, 2:])
    return CameraSteps(np.concatenate([turn, shift], axis=2), steps.measured, steps.seconds)
