"""One plane per shot: positions of people with camera motion and the flow of play removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.types import TrackTable

_MAX_ZOOM = 20.0
"""A chain ends where its scale has changed by more than this factor: rounding adds up."""

_FEW = 3.0
"""Shrinkage: acts like three people standing still, so that one runner is not taken for the
camera."""

_PAIRS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Stitching:
    """How each of F frames lies on the plane of its chain.

    scales: (F,) factor from the frame's pixels to the plane. shifts: (F, 2) added after scaling.
    chains: (F,) frames of different chains cannot be compared.
    """

    scales: NDArray[np.float64]
    shifts: NDArray[np.float64]
    chains: NDArray[np.int64]

    def place(self, points: NDArray[np.float64], frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """(..., 2) ``points`` of ``frames`` (...) on the plane."""
        return points * self.scales[frames][..., None] + self.shifts[frames]

    def unplace(
        self, points: NDArray[np.float64], frames: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """(..., 2) ``points`` of the plane in pixels of ``frames`` (...)."""
        return (points - self.shifts[frames]) / self.scales[frames][..., None]


def stitch(
    motions: NDArray[np.float64],
    table: TrackTable,
    cuts: Sequence[int] | NDArray[np.int64] = (),
) -> Stitching:
    """The plane of every shot, from camera motion and the common displacement of the people.

    motions: (F, 2, 3), each from the frame before to this one, identity where it is not known.
    table: the tracks, with frames as positions; their median displacement is removed too. It
    stands in for camera motion where that is unknown, and otherwise captures the flow of play:
    people out of sight mostly move with the others.
    """
    scale = np.sqrt(np.abs(np.linalg.det(motions[:, :, :2])))
    shift = motions[:, :, 2] + _flow(motions, table)
    count = len(motions)
    starts = np.zeros(count, np.bool_)
    starts[np.asarray(cuts, np.int64)] = True
    scales, shifts = np.ones(count), np.zeros((count, 2))
    chains = np.zeros(count, np.int64)
    for frame in range(1, count):
        # The inverse of p -> scale p + shift, followed by the map of the frame before.
        now = scales[frame - 1] / scale[frame]
        if starts[frame] or not 1.0 / _MAX_ZOOM < now < _MAX_ZOOM:
            chains[frame] = chains[frame - 1] + 1
            continue
        chains[frame] = chains[frame - 1]
        scales[frame] = now
        shifts[frame] = shifts[frame - 1] - now * shift[frame]
    return Stitching(scales, shifts, chains)


def _flow(motions: NDArray[np.float64], table: TrackTable) -> NDArray[np.float64]:
    """(F, 2) median displacement of the people since the frame before, without camera motion."""
    order = np.lexsort((table.frames, table.ids))
    ids, frames = table.ids[order], table.frames[order]
    pairs = np.flatnonzero((np.diff(ids) == 0) & (np.diff(frames) == 1))
    centres = ((table.boxes[:, :2] + table.boxes[:, 2:]) / 2)[order]
    now = frames[pairs + 1]
    displacements = centres[pairs + 1]
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):  # of a long clip no copy of all motions
        some = slice(start, start + _PAIRS_AT_ONCE)
        motion = motions[now[some]]
        moved = np.einsum("nij,nj->ni", motion[:, :, :2], centres[pairs[some]])
        displacements[some] -= moved + motion[:, :, 2]
    flow = np.zeros((len(motions), 2))
    counts = np.bincount(now, minlength=len(motions))
    filled = np.flatnonzero(counts)
    people = counts[filled]
    first = np.cumsum(people) - people
    for axis in range(2):
        values = displacements[np.lexsort((displacements[:, axis], now)), axis]
        median = (values[first + (people - 1) // 2] + values[first + people // 2]) / 2
        flow[filled, axis] = median * people / (people + _FEW)
    return flow
