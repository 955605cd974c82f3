"""The cameras of many looks moved together until lines and motion agree best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from touchline.pitch.chains import solve_chain
from touchline.pitch.look_scores import look_scores
from touchline.pitch.refine import CameraPrior, error_of_places, line_equations
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.steps import CameraKind, CameraSteps, step_equations
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Index, Mask

GATES = (0.012, 0.008, 0.006, 0.006)
"""Image widths within which lines pull, one for each round."""

_CHUNK = 32
_FARTHEST = 1e4  # metres, and radians
_LARGEST = np.array([4.0, 6.0, 4.0, 0.1, 0.06, 0.02, 0.15, 0.06])


@dataclass(frozen=True, slots=True)
class ShotCameras:
    """Cameras of n looks.

    Args:
        cameras: (n, 8); NaN where none was found.
        scores: (n,) 0..1, how template and lines agree; NaN where there are no lines.
        metres: (n,) by which places may be off; inf where there is no camera.
        kind: of camera.
    """

    cameras: Floats
    scores: Floats
    metres: Floats
    kind: CameraKind


def is_camera(cameras: Floats) -> Mask:
    """(n,) which rows (n, 8) are numbers that a camera can have."""
    with np.errstate(invalid="ignore"):
        there = (np.abs(cameras) < _FARTHEST).all(axis=1) & (cameras[:, 2] > 0)
    return np.asarray(there)


def fit_together(
    template: PitchTemplate,
    looks: ShotLooks,
    cameras: Floats,
    kind: CameraKind,
    prior: CameraPrior,
    gates: tuple[float, ...] = GATES,
) -> tuple[Floats, Floats]:
    """Cameras (n, 8) that suit each other, from first ones, and their covariances (n, 8, 8).

    Args:
        template: the pitch.
        looks: n, of one shot.
        cameras: (n, 8); NaN where none is known, and none will be.
        kind: of camera.
        prior: where cameras stand.
        gates: image widths within which lines pull, one for each round.
    """
    rows = np.flatnonzero(np.isfinite(cameras[:, 0]))
    covariances = np.full((len(looks), 8, 8), np.nan)
    if not len(rows):
        return cameras, covariances
    found = cameras[rows]
    steps = _between(looks, rows)
    for gate in gates:
        own, right = np.zeros((len(rows), 8, 8)), np.zeros((len(rows), 8))
        for begin in range(0, len(rows), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            lines = looks.some_lines(rows[part])
            own[part], right[part] = line_equations(template.exact(), found[part], lines, gate)
        tied = step_equations(found[:-1], found[1:], steps, kind, looks.aspect)
        own[:-1] += tied.before
        own[1:] += tied.after
        right[:-1] += tied.right_before
        right[1:] += tied.right_after
        _hold(own, right, found, kind, prior)
        moves, covariances[rows] = solve_chain(own, tied.across, right)
        found = found + np.clip(moves, -_LARGEST, _LARGEST)
        found[:, 2] = np.maximum(found[:, 2], 1.5)
    found[~is_camera(found)] = np.nan
    together = cameras.copy()
    together[rows] = found
    return together, covariances


def judge(
    template: PitchTemplate,
    looks: ShotLooks,
    cameras: Floats,
    covariances: Floats,
    kind: CameraKind,
) -> ShotCameras:
    """The same cameras (n, 8), with covariances (n, 8, 8), and how far to believe each."""
    scores, metres = np.full(len(looks), np.nan), np.full(len(looks), np.inf)
    rows = np.flatnonzero(np.isfinite(cameras[:, 0]))
    for row in rows.tolist():
        metres[row] = error_of_places(template, cameras[row], covariances[row], looks.aspect)
    told = rows[looks.telling[rows]]
    scores[told] = look_scores(template, looks, told, cameras[told])
    return ShotCameras(cameras, scores, metres, kind)


def _hold(own: Floats, right: Floats, found: Floats, kind: CameraKind, prior: CameraPrior) -> None:
    """Where cameras stand, said of the first one; what is usual in this shot, said of each."""
    usual = np.median(found, axis=0)
    precision = 1 / np.minimum(kind.within, 1e3) ** 2
    own += np.diag(precision)
    right += precision * (usual - found)
    deviation = np.minimum(prior.deviation, 1e3)
    mean = prior.means(1, float(usual[0]))[0]
    own[0] += np.diag(1 / deviation**2)
    right[0] += np.where(np.isfinite(prior.deviation), (mean - found[0]) / deviation**2, 0.0)


def _between(looks: ShotLooks, rows: Index) -> CameraSteps:
    """The steps between looks that need not be neighbours."""
    first, second = rows[:-1], rows[1:]
    steps = looks.steps[first]
    neighbours = second == first + 1
    return replace(
        steps,
        measured=steps.measured & neighbours,
        seconds=looks.seconds[second] - looks.seconds[first],
    )
