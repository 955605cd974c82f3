"""What the frames of one shot in which lines were looked for show, and how the image moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchline.pitch.line_masks import WORK_WIDTH
from touchline.pitch.line_points import LinePoints
from touchline.pitch.steps import CameraSteps
from touchline.seen_lines import SeenLines, unpack_lines
from touchline.types import Floats, Index, Mask

LEAST_POINTS = 40
"""Points on lines below which a frame tells nothing by itself."""

_POINTS = 96  # of a frame that take part in fitting; more say the same


@dataclass(frozen=True, slots=True)
class ShotLooks:
    """n looks at one shot, in order.

    Args:
        packed: what each saw, ``seen_lines.pack_lines``: a long shot has very many.
        seconds: (n,) when.
        points: (n, P, 2) some of the points on lines, in image widths, NaN where there are fewer.
        angles: (n, P) of the lines there.
        counts: (n,) of all points that were seen.
        grass: (n,) share of the image.
        steps: the n - 1 from each to the next.
        aspect: height of the image over its width.
    """

    packed: Sequence[bytes]
    seconds: Floats
    points: Floats
    angles: Floats
    counts: Floats
    grass: Floats
    steps: CameraSteps
    aspect: float

    @classmethod
    def of(
        cls, packed: Sequence[bytes], seconds: Floats, steps: CameraSteps, aspect: float
    ) -> ShotLooks:
        """The looks with some of their points unpacked."""
        count = len(packed)
        points = np.full((count, _POINTS, 2), np.nan)
        angles = np.zeros((count, _POINTS))
        counts, grass = np.zeros(count), np.zeros(count)
        for row, one in enumerate(packed):
            seen = unpack_lines(one)
            counts[row], grass[row] = len(seen), seen.grass.mean() if seen.grass.size else 0.0
            chosen = _evenly(len(seen), _POINTS)
            points[row, : len(chosen)] = seen.points[chosen]
            angles[row, : len(chosen)] = seen.angles[chosen]
        return cls(packed, seconds, points, angles, counts, grass, steps, aspect)

    def __len__(self) -> int:
        return len(self.packed)

    @property
    def telling(self) -> Mask:
        """(n,) which have lines enough to tell something by themselves."""
        return np.asarray(self.counts >= LEAST_POINTS)

    def seen(self, row: int) -> SeenLines:
        """All that one look saw."""
        return unpack_lines(self.packed[row])

    def all_lines(self, row: int) -> LinePoints:
        """All points of one look."""
        seen = self.seen(row)
        return LinePoints(seen.points, seen.angles, 1 / WORK_WIDTH)

    def some_lines(self, rows: int | slice | Index) -> LinePoints:
        """Some points of one look, without gaps, or of each of several."""
        if isinstance(rows, int):
            there = min(int(self.counts[rows]), self.points.shape[1])
            return LinePoints(self.points[rows, :there], self.angles[rows, :there], 1 / WORK_WIDTH)
        return LinePoints(self.points[rows], self.angles[rows], 1 / WORK_WIDTH)


def _evenly(count: int, most: int) -> Index:
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.intp)
