"""Facts about a clip that a person states: who a box of a frame shows, and who is who.

A fact says nothing of today's identities, so it holds whatever settings or detector they are
found with: it is about the person in a box, and that box is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from touchline.columns import MAX_SHIRT_NUMBER
from touchline.errors import InputError
from touchline.foreign_text import shown
from touchline.identities import TEAMS
from touchline.stored_facts import Number, StoredFacts
from touchline.types import PEOPLE

LabelKind = Literal["name", "team", "number", "role"]
PairKind = Literal["same", "different", "split", "unknown"]
EditKind = Literal[LabelKind, PairKind, "not-a-person"]

LABEL_KINDS: tuple[LabelKind, ...] = get_args(LabelKind)
PAIR_KINDS: tuple[PairKind, ...] = get_args(PairKind)
EDIT_KINDS: tuple[EditKind, ...] = (*LABEL_KINDS, *PAIR_KINDS, "not-a-person")


@dataclass(frozen=True, slots=True)
class SeenBox(StoredFacts):
    """One box of one frame.

    Args:
        frame: from 1, as in files.
        detection: its row among the detections of the frame, from 0; None: it is interpolated.
        box: corner pixels x1, y1, x2, y2.
    """

    frame: int
    detection: int | None
    box: tuple[Number, Number, Number, Number]

    def __str__(self) -> str:
        return f"the box at {self.box[0]:.0f},{self.box[1]:.0f} in frame {self.frame}"


@dataclass(frozen=True, slots=True)
class Edit(StoredFacts):
    """One fact about the people in one or two boxes.

    Args:
        kind: ``name``, ``team``, ``number``, ``role``: that of whoever the box shows is ``value``.
            ``same``, ``different``: the two boxes show one person, or two. ``split``: likewise two,
            who were one track that changes right before the second box. ``unknown``: nobody can
            tell whether the two are one. ``not-a-person``: nobody is in the box.
        boxes: in order of time where there are two.
        time: when it was stated, ISO 8601.
        value: of a label; None: it is not known.
        undone: when it was taken back; None: it holds.
        step: the same for facts that were stated, and are undone, together.
    """

    kind: EditKind
    boxes: tuple[SeenBox, ...]
    time: str
    value: str | int | None = None
    undone: str | None = None
    step: int | None = None

    def __str__(self) -> str:
        return self.words(str)

    def words(self, told: Callable[[SeenBox], str]) -> str:
        """The fact in words. told: what a box is called."""
        one, other = told(self.boxes[0]), told(self.boxes[-1])
        if self.kind == "not-a-person":
            return f"{one} is not a person"
        if self.kind == "same":
            return f"{one} and {other} are one person"
        if self.kind == "different":
            return f"{one} and {other} are two people"
        if self.kind == "unknown":
            return f"whether {one} and {other} are one person cannot be told"
        if self.kind == "split":
            return f"somebody else begins with {other}"
        return f"{self.kind} {'not known' if self.value is None else self.value} of {one}"


def checked_edit(edit: Edit) -> Edit:
    """The same fact. Raises InputError for a value that its kind cannot have, or other boxes."""
    value, kind = edit.value, edit.kind
    wanted, count = 2 if kind in PAIR_KINDS else 1, len(edit.boxes)
    if count != wanted:
        about = "one box" if wanted == 1 else "two boxes"
        raise InputError(f"a fact of kind {kind} is about {about}, not {count}")
    if kind not in LABEL_KINDS:
        if value is not None:
            raise InputError(f"a fact of kind {kind} has no value, as {shown(value)!r}")
        if kind in PAIR_KINDS:
            _check_two(edit)
        return edit
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


def _check_two(edit: Edit) -> None:
    one, other = edit.boxes
    if one == other:
        raise InputError(f"a fact of kind {edit.kind} is about two boxes, not twice {one}")
    if edit.kind == "same" and one.frame == other.frame:
        raise InputError(f"nobody is in two places at once, as in frame {one.frame}")
    if edit.kind == "split" and one.frame >= other.frame:
        raise InputError(
            f"frame {other.frame} is not after frame {one.frame}: a split is between the two"
        )


def in_force(edits: Sequence[Edit]) -> list[Edit]:
    """The facts that hold: not undone, and of one label of one box the last that was stated."""
    held = [edit for edit in edits if edit.undone is None]
    last = {(edit.kind, edit.boxes): edit for edit in held}
    return [edit for edit in held if last[edit.kind, edit.boxes] is edit]
