"""Facts about a clip that a person knows: who it is whom a box of a frame shows.

A fact says nothing of today's identities, so it holds whatever settings or detector they are
found with: it is about the person in a box, and that box is found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import intersection_areas, iou_matrix
from touchline.columns import MAX_SHIRT_NUMBER
from touchline.errors import InputError
from touchline.foreign_text import shown
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.stored_facts import Number, StoredFacts
from touchline.types import PEOPLE, TrackTable

EditKind = Literal["name", "team", "number", "role"]

MIN_IOU = 0.5
"""Overlap from which a box shows the person that was meant."""

_MOST_LOOKED_AT = 200  # boxes of one identity among which the one to remember is looked for


@dataclass(frozen=True, slots=True)
class SeenBox(StoredFacts):
    """One box of one frame. frame: from 1, as in files. detection: its row among the detections of
    the frame, from 0; None: it is interpolated. box: corner pixels x1, y1, x2, y2.
    """

    frame: int
    detection: int | None
    box: tuple[Number, Number, Number, Number]


@dataclass(frozen=True, slots=True)
class Edit(StoredFacts):
    """One fact: ``kind`` of whoever the boxes show is ``value``; None: it is not known.

    boxes: one. time: when it was said, ISO 8601; undone: when it was taken back, or None.
    """

    kind: EditKind
    boxes: tuple[SeenBox, ...]
    value: str | int | None
    time: str
    undone: str | None = None

    def __str__(self) -> str:
        where = self.boxes[0]
        what = "not known" if self.value is None else self.value
        corner = f"{where.box[0]:.0f},{where.box[1]:.0f}"
        return f"{self.kind} {what} of the box at {corner} in frame {where.frame}"


def checked_edit(edit: Edit) -> Edit:
    """The same fact. Raises InputError for a value that its kind cannot have, or several boxes."""
    value, kind = edit.value, edit.kind
    if len(edit.boxes) != 1:
        raise InputError(f"a fact about a {kind} is about one box, not {len(edit.boxes)}")
    right = {
        "name": isinstance(value, str) and bool(value.strip()),
        "team": value in TEAMS,
        "number": isinstance(value, int) and 0 <= value <= MAX_SHIRT_NUMBER,
        "role": value in PEOPLE,
    }
    if value is not None and not right[kind]:
        known = {"team": TEAMS, "role": PEOPLE, "number": (f"0 to {MAX_SHIRT_NUMBER}",)}
        allowed = ", ".join(known.get(kind, ("any text",)))
        raise InputError(f"{kind} {shown(value)!r} is refused; allowed: {allowed}, or unknown")
    return edit


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
    row = int(rows[np.lexsort((np.abs(table.times[rows] - middle), np.round(hidden, 2)))[0]])
    known = table.rows is not None and table.rows[row] >= 0
    x1, y1, x2, y2 = table.boxes[row].tolist()
    return SeenBox(
        int(table.frames[row]) + 1,
        int(table.rows[row]) if known and table.rows is not None else None,
        (x1, y1, x2, y2),
    )


def _hidden_share(table: TrackTable, row: int) -> float:
    """The share of a box that lies in boxes of others of its frame."""
    here = table.rows_at(int(table.frames[row]))
    box, others = table.boxes[[row]], table.boxes[here][table.ids[here] != table.ids[row]]
    area = float(np.prod(box[0, 2:] - box[0, :2]))
    return float(intersection_areas(box, others).sum()) / max(area, 1e-9)


def who_is_in(table: TrackTable, where: SeenBox) -> int | None:
    """The identity that a box of a frame shows; None where no box of the tracks lies there.

    The same detection, else the box with the largest overlap, from ``MIN_IOU`` up.
    """
    here = table.rows_at(where.frame - 1)
    overlaps = iou_matrix(np.array([where.box], np.float64), table.boxes[here])[0]
    near = overlaps >= MIN_IOU
    if not near.any():
        return None
    same: NDArray[np.bool_] = near & (
        np.zeros(len(near), np.bool_) if table.rows is None else _is(table.rows[here], where)
    )
    row = int(np.flatnonzero(same)[0] if same.any() else overlaps.argmax())
    return int(table.ids[here][row])


def _is(rows: NDArray[np.int64], where: SeenBox) -> NDArray[np.bool_]:
    wanted = -2 if where.detection is None else where.detection
    found: NDArray[np.bool_] = rows == wanted
    return found


def with_edits(
    people: Identities, table: TrackTable, edits: Sequence[Edit]
) -> tuple[Identities, list[str]]:
    """``people``, the identities of ``table``, as ``edits`` say; and what could not be done.

    Of two facts about one person the later one holds; what was undone says nothing.
    """
    columns = {
        name: getattr(people, name).tolist()
        for name in ("roles", "teams", "team_confidences", "numbers", "number_confidences", "names")
    }
    said: dict[tuple[str, int], Edit] = {}
    problems = []
    for edit in edits:
        if edit.undone is not None:
            continue
        identity = who_is_in(table, edit.boxes[0])
        if identity is None:
            problems.append(f"nobody is in that box of these tracks any more: {edit}")
            continue
        before = said.get((edit.kind, identity))
        if before is not None and before.boxes != edit.boxes and before.value != edit.value:
            problems.append(f"identity {identity} has two facts, of which the later holds: {edit}")
        said[edit.kind, identity] = edit
    for (kind, identity), edit in said.items():
        row = int(np.searchsorted(people.ids, identity))
        value, sure = edit.value, 0.0 if edit.value is None else 1.0
        if kind == "name":
            columns["names"][row] = value or ""
        elif kind == "team":
            columns["teams"][row] = UNKNOWN if value is None else TEAMS.index(str(value))
            columns["team_confidences"][row] = sure
        elif kind == "number":
            columns["numbers"][row] = UNKNOWN if value is None else value
            columns["number_confidences"][row] = sure
        else:
            columns["roles"][row] = value or "person"
    arrays = {
        name: np.array(values, np.str_ if name in ("roles", "names") else None).reshape(len(people))
        for name, values in columns.items()
    }
    if not len(people):
        return people, problems
    return replace(people, **arrays), problems
