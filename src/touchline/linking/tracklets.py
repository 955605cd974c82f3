"""Tracklets: when and where each begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from touchline.evidence.motion import at_border
from touchline.linking.clustering.pair_terms import LaterPairs, SymmetricPairs
from touchline.linking.stitching import Stitching
from touchline.types import TrackTable

START, END = 0, 1
"""The two ends of a tracklet, as positions along the second axis of its arrays."""

_SIZE_SECONDS = 0.4
"""Window for the median size: the very last box is often cut by the border or somebody else."""


@dataclass(frozen=True, slots=True)
class Tracklets:
    """T tracklets, in order of start. In (T, 2, ...) the second axis is start and end.

    rows: (T + 1,) int64, tracklet t has ``order[rows[t]:rows[t + 1]]`` of the table, in order of
    time. times: (T, 2) seconds. frames: (T, 2) positions in the clip.
    places: (T, 2, 2) foot x, y in stitched pixels. heights: (T, 2) there. chains: (T, 2) within
    which places can be compared. at_border: (T, 2).
    """

    order: NDArray[np.int64]
    rows: NDArray[np.int64]
    times: NDArray[np.float64]
    frames: NDArray[np.int64]
    places: NDArray[np.float64]
    heights: NDArray[np.float64]
    chains: NDArray[np.int64]
    at_border: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """(T,) number of boxes."""
        return np.diff(self.rows)


def describe_tracklets(
    table: TrackTable,
    tracklet_ids: NDArray[np.int64],
    stitching: Stitching,
    image_size: tuple[int, int],
    border_widths: float,
) -> Tracklets:
    """The tracklets of ``table``, whose frames are positions in the clip.

    tracklet_ids: (M,) the tracklet of each row, 0 to T - 1. image_size: width, height.
    border_widths: a box within this many of its widths of the image's border is at it.
    """
    order = np.lexsort((table.frames, tracklet_ids))
    rows = np.append(0, np.cumsum(np.bincount(tracklet_ids))).astype(np.int64)
    ends = np.stack([order[rows[:-1]], order[rows[1:] - 1]], axis=1)
    boxes = table.boxes[ends]
    frames = table.frames[ends]
    feet = np.stack([(boxes[..., 0] + boxes[..., 2]) / 2, boxes[..., 3]], axis=-1)
    return Tracklets(
        order,
        rows,
        table.times[ends],
        frames,
        stitching.place(feet, frames),
        _end_heights(table, order, rows) * stitching.scales[frames],
        stitching.chains[frames],
        at_border(boxes, image_size, border_widths),
    )


def _end_heights(
    table: TrackTable, order: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(T, 2) median height of the boxes near each end, pixels."""
    times = table.times[order]
    heights = (table.boxes[:, 3] - table.boxes[:, 1])[order]
    found = np.empty((len(rows) - 1, 2))
    for tracklet, (start, end) in enumerate(
        zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True)
    ):
        inside = times[start:end]
        near_start = np.searchsorted(inside, inside[0] + _SIZE_SECONDS, side="right")
        near_end = np.searchsorted(inside, inside[-1] - _SIZE_SECONDS)
        found[tracklet] = (
            np.median(heights[start : start + near_start]),
            np.median(heights[start + near_end : end]),
        )
    return found


def shared_frames(table: TrackTable, tracklet_ids: NDArray[np.int64]) -> SymmetricPairs[np.int32]:
    """The number of frames in which both tracklets of a pair have a box; 0 for one and itself.

    tracklet_ids: (M,) the tracklet of each row of ``table``, numbered in order of start.
    """
    count = int(tracklet_ids.max(initial=-1)) + 1
    frames = int(table.frames.max(initial=-1)) + 1
    present = csr_array(
        (np.ones(len(tracklet_ids), np.int32), (tracklet_ids, table.frames)), shape=(count, frames)
    )
    one, other = (shared := (present @ present.T).tocoo()).coords
    later = other > one
    one, other, number = one[later], other[later], shared.data[later]
    last = np.arange(count)
    np.maximum.at(last, one, other)
    table_of_later = LaterPairs.of_stretches(np.arange(1, count + 1), last + 1, np.int32)
    table_of_later.values[table_of_later.offsets[one] + other - one - 1] = number
    return SymmetricPairs(table_of_later)
