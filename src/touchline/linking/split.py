"""Cut tracks into tracklets of one person: at gaps, shot cuts, jumps and appearance changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import AppearanceModel
from touchline.evidence.whitening import Vectors
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.stitching import Stitching
from touchline.types import TIME_TOLERANCE, Ints, TrackTable

_MIN_BINS = 2
"""Bins needed on each side of a change."""

MAX_BINS = 8
"""Most bins compared on each side: further away, pose and light differ."""

_FASTEST, _LEEWAY = 6.0, 0.5
"""Horizontal speed limit in body heights a second, about 11 m/s, and a tolerance in heights for
jitter of the box. A faster track switched from one person to another."""


def are_gaps(
    times: NDArray[np.float64],
    frames: Ints,
    max_gap_seconds: float,
    looked: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """(M - 1,) whether the gap between a row and the next one of its track is longer.

    times, frames: (M,) of the rows. looked: as for ``cut_at_gaps``. Meaningless between rows of
    two tracks.
    """
    gaps = np.diff(times) > max_gap_seconds + TIME_TOLERANCE
    if looked is not None:
        gaps &= np.diff(np.cumsum(looked)[frames]) > 1
    return np.asarray(gaps)


def cut_at_gaps(
    table: TrackTable,
    max_gap_seconds: float,
    cuts: Sequence[int],
    stitching: Stitching,
    looked: NDArray[np.bool_] | None = None,
) -> Ints:
    """(M,) the tracklet of each row: a new one after a longer gap, at every shot cut, and where
    the track moves faster than anybody runs.

    Frames are positions in the clip, as are ``cuts``. Tracklets are numbered from 0 in order of
    start. looked: (F,) frames in which the detector ran; between two consecutive such frames there
    is no gap, however far apart. None: all.
    """
    order = np.lexsort((table.frames, table.ids))
    frames, times = table.frames[order], table.times[order]
    shots = np.searchsorted(np.asarray(cuts, np.int64), frames, side="right")
    new = _differs(table.ids[order])
    seconds = np.diff(times)
    new[1:] |= are_gaps(times, frames, max_gap_seconds, looked)
    new |= _differs(shots)
    boxes = table.boxes[order]
    centres = stitching.place((boxes[:, :2] + boxes[:, 2:]) / 2, frames)
    heights = (boxes[:, 3] - boxes[:, 1]) * stitching.scales[frames]
    gate = (_LEEWAY + _FASTEST * seconds) * np.minimum(heights[1:], heights[:-1])
    new[1:] |= np.abs(np.diff(centres[:, 0])) > gate
    return _numbered(table, order, new)


def cut_at_changes(
    table: TrackTable,
    tracklet_ids: Ints,
    bins: AppearanceBins,
    whitened: Vectors,
    model: AppearanceModel,
    max_llr: float,
) -> Ints:
    """(M,) the tracklet of each row, with ``tracklet_ids`` (M,) cut where the person changes.

    bins, whitened: (L,) and (L, D), appearance bins of ``tracklet_ids``, ascending. A cut lies
    between two bins where the log-likelihood ratio that both sides are one person is least, if
    below ``max_llr``.
    """
    order = np.lexsort((table.frames, tracklet_ids))
    times = table.times[order]
    new = _differs(tracklet_ids[order])
    bounds = np.append(np.flatnonzero(new), len(order))
    starts = np.append(np.flatnonzero(_differs(bins.track_ids)), len(bins))
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        begin, end = bounds[bins.track_ids[first]], bounds[bins.track_ids[first] + 1]
        for bin_ in _changes(whitened[first:last], model, max_llr):
            moment = bins.times[first + bin_ - 1 : first + bin_ + 1].mean()
            row = int(begin + np.searchsorted(times[begin:end], moment))
            new[min(row, end - 1)] = True
    return _numbered(table, order, new)


def cut_at_rows(table: TrackTable, tracklet_ids: Ints, rows: Sequence[int]) -> Ints:
    """(M,) the tracklet of each row, with ``tracklet_ids`` (M,) cut right before ``rows``."""
    order = np.lexsort((table.frames, tracklet_ids))
    new = _differs(tracklet_ids[order])
    new |= np.isin(order, np.asarray(rows, np.int64))
    return _numbered(table, order, new)


def _changes(whitened: Vectors, model: AppearanceModel, max_llr: float) -> list[int]:
    """Bins (n, D) of one tracklet at which the person changes."""
    found = []
    stack = [(0, len(whitened))]
    while stack:
        first, last = stack.pop()
        change = _greatest_change(whitened[first:last], model, max_llr)
        if change is not None:
            found.append(first + change)
            stack += [(first, first + change), (first + change, last)]
    return found


def _greatest_change(whitened: Vectors, model: AppearanceModel, max_llr: float) -> int | None:
    count = len(whitened)
    if count < 2 * _MIN_BINS:
        return None
    sums = np.concatenate([np.zeros((1, whitened.shape[1])), np.cumsum(whitened, axis=0)])
    places = np.arange(_MIN_BINS, count - _MIN_BINS + 1)
    low = np.maximum(places - MAX_BINS, 0)
    high = np.minimum(places + MAX_BINS, count)
    llr = model.pair_llr(
        sums[places] - sums[low],
        (places - low).astype(np.float64),
        sums[high] - sums[places],
        (high - places).astype(np.float64),
    )
    best = int(llr.argmin())
    return int(places[best]) if llr[best] < max_llr else None


def owners_of(
    ids: Ints, times: NDArray[np.float64], table: TrackTable, tracks: Ints, tracklet_ids: Ints
) -> Ints:
    """(N,) the tracklet in which track ``ids`` (N,) was at ``times`` (N,) seconds.

    tracks: (M,) the track of each row of ``table``, which ``tracklet_ids`` (M,) cuts; every one of
    ``ids`` is among them. Times between two tracklets belong to the first.
    """
    order = np.lexsort((table.frames, tracks))
    first = order[_differs(tracklet_ids[order])]
    # Sort starts of tracklets and queries together by track and time: each query belongs to the
    # last start before it. A mean of times may be early by a rounding error.
    every = np.lexsort(
        (
            np.concatenate([table.times[first], times + TIME_TOLERANCE]),
            np.concatenate([tracks[first], ids]),
        )
    )
    begun = np.cumsum(every < len(first)) - 1
    asked = every >= len(first)
    owners = np.empty(len(ids), np.int64)
    owners[every[asked] - len(first)] = tracklet_ids[first][begun[asked]]
    return owners


def bins_of_tracklets(
    bins: AppearanceBins, table: TrackTable, tracks: Ints, tracklet_ids: Ints
) -> AppearanceBins:
    """``bins`` relabelled by tracklet, sorted by tracklet and then time; see ``owners_of``."""
    owners = owners_of(bins.track_ids, bins.times, table, tracks, tracklet_ids)
    order = np.lexsort((bins.times, owners))
    return replace(bins, track_ids=owners)[order]


def _differs(values: Ints) -> NDArray[np.bool_]:
    """(N,) whether a value differs from the one before; True for the first."""
    new = np.ones(len(values), np.bool_)
    new[1:] = np.diff(values) != 0
    return new


def _numbered(table: TrackTable, order: NDArray[np.intp], new: NDArray[np.bool_]) -> Ints:
    """(M,) tracklet numbers in order of start; within a frame, from left to right.

    order: rows by tracklet. new: where in that order a tracklet begins. Track ids are not used, so
    the numbers do not depend on them.
    """
    first = order[new]
    boxes = table.boxes[first]
    begun = np.lexsort((boxes[:, 3], boxes[:, 1], boxes[:, 0], table.frames[first]))
    numbers = np.empty(len(first), np.int64)
    numbers[begun] = np.arange(len(first))
    tracklet_ids = np.empty(len(table), np.int64)
    tracklet_ids[order] = numbers[np.cumsum(new) - 1]
    return tracklet_ids
