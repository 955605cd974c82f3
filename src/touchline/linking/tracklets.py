"""The pieces the online tracker made: when and where each begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from touchline.boxes import Boxes
from touchline.linking.stitching import Stitching
from touchline.types import TrackTable

START, END = 0, 1
"""The two ends of a tracklet, as positions along the second axis of its arrays."""

_SIZE_SECONDS = 0.4
"""A box at the very end is often cut by the border or by somebody else: its size is a median."""


@dataclass(frozen=True, slots=True)
class Tracklets:
    """T pieces of tracks, ascending by id. The second axis of (T, 2, ...) is ``START``, ``END``.

    ids: (T,) int64. rows: (T + 1,) int64, tracklet t has ``order[rows[t]:rows[t + 1]]`` of the
    table, in order of time. times: (T, 2) seconds. frames: (T, 2) positions in the clip.
    places: (T, 2, 2) foot x, y in stitched pixels. heights: (T, 2) there. chains: (T, 2) within
    which places can be compared. at_border: (T, 2).
    """

    ids: NDArray[np.int64]
    order: NDArray[np.int64]
    rows: NDArray[np.int64]
    times: NDArray[np.float64]
    frames: NDArray[np.int64]
    places: NDArray[np.float64]
    heights: NDArray[np.float64]
    chains: NDArray[np.int64]
    at_border: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(T,) number of boxes."""
        return np.diff(self.rows)


def describe_tracklets(
    table: TrackTable,
    stitching: Stitching,
    image_size: tuple[int, int],
    border_widths: float,
) -> Tracklets:
    """The tracklets of ``table``, whose frames are positions in the clip and sorted.

    image_size: width, height. border_widths: a box nearer than so many of its widths to the
    picture's border is at it.
    """
    order = np.lexsort((table.frames, table.ids))
    ids, first = np.unique(table.ids[order], return_index=True)
    rows = np.append(first, len(order)).astype(np.int64)
    ends = np.stack([order[rows[:-1]], order[rows[1:] - 1]], axis=1) if len(ids) else _NO_ROWS
    boxes = table.boxes[ends]
    frames = table.frames[ends]
    feet = np.stack([(boxes[..., 0] + boxes[..., 2]) / 2, boxes[..., 3]], axis=-1)
    return Tracklets(
        ids,
        order,
        rows,
        table.times[ends],
        frames,
        stitching.place(feet, frames),
        _end_heights(table, order, rows) * stitching.scales[frames],
        stitching.chains[frames],
        _at_border(boxes, image_size, border_widths),
    )


_NO_ROWS = np.empty((0, 2), np.int64)


def _end_heights(
    table: TrackTable, order: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(T, 2) median height of the boxes near each end, pixels."""
    times = table.times[order]
    heights = (table.boxes[:, 3] - table.boxes[:, 1])[order]
    found = np.empty((len(rows) - 1, 2))
    for piece, (start, end) in enumerate(zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True)):
        inside = times[start:end]
        near_start = np.searchsorted(inside, inside[0] + _SIZE_SECONDS, side="right")
        near_end = np.searchsorted(inside, inside[-1] - _SIZE_SECONDS)
        found[piece] = (
            np.median(heights[start : start + near_start]),
            np.median(heights[start + near_end : end]),
        )
    return found


def _at_border(
    boxes: Boxes, image_size: tuple[int, int], border_widths: float
) -> NDArray[np.bool_]:
    width, height = image_size
    margin = border_widths * (boxes[..., 2] - boxes[..., 0])
    sides = np.minimum(boxes[..., 0], width - boxes[..., 2])
    ends = np.minimum(boxes[..., 1], height - boxes[..., 3])
    return np.asarray(np.minimum(sides, ends) < margin)


def shared_frames(table: TrackTable, tracklets: Tracklets) -> csr_array[Any, tuple[int, int]]:
    """(T, T) in how many frames each two tracklets both have a box, sparse; the diagonal too."""
    if not len(tracklets):
        return csr_array((0, 0), dtype=np.int32)
    pieces = np.repeat(np.arange(len(tracklets)), tracklets.counts)
    frames = table.frames[tracklets.order]
    present = csr_array(
        (np.ones(len(frames), np.int32), (pieces, frames)),
        shape=(len(tracklets), int(frames.max()) + 1),
    )
    shared: csr_array[Any, tuple[int, int]] = csr_array(present @ present.T)
    return shared
