"""Tracks cut into tracklets of one person each: at gaps, cuts and jumps, where looks change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import Likeness
from touchline.evidence.whitening import Vectors
from touchline.linking.looks import Looks
from touchline.linking.stitching import Stitching
from touchline.types import TrackTable

Ints = NDArray[np.int64]

_MIN_LOOKS = 2
"""So many bins are needed on both sides of a change."""

_MOST_LOOKS = 8
"""So many bins on each side are compared: what is further away is another pose and light."""

_FASTEST, _LEEWAY = 6.0, 0.5
"""Body heights a second across that nobody runs, about 11 m/s, and heights on top for boxes that
change. A track that is faster went from one person to another."""

_ROUNDING = 1e-6  # seconds; frame times are sums of fractions


def are_gaps(
    table: TrackTable, max_gap_seconds: float, looked: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """(M - 1,) whether more time than that lies between a row and the next one of its track.

    looked: as for ``cut_at_gaps``. Between rows of two tracks the answer means nothing.
    """
    gaps = np.diff(table.times) > max_gap_seconds + _ROUNDING
    if looked is not None:
        gaps &= np.diff(np.cumsum(looked)[table.frames]) > 1
    return np.asarray(gaps)


def cut_at_gaps(
    table: TrackTable,
    max_gap_seconds: float,
    cuts: Sequence[int],
    stitching: Stitching,
    looked: NDArray[np.bool_] | None = None,
) -> Ints:
    """(M,) the tracklet of each row: a new one after a longer gap, at every shot cut, and where
    nobody runs so fast.

    Frames are positions in the clip, as are ``cuts``. Tracklets are numbered from 0 as they begin.
    looked: (F,) in which frames somebody looked for boxes; between two such there is no gap,
    however long they are apart. None: in all.
    """
    order = np.lexsort((table.frames, table.ids))
    shots = np.searchsorted(np.asarray(cuts, np.int64), table.frames[order], side="right")
    new = _differs(table.ids[order])
    seconds = np.diff(table.times[order])
    new[1:] |= are_gaps(table[order], max_gap_seconds, looked)
    new |= _differs(shots)
    boxes, frames = table.boxes[order], table.frames[order]
    centres = stitching.place((boxes[:, :2] + boxes[:, 2:]) / 2, frames)
    heights = (boxes[:, 3] - boxes[:, 1]) * stitching.scales[frames]
    reach = (_LEEWAY + _FASTEST * seconds) * np.minimum(heights[1:], heights[:-1])
    new[1:] |= np.abs(np.diff(centres[:, 0])) > reach
    return _numbered(table, order, new)


def cut_at_changes(
    table: TrackTable,
    pieces: Ints,
    looks: Looks,
    whitened: Vectors,
    model: Likeness,
    max_odds: float,
) -> Ints:
    """(M,) the tracklet of each row, with ``pieces`` (M,) cut where two people meet in one.

    looks, whitened: (L,) and (L, D), looks of ``pieces``, ascending. A cut lies between two bins
    where the odds that both sides are one person's are least, if below ``max_odds``.
    """
    order = np.lexsort((table.frames, pieces))
    times = table.times[order]
    new = _differs(pieces[order])
    bounds = np.append(np.flatnonzero(new), len(order))
    starts = np.append(np.flatnonzero(_differs(looks.track_ids)), len(looks))
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        begin, end = bounds[looks.track_ids[first]], bounds[looks.track_ids[first] + 1]
        for look in _changes(whitened[first:last], model, max_odds):
            moment = looks.times[first + look - 1 : first + look + 1].mean()
            row = int(begin + np.searchsorted(times[begin:end], moment))
            new[min(row, end - 1)] = True
    return _numbered(table, order, new)


def _changes(whitened: Vectors, model: Likeness, max_odds: float) -> list[int]:
    """Where the looks (n, D) of one tracklet become another person's."""
    found = []
    stack = [(0, len(whitened))]
    while stack:
        first, last = stack.pop()
        change = _greatest_change(whitened[first:last], model, max_odds)
        if change is not None:
            found.append(first + change)
            stack += [(first, first + change), (first + change, last)]
    return found


def _greatest_change(whitened: Vectors, model: Likeness, max_odds: float) -> int | None:
    count = len(whitened)
    if count < 2 * _MIN_LOOKS:
        return None
    sums = np.concatenate([np.zeros((1, whitened.shape[1])), np.cumsum(whitened, axis=0)])
    places = np.arange(_MIN_LOOKS, count - _MIN_LOOKS + 1)
    low = np.maximum(places - _MOST_LOOKS, 0)
    high = np.minimum(places + _MOST_LOOKS, count)
    odds = model.pair_odds(
        sums[places] - sums[low],
        (places - low).astype(np.float64),
        sums[high] - sums[places],
        (high - places).astype(np.float64),
    )
    best = int(odds.argmin())
    return int(places[best]) if odds[best] < max_odds else None


def owners_of(
    ids: Ints, times: NDArray[np.float64], table: TrackTable, tracks: Ints, pieces: Ints
) -> Ints:
    """(N,) the tracklet in which track ``ids`` (N,) was at ``times`` (N,) seconds.

    tracks: (M,) the track of each row of ``table``, which ``pieces`` (M,) cuts; every one of
    ``ids`` is among them. What lies between two tracklets belongs to the first.
    """
    order = np.lexsort((table.frames, tracks))
    first = order[_differs(pieces[order])]
    # Beginnings of tracklets and what is asked for, in one order of track and time: everything
    # belongs to the last beginning before it. A mean of times may lie a rounding too early.
    every = np.lexsort(
        (
            np.concatenate([table.times[first], times + _ROUNDING]),
            np.concatenate([tracks[first], ids]),
        )
    )
    begun = np.cumsum(every < len(first)) - 1
    asked = every >= len(first)
    owners = np.empty(len(ids), np.int64)
    owners[every[asked] - len(first)] = pieces[first][begun[asked]]
    return owners


def looks_of(looks: Looks, table: TrackTable, tracks: Ints, pieces: Ints) -> Looks:
    """The looks under the numbers of tracklets, by tracklet and then time; see ``owners_of``."""
    owners = owners_of(looks.track_ids, looks.times, table, tracks, pieces)
    order = np.lexsort((looks.times, owners))
    return replace(looks, track_ids=owners)[order]


def _differs(values: Ints) -> NDArray[np.bool_]:
    """(N,) whether a value is another than the one before; True for the first."""
    new = np.ones(len(values), np.bool_)
    new[1:] = np.diff(values) != 0
    return new


def _numbered(table: TrackTable, order: NDArray[np.intp], new: NDArray[np.bool_]) -> Ints:
    """(M,) numbers of tracklets as they begin; of those of one frame, from left to right.

    order: rows by tracklet. new: where in that order a tracklet begins. No id is looked at, so
    that numbers do not depend on them.
    """
    first = order[new]
    boxes = table.boxes[first]
    begun = np.lexsort((boxes[:, 3], boxes[:, 1], boxes[:, 0], table.frames[first]))
    numbers = np.empty(len(first), np.int64)
    numbers[begun] = np.arange(len(first))
    pieces = np.empty(len(table), np.int64)
    pieces[order] = numbers[np.cumsum(new) - 1]
    return pieces
