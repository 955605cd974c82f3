"""Where the box that a fact is about is now: the same detection, else the nearest box by IoU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import intersection_areas, iou_matrix
from touchline.edits.facts import Edit, SeenBox
from touchline.types import TrackTable

MIN_IOU = 0.5
"""Overlap from which a box shows the person that was meant."""

MOST_SECONDS = 0.5
"""Where no box of the frame overlaps, those of frames this near in time may: a detector misses
people now and then, and an interpolated box is there only once the tracks are linked."""

_MOST_LOOKED_AT = 200  # boxes of one identity among which the one to remember is looked for


def seen_box(table: TrackTable, row: int) -> SeenBox:
    """The box of one row of ``table``, to be remembered."""
    known = table.rows is not None and table.rows[row] >= 0
    x1, y1, x2, y2 = table.boxes[row].tolist()
    return SeenBox(
        int(table.frames[row]) + 1,
        int(table.rows[row]) if known and table.rows is not None else None,
        (x1, y1, x2, y2),
    )


def best_box(table: TrackTable, identity: int) -> SeenBox:
    """The box that tells best who ``identity`` is: surely theirs, detected, away from others."""
    mine = np.flatnonzero(table.ids == identity)
    detected = mine[~table.interpolated[mine]]
    rows = detected if len(detected) else mine
    if table.confidences is not None:
        rows = rows[table.confidences[rows] == table.confidences[rows].max()]
    rows = rows[:: max(1, len(rows) // _MOST_LOOKED_AT)]
    middle = table.times[rows].mean()
    hidden = [_hidden_share(table, row) for row in rows.tolist()]
    order = np.lexsort((np.abs(table.times[rows] - middle), np.round(hidden, 2)))
    return seen_box(table, int(rows[order[0]]))


def _hidden_share(table: TrackTable, row: int) -> float:
    """The share of a box that lies in boxes of others of its frame."""
    here = table.rows_at(int(table.frames[row]))
    box, others = table.boxes[[row]], table.boxes[here][table.ids[here] != table.ids[row]]
    area = float(np.prod(box[0, 2:] - box[0, :2]))
    return float(intersection_areas(box, others).sum()) / max(area, 1e-9)


def row_of(table: TrackTable, where: SeenBox, seconds: float = MOST_SECONDS) -> int | None:
    """The row of ``table`` that shows who is in a box; None where no box of the tracks lies there.

    In the same frame the same detection, else the box with the largest overlap, from ``MIN_IOU``
    up; else the one in the frame nearest in time, up to ``seconds`` away.
    """
    frame = where.frame - 1
    here = table.rows_at(frame)
    found = _in_frame(table, here, where)
    if found is not None or not len(table):
        return found
    return _beside(table, frame, where, seconds)


def who_is_in(table: TrackTable, where: SeenBox) -> int | None:
    """The identity that a box of a frame shows; None where no box of the tracks lies there."""
    row = row_of(table, where)
    return None if row is None else int(table.ids[row])


def box_words(table: TrackTable, where: SeenBox) -> str:
    """What a box of a frame is called: the identity that it shows, else where it is."""
    identity = who_is_in(table, where)
    return str(where) if identity is None else f"identity {identity} in frame {where.frame}"


def fact_words(table: TrackTable, fact: Edit) -> str:
    """A fact in words, by the identities that its boxes show."""
    return fact.words(lambda box: box_words(table, box))


def _in_frame(table: TrackTable, here: slice, where: SeenBox) -> int | None:
    overlaps = iou_matrix(np.array([where.box], np.float64), table.boxes[here])[0]
    near = overlaps >= MIN_IOU
    if not near.any():
        return None
    same = near & _is(table, here, where)
    return int(here.start) + int(np.flatnonzero(same)[0] if same.any() else overlaps.argmax())


def _is(table: TrackTable, here: slice, where: SeenBox) -> NDArray[np.bool_]:
    wanted = -2 if where.detection is None else where.detection
    if table.rows is None:
        return np.zeros(here.stop - here.start, np.bool_)
    found: NDArray[np.bool_] = table.rows[here] == wanted
    return found


def _beside(table: TrackTable, frame: int, where: SeenBox, seconds: float) -> int | None:
    """The row of another frame, the nearest in time of those with a box there."""
    frames, duration = np.ptp(table.frames), np.ptp(table.times)
    away = int(seconds * frames / duration) if duration > 0 else 0
    first, end = np.searchsorted(table.frames, [frame - away, frame + away + 1])
    rows = np.arange(first, end)
    overlaps = iou_matrix(np.array([where.box], np.float64), table.boxes[rows])[0]
    rows, overlaps = rows[overlaps >= MIN_IOU], overlaps[overlaps >= MIN_IOU]
    if not len(rows):
        return None
    return int(rows[np.lexsort((-overlaps, np.abs(table.frames[rows] - frame)))[0]])
