"""Tables as the page reads them: rows of fixed size, little-endian, frames counted from 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.pitch.positions import Positions
from touchline.types import TrackTable

INTERPOLATED, DOUBTFUL = 1, 2
"""Flags of a box or a span."""

BOX_ROW = np.dtype(
    [
        ("frame", "<i4"),
        ("identity", "<i4"),
        ("box", "<f4", 4),
        ("confidence", "<f4"),
        ("flags", "<u4"),
    ]
)
SPAN_ROW = np.dtype(
    [
        ("identity", "<i4"),
        ("first", "<i4"),
        ("last", "<i4"),
        ("confidence", "<f4"),
        ("flags", "<u4"),
    ]
)
PLACE_ROW = np.dtype([("frame", "<i4"), ("identity", "<i4"), ("place", "<f4", 2)])

_SAME_CONFIDENCE = 0.005


def box_rows(table: TrackTable, min_confidence: float) -> NDArray[np.void]:
    """(M,) of ``BOX_ROW``, in order of frames. min_confidence: below it a box is doubtful."""
    rows = np.zeros(len(table), BOX_ROW)
    rows["frame"], rows["identity"] = table.frames + 1, table.ids
    rows["box"] = table.boxes
    rows["confidence"] = confidence = _confidences(table)
    rows["flags"] = table.interpolated * INTERPOLATED + (confidence < min_confidence) * DOUBTFUL
    return rows


def span_rows(table: TrackTable, min_confidence: float) -> NDArray[np.void]:
    """(S,) of ``SPAN_ROW``: somebody is there without a gap and equally sure; by first frame."""
    order = np.lexsort((table.frames, table.ids))
    ids, frames = table.ids[order], table.frames[order]
    sure = _confidences(table)[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(ids) != 0) | (np.diff(frames) != 1)
    new[1:] |= np.abs(np.diff(sure)) > _SAME_CONFIDENCE
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(order)) - 1 if len(first) else first
    rows = np.zeros(len(first), SPAN_ROW)
    rows["identity"], rows["confidence"] = ids[first], sure[first]
    rows["first"], rows["last"] = frames[first] + 1, frames[last] + 1
    rows["flags"] = (sure[first] < min_confidence) * DOUBTFUL
    found: NDArray[np.void] = rows[np.argsort(rows["first"], kind="stable")]
    return found


def place_rows(positions: Positions) -> NDArray[np.void]:
    """(K,) of ``PLACE_ROW``, in order of frames: where places are known, in metres."""
    known = positions[positions.known]
    rows = np.zeros(len(known), PLACE_ROW)
    rows["frame"], rows["identity"], rows["place"] = known.frames + 1, known.ids, known.places
    return rows


def boxes_between(rows: NDArray[np.void], first: int, last: int) -> bytes:
    """The rows, of boxes or places, of frames ``first`` to ``last``."""
    start, end = np.searchsorted(rows["frame"], [first, last + 1])
    return rows[start:end].tobytes()


def spans_between(rows: NDArray[np.void], first: int, last: int) -> bytes:
    """The spans that reach into frames ``first`` to ``last``."""
    end = int(np.searchsorted(rows["first"], last + 1))
    before = rows[:end]
    return before[before["last"] >= first].tobytes()


def _confidences(table: TrackTable) -> NDArray[np.float64]:
    return np.ones(len(table)) if table.confidences is None else table.confidences
