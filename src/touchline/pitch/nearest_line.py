"""Which painted line each point of an image belongs to, for many cameras at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.pitch.camera import Reals, back_project
from touchline.pitch.line_points import LinePoints
from touchline.pitch.template import PitchTemplate

_STEP = 1e-3  # image widths, for the scale of an image's point in metres


@dataclass(frozen=True, slots=True)
class NearestLines:
    """For each of K cameras and N points of an image the nearest line of the template.

    Args:
        feet: (K, N, 2) its point in metres that is nearest in the image.
        normals: (K, N, 2) unit, across the line as the camera sees it.
        distances: (K, N) in image widths; inf where a point is above the horizon.
        turns: (K, N) |sine| of the angle between the line and the direction found in the image.
        rough: (K, N) of bool, whether it is one that is often painted by eye.
    """

    feet: Reals
    normals: Reals
    distances: Reals
    turns: Reals
    rough: NDArray[np.bool_]


def nearest_lines(
    template: PitchTemplate, cameras: Reals, lines: LinePoints, turned: float = 0.03
) -> NearestLines:
    """The line of the template nearest to every point, by distance and by direction.

    Args:
        template: the pitch.
        cameras: (K, 8).
        lines: N points, the same for all cameras, or (K, N, 2) of each its own; NaN is near
            nothing.
        turned: image widths that a right angle between the two directions counts for.
    """
    metres = back_project(cameras, lines.points)
    scale = _metres_to_image(cameras, lines.points, metres)
    x, y = metres[..., 0, None], metres[..., 1, None]
    feet_x, feet_y, along_x, along_y = _feet(template, x, y)
    with np.errstate(invalid="ignore", over="ignore"):
        # The whole way to the foot, also where that is an end of the line.
        off_x, off_y = feet_x - x, feet_y - y
        distances = np.hypot(
            scale[0] * off_x + scale[1] * off_y, scale[2] * off_x + scale[3] * off_y
        )
        seen_x = scale[0] * along_x + scale[1] * along_y
        seen_y = scale[2] * along_x + scale[3] * along_y
        size = np.hypot(seen_x, seen_y)
        turns = np.abs(
            seen_x * np.sin(lines.angles)[..., None] - seen_y * np.cos(lines.angles)[..., None]
        )
        turns /= size
        costs = np.nan_to_num(distances + turned * turns, nan=np.inf)
        best = np.argmin(costs, axis=-1)[..., None]
        picked = [
            np.take_along_axis(one, best, axis=-1)[..., 0]
            for one in (feet_x, feet_y, -seen_y / size, seen_x / size, distances, turns)
        ]
    foot_x, foot_y, normal_x, normal_y, distance, turn = picked
    return NearestLines(
        np.nan_to_num(np.stack([foot_x, foot_y], axis=-1)),
        np.nan_to_num(np.stack([normal_x, normal_y], axis=-1)),
        np.nan_to_num(distance, nan=np.inf),
        np.nan_to_num(turn, nan=1.0),
        best[..., 0] >= costs.shape[-1] - template.rough,
    )


def _metres_to_image(cameras: Reals, points: Reals, metres: Reals) -> tuple[Reals, ...]:
    """Four (K, N, 1), row by row the matrix from a small step in metres to image widths."""
    (a, c), (b, d) = (
        np.moveaxis((back_project(cameras, points + step) - metres) / _STEP, -1, 0)
        for step in ((_STEP, 0), (0, _STEP))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        area = a * d - b * c
        return tuple((one / area)[..., None] for one in (d, -b, -c, a))


def _feet(template: PitchTemplate, x: Reals, y: Reals) -> tuple[Reals, Reals, Reals, Reals]:
    """Nearest points on all lines, and the tangents there: x and y of each, (K, N, S)."""
    kind = x.dtype
    x1, y1, x2, y2 = template.segments.T.astype(kind)
    length = np.hypot(x2 - x1, y2 - y1)
    along_x, along_y = (x2 - x1) / length, (y2 - y1) / length
    way = np.clip((x - x1) * along_x + (y - y1) * along_y, 0, length)
    feet_x, feet_y = x1 + way * along_x, y1 + way * along_y
    along = (np.broadcast_to(one, way.shape) for one in (along_x, along_y))
    if not len(template.arcs):
        return feet_x, feet_y, *along
    at_x, at_y, radius, first, last = template.arcs.T.astype(kind)
    middle, reach = (first + last) / 2, (last - first) / 2
    angle = np.arctan2(y - at_y, x - at_x) - middle
    turn = kind.type(2 * np.pi)
    angle = middle + np.clip(angle - turn * np.rint(angle / turn), -reach, reach)
    cosine, sine = np.cos(angle), np.sin(angle)
    columns = zip(
        (feet_x, feet_y, *along),
        (at_x + radius * cosine, at_y + radius * sine, -sine, cosine),
        strict=True,
    )
    feet_x, feet_y, tangent_x, tangent_y = (np.concatenate(pair, axis=-1) for pair in columns)
    return feet_x, feet_y, tangent_x, tangent_y
