"""How far a camera can be believed, from the image alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from touchline.pitch.camera import project
from touchline.pitch.line_maps import line_maps, map_cells
from touchline.pitch.line_points import LinePoints
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Mask

_MAP_WIDTH = 480
_NEAR = 0.0055  # image widths: 5 pixels of 960 and what a map rounds
_NEAR_ROUGH = 0.02
_TEMPLATE_STEP = 0.5  # metres


@dataclass(frozen=True, slots=True)
class SelfScore:
    """Shares, (K,) each.

    Args:
        found: of the template's lines on visible grass, how much has a line of the image near it.
        explained: of the line points of the image, how many have a line of the template near them.
        length: of the template that was found, in image widths.
    """

    found: Floats
    explained: Floats
    length: Floats

    @property
    def total(self) -> Floats:
        """(K,) one number in 0..1."""
        return np.sqrt(self.found * self.explained)


def self_scores(
    template: PitchTemplate, cameras: Floats, lines: LinePoints, grass: Mask, aspect: float
) -> SelfScore:
    """How well the template of every camera (K, 8) and the lines of the image agree."""
    near = nearest_lines(template, cameras, lines)
    allowed = np.where(near.rough, _NEAR_ROUGH, _NEAR)
    explained = ((near.distances < allowed) & (near.turns < 0.35)).mean(axis=1)
    height = round(_MAP_WIDTH * aspect)
    maps = line_maps(lines, _MAP_WIDTH, height).ravel()
    seen_grass = cv2.resize(
        grass.astype(np.uint8), (_MAP_WIDTH, height), interpolation=cv2.INTER_NEAREST
    ).ravel()
    points, tangents = template.exact().points(_TEMPLATE_STEP)
    seen = project(cameras, points)
    along = np.nan_to_num(project(cameras, points + 0.1 * tangents) - seen)
    cells = map_cells(seen, along, _MAP_WIDTH, height)
    lengths = np.hypot(along[..., 0], along[..., 1]) * (_TEMPLATE_STEP / 0.1)
    visible = np.where((cells >= 0) & (seen_grass[cells % len(seen_grass)] > 0), lengths, 0.0)
    hit = np.where(maps[cells] < _NEAR, visible, 0.0).sum(axis=1)
    return SelfScore(hit / np.maximum(visible.sum(axis=1), 1e-9), explained, hit)
