"""The lines that are painted on a pitch, in metres.

The origin is the centre spot, x runs along the pitch, y away from the main camera. Seen from that
camera, x grows to the right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import acos, pi

import numpy as np

from touchline.errors import SettingsError
from touchline.pitch.config import PitchConfig
from touchline.types import Floats, Mask

_BESIDE, _AROUND = 0.4, 1.0  # metres: from the straight line that an arc ends on, and around it


@dataclass(frozen=True, slots=True)
class PitchTemplate:
    """Lines of one pitch, seen from above.

    Args:
        length: metres along x.
        width: metres along y.
        segments: (S, 4) of straight lines: x and y of one end, then of the other.
        arcs: (A, 5): x, y and radius of the circle, then the angles between which it is painted,
            counter-clockwise, the second in (first, first + 2 pi].
        rough: how many of the last arcs are often painted by eye: they belong to the pitch, but
            say little about where a camera is.
    """

    length: float
    width: float
    segments: Floats
    arcs: Floats
    rough: int = 0

    def exact(self) -> PitchTemplate:
        """The same without the lines that are painted by eye."""
        return replace(self, arcs=self.arcs[: len(self.arcs) - self.rough], rough=0)

    def in_rough(self, places: Floats) -> Mask:
        """Which of places (..., 2) are where lines may be that are painted by eye."""
        found = np.zeros(places.shape[:-1], np.bool_)
        for x, y, radius, first, last in self.arcs[len(self.arcs) - self.rough :]:
            middle, reach = (first + last) / 2, (last - first) / 2
            off = places - (x, y)
            with np.errstate(invalid="ignore"):
                beyond = off @ (np.cos(middle), np.sin(middle)) > radius * np.cos(reach) + _BESIDE
                found |= beyond & ((off**2).sum(axis=-1) < (radius + _AROUND) ** 2)
        return found

    def points(self, step: float) -> tuple[Floats, Floats]:
        """Points every ``step`` metres on all lines, (N, 2), and their unit tangents, (N, 2)."""
        places, tangents = [], []
        for x1, y1, x2, y2 in self.segments:
            start, along = np.array([x1, y1]), np.array([x2 - x1, y2 - y1])
            size = float(np.hypot(*along))
            at = _even(size, step)[:, None]
            places.append(start + at * along)
            tangents.append(np.tile(along / size, (len(at), 1)))
        for x, y, radius, first, last in self.arcs:
            angles = first + _even((last - first) * radius, step) * (last - first)
            turned = np.stack([np.cos(angles), np.sin(angles)], axis=1)
            places.append(np.array([x, y]) + radius * turned)
            tangents.append(np.stack([-turned[:, 1], turned[:, 0]], axis=1))
        return np.concatenate(places), np.concatenate(tangents)


def _even(length: float, step: float) -> Floats:
    """Middles of equal parts of 0..1 for a line of ``length`` metres."""
    count = max(1, round(length / step))
    return (np.arange(count) + 0.5) / count


@lru_cache(maxsize=8)
def pitch_template(config: PitchConfig) -> PitchTemplate:
    """The template of a pitch.

    Raises SettingsError where its markings do not fit into its size.
    """
    half_x, half_y = config.length / 2, config.width / 2
    outline = [*_rectangle(-half_x, -half_y, half_x, half_y), (0.0, -half_y, 0.0, half_y)]
    segments, arcs = {
        "eleven": _eleven,
        "seven": _seven,
        "futsal": _futsal,
        "outline": _outline,
    }[config.markings](half_x)
    found = np.array(outline + segments, dtype=np.float64)
    circles = np.array(arcs, dtype=np.float64).reshape(-1, 5)
    ends = found.reshape(-1, 2)
    reach = max((radius for *_, radius, _, _ in circles), default=0.0)
    if (np.abs(ends) > (half_x, half_y)).any() or reach > min(half_x, half_y):
        raise SettingsError(
            f"the markings {config.markings!r} do not fit into pitch.length {config.length:g} and "
            f"pitch.width {config.width:g}: give other markings, or the right size in metres"
        )
    rough = 2 if config.markings == "eleven" else 0  # the arcs outside of the penalty areas
    return PitchTemplate(config.length, config.width, found, circles, rough)


_Lines = list[tuple[float, float, float, float]]
_Arcs = list[tuple[float, float, float, float, float]]


def _rectangle(x1: float, y1: float, x2: float, y2: float) -> _Lines:
    return [(x1, y1, x2, y1), (x2, y1, x2, y2), (x2, y2, x1, y2), (x1, y2, x1, y1)]


def _box(half_x: float, depth: float, half_width: float) -> _Lines:
    """Three sides of an area at each end; the fourth is the goal line."""
    lines: _Lines = []
    for end in (-half_x, half_x):
        inner = end - np.sign(end) * depth
        corners = [(end, -half_width), (inner, -half_width), (inner, half_width), (end, half_width)]
        lines += [(*one, *two) for one, two in pairwise(corners)]
    return lines


def _outline(_: float) -> tuple[_Lines, _Arcs]:
    return [], []


def _eleven(half_x: float) -> tuple[_Lines, _Arcs]:
    """The laws of the game: areas, centre circle, and the arcs outside the penalty areas."""
    open_angle = acos((16.5 - 11.0) / 9.15)
    spot = half_x - 11.0
    arcs = [
        (0.0, 0.0, 9.15, 0.0, 2 * pi),
        (-spot, 0.0, 9.15, -open_angle, open_angle),
        (spot, 0.0, 9.15, pi - open_angle, pi + open_angle),
    ]
    return _box(half_x, 16.5, 20.16) + _box(half_x, 5.5, 9.16), arcs


def _seven(half_x: float) -> tuple[_Lines, _Arcs]:
    """A common small pitch: penalty areas of 9 by 18 m and a centre circle of 6 m."""
    return _box(half_x, 9.0, 9.0), [(0.0, 0.0, 6.0, 0.0, 2 * pi)]


def _futsal(half_x: float) -> tuple[_Lines, _Arcs]:
    """Quarter circles of 6 m around the posts with a line between, and a centre circle of 3 m."""
    lines: _Lines = [(end, -1.58, end, 1.58) for end in (6.0 - half_x, half_x - 6.0)]
    arcs: _Arcs = [(0.0, 0.0, 3.0, 0.0, 2 * pi)]
    arcs += [(-half_x, -1.58, 6.0, -pi / 2, 0.0), (-half_x, 1.58, 6.0, 0.0, pi / 2)]
    arcs += [(half_x, -1.58, 6.0, pi, 1.5 * pi), (half_x, 1.58, 6.0, pi / 2, pi)]
    return lines, arcs
