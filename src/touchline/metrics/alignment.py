"""Truth and result of one sequence, lined up frame by frame: what every tracking metric reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.boxes import iou_matrix
from touchline.errors import InputError
from touchline.types import TrackTable

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Boxes of truth and result that belong together, one row a pair, ascending by frame.

    frames: (P,) positions in ``Alignment.frames``. truth, result: (P,) positions in
    ``Alignment.truth_ids`` and ``Alignment.result_ids``. iou: (P,) overlap.
    """

    frames: Ints
    truth: Ints
    result: Ints
    iou: Floats

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class Alignment:
    """One sequence. Only frames with a box in truth or result are listed.

    frames: (F,) int64, ascending frame indices from 0. frame_rate: frames a second.
    truth_ids: (G,), result_ids: (R,) int64, the ids of the files, ascending.
    truth: (M,) for each true box its position in ``truth_ids``, boxes ascending by frame;
    truth_starts: (F + 1,): the true boxes of ``frames[f]`` are
    ``truth[truth_starts[f]:truth_starts[f + 1]]``. result, result_starts: likewise.
    overlaps: for each of the F frames (n, m) float64 IoU of its true boxes with its result boxes.
    """

    frames: Ints
    frame_rate: float
    truth_ids: Ints
    result_ids: Ints
    truth: Ints
    truth_starts: Ints
    result: Ints
    result_starts: Ints
    overlaps: tuple[Floats, ...]

    @cached_property
    def matches(self) -> Pairs:
        """The pairs of each frame whose IoU is at least 0.5, chosen so that its sum is largest.

        Unlike the pairs inside CLEAR, HOTA and IDF1 these depend on nothing but the one frame.
        """
        found: list[tuple[Ints, Ints, Ints, Floats]] = []
        for position, overlap in enumerate(self.overlaps):
            if not overlap.size:
                continue
            allowed = np.where(overlap >= 0.5, overlap, 0.0)
            rows, columns = linear_sum_assignment(allowed, maximize=True)
            good = allowed[rows, columns] > 0.0
            rows, columns = rows[good], columns[good]
            found.append(
                (
                    np.full(len(rows), position),
                    self.truth[self.truth_starts[position] + rows],
                    self.result[self.result_starts[position] + columns],
                    overlap[rows, columns],
                )
            )
        if not found:
            none = np.empty(0, np.int64)
            return Pairs(none, none, none, np.empty(0))
        frames, truth, result, iou = (np.concatenate(column) for column in zip(*found, strict=True))
        return Pairs(frames, truth, result, iou)


def align(truth: TrackTable, result: TrackTable, frame_rate: float) -> Alignment:
    """``truth`` and ``result`` of one sequence lined up; either may be empty.

    Both are in pixels of the same picture. Boxes without an area overlap nothing.

    Raises InputError for a frame rate that is not positive and for an id with two boxes in a frame.
    """
    if not (np.isfinite(frame_rate) and frame_rate > 0):
        raise InputError(f"frame rate {frame_rate} is refused: give frames a second, above 0")
    truth, result = truth.sorted(), result.sorted()
    for table, name in ((truth, "truth"), (result, "result")):
        twice = (np.diff(table.frames) == 0) & (np.diff(table.ids) == 0)
        if twice.any():
            row = int(np.flatnonzero(twice)[0])
            raise InputError(
                f"{name}: id {table.ids[row]} has two boxes in frame {table.frames[row] + 1} "
                "(from 1); a person is in one place"
            )
    frames = np.union1d(truth.frames, result.frames)
    truth_ids, truth_rows = np.unique(truth.ids, return_inverse=True)
    result_ids, result_rows = np.unique(result.ids, return_inverse=True)
    truth_starts = np.append(np.searchsorted(truth.frames, frames), len(truth))
    result_starts = np.append(np.searchsorted(result.frames, frames), len(result))
    overlaps = tuple(
        iou_matrix(truth.boxes[a:b], result.boxes[c:d])
        for a, b, c, d in zip(
            truth_starts[:-1],
            truth_starts[1:],
            result_starts[:-1],
            result_starts[1:],
            strict=True,
        )
    )
    return Alignment(
        frames,
        frame_rate,
        truth_ids,
        result_ids,
        truth_rows.astype(np.int64, copy=False),
        truth_starts,
        result_rows.astype(np.int64, copy=False),
        result_starts,
        overlaps,
    )
