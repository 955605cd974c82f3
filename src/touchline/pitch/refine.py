"""Cameras moved until the template lies on the lines of an image: many candidates at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.pitch.camera import back_project, project
from touchline.pitch.line_points import LinePoints
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats

_STEPS = np.array([1e-3, 1e-3, 1e-3, 1e-5, 1e-5, 1e-5, 1e-5, 1e-5])
_LARGEST = np.array([4.0, 6.0, 4.0, 0.1, 0.06, 0.02, 0.15, 0.06])
_WIDEST = np.array([50, 60, 30, 1.0, 0.5, 0.1, 1.0, 0.3])  # what is known of any camera
_DIAGONAL = np.arange(8)
_LOOSE = np.array([3.0, 2, 2, 1, 1, 1, 1, 1])  # times the prior: places differ more than lenses
_ROUGH = 0.05  # weight of lines that are often painted by eye
_NOISE = 0.0016  # image widths: 1.5 pixels of 960
_INDEPENDENT = 0.15  # of the points; neighbours on one line err alike

CATCH = (0.05, 0.045, 0.04, 0.035)
"""Image widths within which points pull, one for each step: from a pose of the search."""

SETTLE = (0.03, 0.025, 0.02, 0.015, 0.012, 0.01)
"""The same from a pose that is on the right lines."""

FINE = (0.008, 0.007, 0.006, 0.006, 0.005, 0.005)
"""The same from a pose that is nearly right."""


@dataclass(frozen=True, slots=True)
class CameraPrior:
    """Where cameras of football usually stand and how they are: means and deviations, (8,) each.

    What lines of one image leave open (focal length against distance) is decided by it.
    """

    mean: Floats
    deviation: Floats

    @classmethod
    def of_main_camera(cls, template: PitchTemplate) -> CameraPrior:
        """Near the halfway line, some 30 m outside of the pitch, 17 m high."""
        mean = np.array([0.0, -template.width / 2 - 32, 17.0, 0, 0, 0, 0, -0.04])
        deviation = np.array([8.0, 18.0, 8.0, np.inf, np.inf, 0.015, np.inf, 0.1])
        return cls(mean, deviation)

    def within(self, deviation: Floats) -> CameraPrior:
        """The same where deviations (8,) are known to be smaller; inf: not known."""
        return CameraPrior(self.mean, np.minimum(self.deviation, deviation))

    def means(self, count: int, beside: Floats | float) -> Floats:
        """(count, 8), of cameras that stand ``beside`` metres from the halfway line."""
        found = np.tile(self.mean, (count, 1))
        found[:, 0] = beside
        return found

    def misfits(self, cameras: Floats, beside: Floats | float) -> Floats:
        """(K,) sums of the squared deviations of cameras (K, 8)."""
        off = (cameras - self.means(len(cameras), beside)) / self.deviation
        found: Floats = (off**2).sum(axis=1)
        return found


def refine(
    template: PitchTemplate,
    cameras: Floats,
    lines: LinePoints,
    prior: CameraPrior,
    gates: tuple[float, ...],
    beside: Floats | float = 0.0,
) -> Floats:
    """Cameras (K, 8) after one Gauss-Newton step for each of ``gates``, by the distance of line
    points to the nearest line of the template, in the image, with redescending weights.

    beside: (K,) metres from the halfway line near which each camera stands.
    """
    found = np.array(cameras, dtype=np.float64)
    mean = prior.means(len(found), beside)
    precision = 1 / prior.deviation**2
    for gate in gates:
        matrix, right = line_equations(template, found, lines, gate)
        damping = 1e-6 + 1e-3 * np.einsum("kpp->kp", matrix)
        matrix[:, _DIAGONAL, _DIAGONAL] += precision + damping
        right += precision * (mean - found)
        steps = np.linalg.solve(matrix, right[..., None])[..., 0]
        found = found + np.clip(steps, -_LARGEST, _LARGEST)
        found[:, 2] = np.maximum(found[:, 2], 1.5)
        found[:, 6] = np.clip(found[:, 6], np.log(0.3), np.log(12))
        found[:, 7] = np.clip(found[:, 7], -0.45, 0.3)
    return found


def expected_error(
    template: PitchTemplate, camera: Floats, lines: LinePoints, prior: CameraPrior, aspect: float
) -> float:
    """Metres by which a place on the visible pitch is off, one standard deviation, median place.

    It follows from how the lines that were used hold the camera (8,), if they are the right ones;
    nothing but a wide prior holds it beside them. inf where no pitch is seen.
    """
    matrix, _ = line_equations(template, camera[None], lines, FINE[-1])
    held = matrix[0] + np.diag(1 / np.minimum(_LOOSE * prior.deviation, _WIDEST) ** 2)
    unit = 1 / np.sqrt(np.diag(held))  # metres and radians are far apart
    covariance = unit[:, None] * np.linalg.inv(unit[:, None] * held * unit) * unit
    return error_of_places(template, camera, covariance, aspect)


def error_of_places(
    template: PitchTemplate, camera: Floats, covariance: Floats, aspect: float
) -> float:
    """Metres by which the median place on the visible pitch is off, one standard deviation.

    covariance: (8, 8) of the camera (8,). inf where no pitch is seen.
    """
    x, y = np.meshgrid(np.linspace(-0.45, 0.45, 8), np.linspace(-0.45, 0.45, 7) * aspect)
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    metres = back_project(camera, grid)
    with np.errstate(invalid="ignore"):
        grid = grid[np.all(np.abs(metres) < (template.length / 2, template.width / 2), axis=1)]
    if not len(grid):
        return float("inf")
    metres = back_project(camera, grid)
    moved = back_project(camera + np.diag(_STEPS), grid)
    slopes = np.moveaxis(moved - metres, 0, -1) / _STEPS
    variance = np.einsum("ncp,pq,ncq->n", slopes, covariance, slopes)
    return float(np.sqrt(np.median(np.maximum(variance, 0.0))))


def line_equations(
    template: PitchTemplate, cameras: Floats, lines: LinePoints, gate: float
) -> tuple[Floats, Floats]:
    """(K, 8, 8) and (K, 8) of the weighted distances across the lines, in image widths.

    lines: the same for all cameras, or (K, N, 2) of each its own, NaN where there are fewer.
    """
    near = nearest_lines(template, cameras, lines, turned=2 * gate)
    seen = project(cameras, near.feet)
    off = ((seen - lines.points) * near.normals).sum(-1)
    valid = (near.distances < gate) & (near.turns < 0.4) & np.isfinite(off)
    off = np.where(valid, off, 0.0)
    pull = np.where(valid, (1 - np.clip(near.distances / gate, 0, 1) ** 2) ** 2, 0.0)
    pull *= _INDEPENDENT / _NOISE**2 * np.where(near.rough, _ROUGH, 1.0)
    moved = project(cameras + np.diag(_STEPS)[:, None], near.feet) - seen
    change = np.einsum("pknc,knc->knp", moved, near.normals) / _STEPS
    slopes = np.nan_to_num(np.where(valid[..., None], change, 0.0))
    matrix = np.einsum("knp,kn,knq->kpq", slopes, pull, slopes)
    return matrix, -np.einsum("knp,kn,kn->kp", slopes, pull, off)
