"""First poses of the camera of one image: the best of the bank, by its lines and its grass."""

from __future__ import annotations

import cv2
import numpy as np

from touchline.pitch.camera import Reals, back_project
from touchline.pitch.line_maps import line_maps
from touchline.pitch.line_points import LinePoints
from touchline.pitch.nearest_line import nearest_lines
from touchline.pitch.pose_bank import (
    GRASS_COLUMNS,
    MAP_WIDTH,
    BankKey,
    PoseBank,
    pack_bits,
    pose_bank,
)
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Mask

_BLUR = 0.02  # image widths: half a step of the bank
_GRASS_WEIGHT = 1.5
_SECOND = 1000
_PROBES = 80
_ALIKE = 6.0  # metres between the middles of two views
_ALIKE_SCALE = 0.2  # of the logarithm of metres in an image width


def first_poses(
    template: PitchTemplate, lines: LinePoints, grass: Mask, aspect: float, count: int
) -> Floats:
    """The ``count`` most likely poses (count, 8) of the bank, best first.

    Args:
        template: the pitch.
        lines: points on lines of the image.
        grass: its mask, of any size.
        aspect: height of the image over its width.
        count: number of poses.
    """
    height = round(MAP_WIDTH * aspect)
    bank = pose_bank(BankKey(template, height))
    nearness = np.exp(-line_maps(lines, MAP_WIDTH, height) / np.float32(_BLUR)).ravel()
    scores = nearness[bank.cells].mean(axis=1) - _GRASS_WEIGHT * _grass_misfit(bank, grass)
    best = np.argpartition(-scores, min(_SECOND, len(scores) - 1))[:_SECOND]
    explained = _explained(template, bank.cameras[best], lines)
    order = best[np.argsort(-(scores[best] + explained))]
    return _unlike(bank.cameras[order].astype(np.float64), count)


def _unlike(cameras: Floats, count: int) -> Floats:
    """The first ``count`` cameras without those that see nearly what two better ones see."""
    centre = back_project(cameras, np.zeros((1, 2)))[:, 0]
    far = np.hypot(*(centre - cameras[:, :2]).T)
    scale = np.log(np.maximum(far, 1.0)) - cameras[:, 6]
    view = np.column_stack([centre / _ALIKE, scale / _ALIKE_SCALE])
    _, place = np.unique(np.rint(np.nan_to_num(view)).astype(int), axis=0, return_inverse=True)
    seen: dict[int, int] = {}
    kept = []
    for row, key in enumerate(place.tolist()):
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= 2:
            kept.append(row)
    return cameras[kept[:count]]


def _grass_misfit(bank: PoseBank, grass: Mask) -> Floats:
    """(P,) share of cells that are pitch and no grass, or grass and off the pitch."""
    rows = max(1, round(bank.height * GRASS_COLUMNS / MAP_WIDTH))
    share = cv2.resize(
        grass.astype(np.float32), (GRASS_COLUMNS, rows), interpolation=cv2.INTER_AREA
    )
    green, bare = (pack_bits(cells.reshape(1, -1)) for cells in (share > 0.85, share < 0.15))
    wrong = (bank.pitch & bare) | (green & ~bank.around)
    counted = max(1, int(np.bitwise_count(green | bare).sum()))
    share_wrong: Floats = np.bitwise_count(wrong).sum(axis=1) / counted
    return share_wrong


def _explained(template: PitchTemplate, cameras: Reals, lines: LinePoints) -> Floats:
    """(P,) share of some of the line points that a line of the template is near to."""
    chosen = np.linspace(0, len(lines) - 1, min(len(lines), _PROBES)).round().astype(int)
    probes = LinePoints(
        lines.points[chosen].astype(np.float32),  # twice as fast, and near enough
        lines.angles[chosen].astype(np.float32),
        lines.pixel,
    )
    found = []
    for start in range(0, len(cameras), 100):
        near = nearest_lines(template, cameras[start : start + 100], probes)
        pull = np.exp(-near.distances / _BLUR) * (near.turns < 0.6)
        found.append(pull.mean(axis=1))
    shares: Floats = np.concatenate(found).astype(np.float64)
    return shares
