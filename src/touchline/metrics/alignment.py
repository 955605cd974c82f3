"""Truth and result of one sequence, aligned frame by frame: the input of every tracking metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from touchline.boxes import Boxes, areas
from touchline.errors import InputError
from touchline.types import Floats, Ints, Mask, TrackTable

EPSILON = float(np.finfo(np.float64).eps)
"""Slack of the field's thresholds, so that rounding does not decide at exactly 0.5."""

MIN_IOU = 0.5
"""IoU from which a true box and a result box match."""

_TIE = 1e-9  # weights this close are left to the assignment to choose between

_PAIRS_AT_ONCE = 500_000  # pairs of boxes compared at once: some 40 MB, whatever the clip's length


@dataclass(frozen=True, slots=True)
class Pairs:
    """Matched boxes of truth and result, one row per pair, ascending by frame.

    frames: (P,) positions in ``Alignment.frames``. truth, result: (P,) positions in
    ``Alignment.truth_ids`` and ``Alignment.result_ids``. iou: (P,) overlap.
    """

    frames: Ints
    truth: Ints
    result: Ints
    iou: Floats

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Every true box with every result box of its frame that it overlaps at all, one row per pair.

    Ascending by frame, then true box, then result box; boxes that share no pixel are not listed.
    truth_boxes, result_boxes: (P,) positions in ``Alignment.truth`` and ``Alignment.result``.
    iou: (P,) above 0. starts: (F + 1,): the pairs of ``Alignment.frames[f]`` are the rows
    ``starts[f]:starts[f + 1]``.
    """

    truth_boxes: Ints
    result_boxes: Ints
    iou: Floats
    starts: Ints

    def __len__(self) -> int:
        return len(self.iou)


@dataclass(frozen=True)
class Alignment:
    """One sequence. Only frames with a box in truth or result are listed.

    frames: (F,) int64, ascending frame indices from 0. frame_rate: frames a second.
    times: (T,) seconds of frames 0, 1, 2, ... up to the last listed, where they are not even.
    truth_ids: (G,), result_ids: (R,) int64, the ids of the files, ascending.
    truth: (M,) for each true box its position in ``truth_ids``, boxes ascending by frame, then
    id; truth_starts: (F + 1,): the true boxes of ``frames[f]`` are
    ``truth[truth_starts[f]:truth_starts[f + 1]]``. result, result_starts: likewise.
    """

    frames: Ints
    frame_rate: float
    truth_ids: Ints
    result_ids: Ints
    truth: Ints
    truth_starts: Ints
    result: Ints
    result_starts: Ints
    overlaps: Overlaps
    times: Floats | None = None

    def seconds_at(self, frames: Ints) -> Floats:
        """(N,) seconds at which these frames are shown."""
        seconds: Floats = frames / self.frame_rate if self.times is None else self.times[frames]
        return seconds

    def seconds_between(self, first: Ints, end: Ints) -> Floats:
        """(N,) seconds from the frames ``first`` to the frames ``end``."""
        if self.times is None:  # one division, so that whole seconds are exact
            even: Floats = (end - first) / self.frame_rate
            return even
        return self.seconds_at(end) - self.seconds_at(first)

    @cached_property
    def matches(self) -> Pairs:
        """The pairs of each frame whose IoU is at least 0.5, chosen so that its sum is largest.

        Unlike the pairs inside CLEAR, HOTA and IDF1 these depend on nothing but the one frame.
        """
        iou = self.overlaps.iou
        return self.pairs(self.best(np.where(iou >= MIN_IOU, iou, 0.0)))

    def best(self, weights: Floats) -> Mask:
        """(P,) mask of the overlaps to take: in each frame a matching of the largest total weight.

        weights: (P,) one for each of ``overlaps``; pairs of weight 0 are never taken.
        """
        pairs = self.overlaps
        taken = np.zeros(len(pairs), np.bool_)
        left = np.ones(len(self.frames), np.bool_)
        # Where every true box can have the overlap that is largest for it, no other choice is as
        # good, and there is nothing to solve. Likewise for the result boxes.
        for boxes, count in (
            (pairs.truth_boxes, len(self.truth)),
            (pairs.result_boxes, len(self.result)),
        ):
            top = np.zeros(count)
            np.maximum.at(top, boxes, weights)
            largest = (weights > 0) & (weights >= top[boxes] - _TIE)
            simple = left & ~self.contested(largest)
            taken |= largest & np.repeat(simple, np.diff(pairs.starts))
            left &= ~simple
        for frame in np.flatnonzero(left).tolist():
            rows = self.pairs_of(frame)
            taken[rows] = self.best_of_frame(frame, weights[rows])
        return taken

    def best_of_frame(self, frame: int, weights: Floats) -> Mask:
        """``best`` for the overlaps of one frame, ``weights`` in the order of ``pairs_of``."""
        height, width = self._shapes[frame]
        cells = self._cells[self.pairs_of(frame)]
        # The whole matrix, as the published scores use it: where several choices are equally
        # good, the answer of the assignment depends on the matrix.
        matrix = np.zeros(height * width)
        matrix[cells] = weights
        rows, columns = linear_sum_assignment(matrix.reshape(height, width), maximize=True)
        chosen = np.zeros(len(matrix), np.bool_)
        chosen[rows * width + columns] = True
        taken: Mask = chosen[cells] & (weights > 0)
        return taken

    def contested(self, wanted: Mask) -> Mask:
        """(F,) frames in which some box is in two of the ``wanted`` overlaps (P,).

        In the other frames all wanted pairs can be had at once.
        """
        pairs = self.overlaps
        truth, result = pairs.truth_boxes[wanted], pairs.result_boxes[wanted]
        shared = np.bincount(truth, minlength=len(self.truth))[truth] > 1
        shared |= np.bincount(result, minlength=len(self.result))[result] > 1
        frames: Mask = np.zeros(len(self.frames), np.bool_)
        frames[self.frames_of(np.flatnonzero(wanted)[shared])] = True
        return frames

    def pairs_of(self, frame: int) -> slice:
        """The rows of ``overlaps`` of the frame at this position in ``frames``."""
        first, end = self.overlaps.starts[frame : frame + 2].tolist()
        return slice(first, end)

    def frames_of(self, rows: Ints) -> Ints:
        """Positions in ``frames`` of these rows of ``overlaps``."""
        return np.searchsorted(self.overlaps.starts, rows, side="right") - 1

    def pairs(self, taken: Mask) -> Pairs:
        """The overlaps that are marked (P,), with the identities of their boxes."""
        pairs = self.overlaps
        return Pairs(
            self.frames_of(np.flatnonzero(taken)),
            self.truth[pairs.truth_boxes[taken]],
            self.result[pairs.result_boxes[taken]],
            pairs.iou[taken],
        )

    @cached_property
    def _shapes(self) -> list[tuple[int, int]]:
        """True boxes and result boxes of each frame."""
        heights, widths = np.diff(self.truth_starts), np.diff(self.result_starts)
        return list(zip(heights.tolist(), widths.tolist(), strict=True))

    @cached_property
    def _cells(self) -> Ints:
        """(P,) where each overlap lies in the flattened matrix of its frame."""
        pairs = np.diff(self.overlaps.starts)
        rows = self.overlaps.truth_boxes - np.repeat(self.truth_starts[:-1], pairs)
        columns = self.overlaps.result_boxes - np.repeat(self.result_starts[:-1], pairs)
        cells: Ints = rows * np.repeat(np.diff(self.result_starts), pairs) + columns
        return cells


def align(
    truth: TrackTable, result: TrackTable, frame_rate: float, times: Floats | None = None
) -> Alignment:
    """``truth`` and ``result`` of one sequence aligned; either may be empty.

    Both are in pixels of the same image. Boxes without an area overlap nothing. times: seconds
    of frames 0, 1, 2, ..., of a video whose frames are not even in time.

    Raises InputError for a frame rate that is not positive, for times that end before the boxes
    do, and for an id with two boxes in a frame.
    """
    if not (np.isfinite(frame_rate) and frame_rate > 0):
        raise InputError(f"frame rate {frame_rate} is refused: give frames a second, above 0")
    truth, result = truth.sorted(), result.sorted()
    for table, name in ((truth, "truth"), (result, "result")):
        twice = (np.diff(table.frames) == 0) & (np.diff(table.ids) == 0)
        if twice.any():
            row = int(np.flatnonzero(twice)[0])
            raise InputError(
                f"{name}: id {table.ids[row]} has two boxes in frame {table.frames[row]} "
                "(counted from 0); a person is in one place"
            )
    frames = np.union1d(np.unique(truth.frames), np.unique(result.frames))
    if times is not None and len(frames) and frames[-1] >= len(times):
        raise InputError(
            f"{len(times)} times are given, the last box is in frame {frames[-1]} (counted from 0)"
        )
    truth_ids, result_ids = np.unique(truth.ids), np.unique(result.ids)
    truth_starts = np.append(np.searchsorted(truth.frames, frames), len(truth))
    result_starts = np.append(np.searchsorted(result.frames, frames), len(result))
    return Alignment(
        frames,
        float(frame_rate),
        truth_ids,
        result_ids,
        np.searchsorted(truth_ids, truth.ids),
        truth_starts,
        np.searchsorted(result_ids, result.ids),
        result_starts,
        _overlaps(truth.boxes, truth_starts, result.boxes, result_starts),
        times,
    )


def _overlaps(truth: Boxes, truth_starts: Ints, result: Boxes, result_starts: Ints) -> Overlaps:
    """The pairs with an IoU above 0, of each frame."""
    found: list[tuple[Ints, Ints, Floats]] = [
        (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    ]
    # Column by column in memory: most of the work is to pick coordinates of pairs.
    sides = np.ascontiguousarray(truth.T), np.ascontiguousarray(result.T)
    for rows, columns in pairs_in_pieces(truth_starts, result_starts):
        found.append(_overlapping(*sides, rows, columns))
    truth_boxes, result_boxes, iou = (np.concatenate(column) for column in zip(*found, strict=True))
    return Overlaps(truth_boxes, result_boxes, iou, np.searchsorted(truth_boxes, truth_starts))


def pairs_in_pieces(truth_starts: Ints, result_starts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Every true box with every result box of its frame: positions in truth and in result."""
    partners = np.repeat(np.diff(result_starts), np.diff(truth_starts))  # of each true box
    first_partners = np.repeat(result_starts[:-1], np.diff(truth_starts))
    pairs_before = np.append(0, np.cumsum(partners))
    start = 0
    while start < len(partners):
        limit = pairs_before[start] + _PAIRS_AT_ONCE
        end = max(start + 1, int(np.searchsorted(pairs_before, limit, side="right")) - 1)
        rows = np.repeat(np.arange(start, end), partners[start:end])
        begun = pairs_before[start:end] - pairs_before[start]
        shift = np.repeat(first_partners[start:end] - begun, partners[start:end])
        yield rows, np.arange(len(rows)) + shift
        start = end


def _overlapping(
    truth: Boxes, result: Boxes, rows: Ints, columns: Ints
) -> tuple[Ints, Ints, Floats]:
    """The pairs (truth[:, rows], result[:, columns]) with an area in common, and their IoU.

    truth, result: (4, N) and (4, M) corner pixels. Most pairs are beside each other, so those are
    dropped before anything else is computed.
    """
    for low, high in ((0, 2), (1, 3)):
        near = truth[low].take(rows) < result[high].take(columns)
        near &= result[low].take(columns) < truth[high].take(rows)
        rows, columns = rows.compress(near), columns.compress(near)
    a, b = truth.take(rows, axis=1), result.take(columns, axis=1)
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    area_a, area_b = areas(a.T), areas(b.T)
    union = area_a + area_b - shared
    # The order of the sums and the limits are TrackEval's: overlaps agree to the last bit.
    good = (shared > 0) & (area_a > EPSILON) & (area_b > EPSILON) & (union > EPSILON)
    return rows[good], columns[good], shared[good] / union[good]
