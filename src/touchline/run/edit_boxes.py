"""From what a person points at, a frame and an identity of today, to facts about boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchline.edits.anchors import best_box, seen_box, who_is_in
from touchline.edits.facts import PAIR_KINDS, Edit, EditKind, LabelKind, SeenBox, checked_edit
from touchline.errors import UsageError, one_line
from touchline.types import Index, TrackTable

At = tuple[int, int]
"""A frame, from 1, and an identity that has a box in it."""

Facts = list[Edit]

_LATER = ""
"""The time of facts that nobody has stated yet."""


def label_facts(
    table: TrackTable,
    before: Sequence[Edit],
    kind: LabelKind,
    identity: int,
    value: str | int | None,
) -> Facts:
    """The facts that ``identity`` has this value; none where that was the last thing stated.

    They are about the boxes of what was stated before, so that they take its place.
    """
    value = one_line(value.strip()) if isinstance(value, str) else value
    mine: dict[tuple[SeenBox, ...], Edit] = {}
    for edit in before:
        if edit.kind == kind and edit.undone is None:
            mine[edit.boxes] = edit
    known = {boxes: edit for boxes, edit in mine.items() if who_is_in(table, boxes[0]) == identity}
    if not known:
        return [checked_edit(Edit(kind, (best_box(table, identity),), _LATER, value))]
    return [
        checked_edit(Edit(kind, boxes, _LATER, value))
        for boxes, edit in known.items()
        if edit.value != value
    ]


def pair_facts(table: TrackTable, kind: EditKind, places: Sequence[At]) -> Facts:
    """The fact of any kind but a name, team, number or role. Raises UsageError, InputError."""
    wanted = 2 if kind in PAIR_KINDS and kind != "split" else 1
    if len(places) != wanted:
        raise UsageError(f"{kind} is about {wanted} of FRAME:IDENTITY, not {len(places)}")
    if kind == "split":
        before, after = _around(table, places[0])
        boxes = [seen_box(table, before), seen_box(table, after)]
    else:
        boxes = sorted((_box_at(table, place) for place in places), key=lambda box: box.frame)
    return [checked_edit(Edit(kind, tuple(boxes), _LATER))]


def swap_facts(table: TrackTable, one: At, other: At) -> Facts:
    """Two splits, and each begins with the other's past. Raises UsageError, InputError."""
    if one[1] == other[1]:
        raise UsageError(f"identity {one[1]} cannot be swapped with itself")
    pairs = [[seen_box(table, row) for row in _around(table, place)] for place in (one, other)]
    (left, taken), (gone, found) = pairs
    facts: list[tuple[EditKind, SeenBox, SeenBox]] = [
        ("split", left, taken),
        ("split", gone, found),
        ("same", left, found),
        ("same", gone, taken),
    ]
    return [checked_edit(Edit(kind, (box, then), _LATER)) for kind, box, then in facts]


def _rows(table: TrackTable, place: At) -> Index:
    """The rows of an identity. Raises UsageError where there is none."""
    rows = np.flatnonzero(table.ids == place[1])
    if not len(rows):
        raise UsageError(f"there is no identity {place[1]}: touchline info RUN lists everybody")
    return rows


def _box_at(table: TrackTable, place: At) -> SeenBox:
    rows = _rows(table, place)
    here = rows[table.frames[rows] == place[0] - 1]
    if not len(here):
        raise UsageError(
            f"identity {place[1]} has no box in frame {place[0]}: {_when(table, rows)}"
        )
    return seen_box(table, int(here[0]))


def _around(table: TrackTable, place: At) -> tuple[int, int]:
    """The last detected row of an identity before a frame, and the first from there on."""
    rows = _rows(table, place)
    seen = rows[~table.interpolated[rows]]
    later = int(np.searchsorted(table.frames[seen], place[0] - 1))
    if not 0 < later < len(seen):
        side = "before" if later == 0 else "from"
        raise UsageError(
            f"identity {place[1]} has no box {side} frame {place[0]}: {_when(table, rows)}"
        )
    return int(seen[later - 1]), int(seen[later])


def _when(table: TrackTable, rows: Index) -> str:
    first, last = table.frames[rows[0]] + 1, table.frames[rows[-1]] + 1
    return f"it is there from frame {first} to {last}, perhaps with gaps"
