"""What a person states of a clip, found in the rows of its tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from touchline.edits.anchors import row_of
from touchline.edits.facts import LABEL_KINDS, Edit, SeenBox, in_force
from touchline.types import Ints, Mask, TrackTable


@dataclass(frozen=True, slots=True)
class Against:
    """Why something cannot be, in words. stated: the facts that say so; they follow the words."""

    words: str
    stated: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        return self.told(str)

    def told(self, tell: Callable[[Edit], str]) -> str:
        """All of it. tell: a fact in words."""
        if not self.stated:
            return self.words
        return f"{self.words}: {'; and '.join(map(tell, self.stated))}"


@dataclass(frozen=True, slots=True)
class Unmet:
    """A fact that cannot hold, and why: it finds no box, or contradicts earlier ones.

    between: two boxes of one track about which the fact and an earlier one were stated: perhaps
    they show two people, and it changes hands between them.
    """

    edit: Edit
    reason: Against
    between: tuple[SeenBox, SeenBox] | None = None

    def __str__(self) -> str:
        return self.told(str)

    def told(self, tell: Callable[[Edit], str]) -> str:
        """Why, and the fact. tell: a fact in words."""
        return f"{self.reason.told(tell)}: {tell(self.edit)}"


@dataclass(frozen=True, slots=True)
class StatedRows:
    """Facts, and for each the rows of the track table that show its boxes.

    edits: those that hold, oldest first. rows: of each, one or two. frames: (F,) numbers in the
    video of the positions that the table has as frames.
    """

    edits: tuple[Edit, ...]
    rows: tuple[tuple[int, ...], ...]
    frames: Ints

    def __len__(self) -> int:
        return len(self.edits)

    def kept(self, keep: Mask) -> StatedRows:
        """The facts about rows of a table of which only ``keep`` (M,) are left."""
        places = np.cumsum(keep) - 1
        left = [
            (edit, tuple(int(places[row]) for row in rows))
            for edit, rows in zip(self.edits, self.rows, strict=True)
            if all(keep[row] for row in rows)
        ]
        return StatedRows(
            tuple(edit for edit, _ in left), tuple(rows for _, rows in left), self.frames
        )

    def two_people(self, tracklet_ids: Ints) -> list[tuple[int, int, bool]]:
        """Rows of one of the tracklets (M,) that show two people, the earlier one first.

        Also whether the second one of them begins right there.
        """
        found = [
            (min(rows), max(rows), edit.kind == "split")
            for edit, rows in zip(self.edits, self.rows, strict=True)
            if edit.kind in ("different", "split")
        ]
        told: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for edit, rows in zip(self.edits, self.rows, strict=True):
            if edit.kind in LABEL_KINDS:
                mine = told.setdefault((edit.kind, int(tracklet_ids[rows[0]])), [])
                mine.append((rows[0], str(edit.value).casefold()))
        for labels in told.values():
            for (row, value), (later, other) in pairwise(sorted(labels)):
                if value != other:
                    found.append((row, later, False))
        return [
            (one, other, sharp)
            for one, other, sharp in found
            if one != other and tracklet_ids[one] == tracklet_ids[other]
        ]


def find_stated(
    table: TrackTable, frames: Ints, edits: Sequence[Edit]
) -> tuple[StatedRows, list[Unmet]]:
    """The facts that hold, found in ``table``, and those that find no box, with the reason.

    frames: (F,) numbers in the video of the positions that the table has as frames. Nothing is
    said of names, teams, numbers and roles: whoever puts them into tables says it.
    """
    found: list[tuple[Edit, tuple[int, ...]]] = []
    problems = []
    for edit in in_force(edits):
        if edit.kind == "unknown" or (edit.kind in LABEL_KINDS and edit.value is None):
            continue
        rows = []
        for box in edit.boxes:
            position = int(np.searchsorted(frames, box.frame - 1))
            inside = position < len(frames) and frames[position] == box.frame - 1
            there = replace(box, frame=position + 1)
            rows.append(row_of(table, there) if inside else None)
        known = tuple(row for row in rows if row is not None)
        if len(known) == len(edit.boxes):
            found.append((edit, known))
        elif edit.kind not in LABEL_KINDS:
            lost = next(box for box, row in zip(edit.boxes, rows, strict=True) if row is None)
            problems.append(Unmet(edit, Against(f"no track is at {lost}")))
    edits_found = tuple(edit for edit, _ in found)
    return StatedRows(edits_found, tuple(rows for _, rows in found), frames), problems
