"""Where the ball is between two sightings: on the curve that its speed before and after says.

A ball flies on a parabola and rolls on a line, in the image nearly so: the cubic curve through
both places with both speeds (Hermite) is such a parabola where the speeds fit one. Where they do
not, somebody has touched it, and a straight line is nearer to the truth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchline.linking.ball.model import BallModel
from touchline.types import Affine, Floats, Ints

MOST_SEEN = 8
"""Sightings on each side of a gap that tell the speed there."""


def bridge_places(
    seen: Ints,
    places: Floats,
    at: int,
    *,
    times: Floats,
    motions: Sequence[Affine],
    height: float,
    model: BallModel,
) -> Floats:
    """(G, 2) centres in the frames between two sightings, each in pixels of its frame.

    Args:
        seen: (N,) positions of the frames of one path's sightings, in order.
        places: (N, 2) their centres, each in pixels of its frame.
        at: the gap lies behind this sighting.
        times: seconds of every frame.
        motions: of the camera, of every frame.
        height: of people, in pixels.
        model: how balls move.
    """
    first, last = int(seen[at]), int(seen[at + 1])
    rows = np.arange(max(at + 1 - MOST_SEEN, 0), min(at + 1 + MOST_SEEN, len(seen)))
    ends = np.where(rows <= at, times[first], times[last])
    around = rows[np.abs(times[seen[rows]] - ends) <= model.speed_seconds]
    maps = _maps_to(first, int(seen[around[0]]), int(seen[around[-1]]), motions)
    still = {int(row): _applied(_inverse(maps[int(seen[row])]), places[row]) for row in around}
    before, after = still[at], still[at + 1]
    seconds = float(times[last] - times[first])
    shares = (times[first + 1 : last] - times[first]) / max(seconds, 1e-9)
    moments = {row: float(times[seen[row]]) for row in still}
    earlier = _speed([row for row in still if row <= at], still, moments)
    later = _speed([row for row in still if row > at], still, moments)
    line = before + shares[:, None] * (after - before)
    if earlier is not None and later is not None:
        (starts, start_time), (ends, end_time) = earlier, later
        # Each speed is that of the middle of its sightings; at the gap's ends it has gone on.
        change = (ends - starts) / (end_time - start_time)
        starts = starts + change * (times[first] - start_time)
        ends = ends + change * (times[last] - end_time)
        # With a steady acceleration the mean speed is halfway between both; a touch breaks that.
        odd = np.hypot(*((starts + ends) / 2 * seconds - (after - before))) / height
        if odd <= model.curve_error + model.curve_error_second * seconds:
            line = _curve(before, after, starts * seconds, ends * seconds, shares)
    placed = [_applied(maps[first + 1 + row], place) for row, place in enumerate(line)]
    return np.array(placed).reshape(-1, 2)


def _curve(before: Floats, after: Floats, starts: Floats, ends: Floats, shares: Floats) -> Floats:
    """(G, 2) places on the cubic curve with these speeds, in lengths of the gap, at its ends."""
    t = shares[:, None]
    return np.asarray(
        (2 * t**3 - 3 * t**2 + 1) * before
        + (t**3 - 2 * t**2 + t) * starts
        + (3 * t**2 - 2 * t**3) * after
        + (t**3 - t**2) * ends
    )


def _speed(
    rows: Sequence[int], places: dict[int, Floats], times: dict[int, float]
) -> tuple[Floats, float] | None:
    """(2,) slope of the line through places, and their mean time; None with fewer than two."""
    when = np.array([times[row] for row in rows])
    spread = when - when.mean()
    total = float((spread**2).sum())
    if total <= 0:
        return None
    where = np.array([places[row] for row in rows])
    return spread @ (where - where.mean(axis=0)) / total, float(when.mean())


def _maps_to(origin: int, first: int, last: int, motions: Sequence[Affine]) -> dict[int, Floats]:
    """(3, 3) by frame: maps pixels of the frame ``origin`` to pixels of that one."""
    maps = {origin: np.eye(3)}
    for frame in range(origin + 1, last + 1):
        maps[frame] = _square(motions[frame]) @ maps[frame - 1]
    for frame in range(origin - 1, first - 1, -1):
        maps[frame] = _inverse(_square(motions[frame + 1])) @ maps[frame + 1]
    return maps


def _square(motion: Affine) -> Floats:
    return np.vstack([motion, [0.0, 0.0, 1.0]])


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _applied(matrix: Floats, place: Floats) -> Floats:
    return np.asarray(matrix[:2, :2] @ place + matrix[:2, 2])
