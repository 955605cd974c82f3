"""Poses that a main camera can have, each with what it would see: made once, matched by look-up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from touchline.pitch.camera import back_project, ground_homography
from touchline.pitch.line_maps import map_cells
from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Ints

MAP_WIDTH = 160
"""Pixels of the maps that poses are looked up in; an index of all four fits into 16 bits."""

GRASS_COLUMNS = 16
"""Cells of the coarse mask of grass, over the width."""

PLACES = (
    *((0, 12, 7), (0, 18, 12), (0, 28, 12), (0, 28, 20), (0, 42, 16), (0, 42, 28), (0, 65, 28)),
    *((-40, 28, 20), (-20, 28, 20), (20, 28, 20), (40, 28, 20)),
)
"""Metres beside the halfway line, behind the near touchline, and above the ground."""

_FOCAL = (0.55, 4.6, 1.25)  # image widths: shortest, longest, ratio of neighbours
_PAN_STEP, _TILT_STEP = 0.07, 0.05  # image widths
_SAMPLES = 48
_CHUNK = 2048
_LEAST_SEEN = 0.5  # image widths of line
_MARGIN = 6.0  # metres of grass around the lines


@dataclass(frozen=True, slots=True)
class PoseBank:
    """P poses and what each shows.

    Args:
        cameras: (P, 8) float32.
        cells: (P, S) uint16, where points of its lines fall into the maps of an image.
        pitch: (P, W) uint64, bits of the cells of the grass mask that are inside the lines.
        around: (P, W) uint64, the same with the grass that surrounds them.
        height: pixels of a map.
    """

    cameras: NDArray[np.float32]
    cells: NDArray[np.uint16]
    pitch: NDArray[np.uint64]
    around: NDArray[np.uint64]
    height: int


@lru_cache(maxsize=4)
def pose_bank(key: BankKey) -> PoseBank:
    """The bank for one pitch and shape of image, made on its first use."""
    template, height = key.template, key.height
    poses = _poses(template)
    points, tangents = template.points(template.length / 35)
    centres = grass_centres(height).astype(np.float32)
    kept, cells, pitch, around = [], [], [], []
    for start in range(0, len(poses), _CHUNK):
        cameras = poses[start : start + _CHUNK]
        places = _sampled_cells(cameras, points, tangents, height)
        seen = places[:, 0] >= 0
        small = cameras[seen].astype(np.float32)
        ground = np.abs(np.nan_to_num(back_project(small, centres), nan=1e9))
        half = np.array([template.length, template.width]) / 2
        kept.append(small)
        cells.append(places[seen].astype(np.uint16))
        pitch.append(pack_bits(np.all(ground < half, axis=-1)))
        around.append(pack_bits(np.all(ground < half + _MARGIN, axis=-1)))
    return PoseBank(
        np.concatenate(kept),
        np.concatenate(cells),
        np.concatenate(pitch),
        np.concatenate(around),
        height,
    )


class BankKey:
    """What a bank depends on; equal where the pitch and the height of a map are."""

    def __init__(self, template: PitchTemplate, height: int) -> None:
        self.template = template
        self.height = height
        self._parts = (template.segments.tobytes(), template.arcs.tobytes(), height)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BankKey) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)


def grass_centres(height: int) -> Floats:
    """Middles of the cells of the grass mask, in image widths, row by row."""
    rows = max(1, round(height * GRASS_COLUMNS / MAP_WIDTH))
    x = (np.arange(GRASS_COLUMNS) + 0.5) / GRASS_COLUMNS - 0.5
    y = ((np.arange(rows) + 0.5) / rows - 0.5) * height / MAP_WIDTH
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def pack_bits(cells: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(P, C) of bool as (P, W) words of 64."""
    words = -(-cells.shape[1] // 64)
    padded = np.zeros((len(cells), words * 64), bool)
    padded[:, : cells.shape[1]] = cells
    return np.packbits(padded, axis=1).view(np.uint64)


def _poses(template: PitchTemplate) -> Floats:
    """Every place, focal length, pan and tilt in steps of the image, looking at the pitch."""
    size = template.width / 68  # a smaller pitch has its camera nearer
    end = template.length / 2 + 4
    shortest, longest, ratio = _FOCAL
    focals = shortest * ratio ** np.arange(int(np.log(longest / shortest) / np.log(ratio)) + 1)
    found = []
    for beside, behind, high in np.array(PLACES) * size:
        y = -template.width / 2 - behind
        for focal in focals:
            # A little nearer than the centre line, as views of a near corner look at it.
            left, right = (np.arctan((side - beside) / (-y * 0.75)) for side in (-end, end))
            pans = np.arange(left, right + 1e-9, _PAN_STEP / focal)
            lowest = np.arctan(high / (behind + 0.1 * template.width))
            highest = np.arctan(high / (np.hypot(end, y) + template.width))
            tilts = np.arange(highest, lowest + 1e-9, _TILT_STEP / focal)
            pan, tilt = (grid.ravel() for grid in np.meshgrid(pans, tilts))
            same = np.ones_like(pan)
            columns = (beside * same, y * same, high * same, pan, tilt, 0 * same)
            found.append(np.stack([*columns, np.log(focal) * same, 0 * same], axis=1))
    return np.concatenate(found)


def _sampled_cells(cameras: Floats, points: Floats, tangents: Floats, height: int) -> Ints:
    """(P, S) cells of points spread evenly over the seen lines; -1 where a pose sees too little."""
    seen, along = _seen(cameras, points, tangents)
    cells = map_cells(seen, along, MAP_WIDTH, height)
    lengths = np.where(cells >= 0, np.hypot(along[..., 0], along[..., 1]), np.float32(0))
    total = np.cumsum(lengths, axis=1, dtype=np.float64)
    whole = total[:, -1:]
    row = np.arange(len(cameras))[:, None]
    share = total / np.maximum(whole, 1e-9) * (1 - 1e-9)
    wanted = row + (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    at = np.searchsorted((row + share).ravel(), wanted.ravel())
    picked = cells.ravel()[np.minimum(at, cells.size - 1)].reshape(len(cameras), _SAMPLES)
    # ``along`` is for a metre of line, the points lie further apart.
    step = float(np.median(np.hypot(*np.diff(points[:9], axis=0).T)))
    enough = (whole[:, 0] * step > _LEAST_SEEN) & (picked >= 0).all(axis=1)
    return np.where(enough[:, None], picked, -1)


def _seen(
    cameras: Floats, points: Floats, tangents: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (P, N, 2) in image widths and how they move for a metre of line; far out if behind."""
    homographies = ground_homography(cameras).astype(np.float32)
    flat = np.concatenate([points.T, np.ones((1, len(points)))]).astype(np.float32)
    places = homographies @ flat
    steps = homographies[..., :2] @ tangents.T.astype(np.float32)
    depth = places[:, 2]
    behind = depth < 1
    depth[behind] = 1
    places[:, :2] /= depth[:, None]
    along = (steps[:, :2] - places[:, :2] * steps[:, 2:]) / depth[:, None]
    places[:, 0][behind] = 9
    return np.moveaxis(places[:, :2], 1, 2), np.moveaxis(along, 1, 2)
