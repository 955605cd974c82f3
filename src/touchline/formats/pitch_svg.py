"""The pitch as an SVG, seen from above with the main camera below, and what is drawn on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from touchline.pitch.template import PitchTemplate
from touchline.types import Floats

_MARGIN = 3.0  # metres around the pitch
_CELL = 2.0  # metres of a heat map
_SPREAD = 2.5  # metres: one standard deviation of its blur
_FAINTEST = 0.06  # of the largest value: what is less is not drawn


@dataclass(frozen=True, slots=True)
class Dot:
    """A person at a mean place. x, y: metres; colour: of CSS; label: beside it."""

    x: float
    y: float
    colour: str
    label: str


def pitch_svg(template: PitchTemplate, inside: Iterable[str], title: str) -> str:
    """An SVG of the pitch with what is drawn ``inside`` (metres, y downwards) over its grass."""
    half_x, half_y = template.length / 2 + _MARGIN, template.width / 2 + _MARGIN
    parts = [
        f'<svg viewBox="{-half_x:g} {-half_y:g} {2 * half_x:g} {2 * half_y:g}" role="img" '
        f'aria-label="{escape(title)}">',
        f'<rect class="grass" x="{-half_x:g}" y="{-half_y:g}" width="{2 * half_x:g}" '
        f'height="{2 * half_y:g}"/>',
        *inside,
        f'<g class="lines">{"".join(_lines(template))}</g></svg>',
    ]
    return "".join(parts)


def heat_cells(places: Floats, template: PitchTemplate, colour: str) -> list[str]:
    """Cells of a heat map of places (N, 2), metres: the more often there, the more of the colour.

    places: of equal spans of time. None where there are no places.
    """
    half_x, half_y = template.length / 2 + _MARGIN, template.width / 2 + _MARGIN
    columns, rows = np.arange(-half_x, half_x, _CELL), np.arange(-half_y, half_y, _CELL)
    edges = (np.append(columns, columns[-1] + _CELL), np.append(rows, rows[-1] + _CELL))
    counts, _, _ = np.histogram2d(places[:, 0], -places[:, 1], bins=edges)
    if not counts.any():
        return []
    warm = _blurred(_blurred(counts).T).T
    warm /= warm.max()
    return [
        f'<rect x="{columns[column]:g}" y="{rows[row]:g}" width="{_CELL:g}" height="{_CELL:g}" '
        f'fill="{colour}" fill-opacity="{0.9 * warm[column, row] ** 0.7:.2f}"/>'
        for column, row in np.argwhere(warm > _FAINTEST).tolist()
    ]


def dots(people: Iterable[Dot]) -> list[str]:
    """A circle and a label for each person."""
    return [
        f'<circle cx="{one.x:.1f}" cy="{-one.y:.1f}" r="1.5" fill="{one.colour}" class="dot"/>'
        f'<text x="{one.x:.1f}" y="{-one.y - 2:.1f}" class="label">{escape(one.label)}</text>'
        for one in people
    ]


def outline(places: Floats, colour: str) -> list[str]:
    """The convex hull of places (N, 2): the shape of a team. None of fewer than three."""
    corners = convex_hull(places)
    if len(corners) < 3:
        return []
    points = " ".join(f"{x:.1f},{-y:.1f}" for x, y in corners)
    return [f'<polygon points="{points}" class="shape" stroke="{colour}" fill="{colour}"/>']


def convex_hull(places: Floats) -> Sequence[tuple[float, float]]:
    """Corners of the convex hull of places (N, 2), counter-clockwise (Andrew's monotone chain)."""
    points = sorted({(float(x), float(y)) for x, y in places})
    if len(points) < 3:
        return points
    halves = []
    for ordered in (points, points[::-1]):
        half: list[tuple[float, float]] = []
        for one in ordered:
            while len(half) > 1 and _turn(half[-2], half[-1], one) <= 0:
                half.pop()
            half.append(one)
        halves += half[:-1]
    return halves


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _blurred(counts: Floats) -> Floats:
    """Along the first axis, by a Gaussian."""
    reach = int(np.ceil(3 * _SPREAD / _CELL))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _CELL / _SPREAD) ** 2)
    padded = np.pad(counts, ((reach, reach), (0, 0)))
    return np.asarray(
        sum(weight * padded[at : at + len(counts)] for at, weight in enumerate(weights))
    )


def _lines(template: PitchTemplate) -> Iterable[str]:
    for x1, y1, x2, y2 in template.segments.tolist():
        yield f'<line x1="{x1:g}" y1="{-y1:g}" x2="{x2:g}" y2="{-y2:g}"/>'
    for x, y, radius, first, last in template.arcs.tolist():
        angles = np.linspace(first, last, 33)
        points = np.column_stack([x + radius * np.cos(angles), -y - radius * np.sin(angles)])
        said = " ".join(f"{px:.2f},{py:.2f}" for px, py in points.tolist())
        yield f'<polyline points="{said}"/>'
