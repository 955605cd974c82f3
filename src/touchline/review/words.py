"""Facts in the words of whoever looks at the page: people by their labels, not boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchline.edits.anchors import who_is_in
from touchline.edits.facts import Edit, SeenBox
from touchline.edits.history import redo_last, undo_last
from touchline.formats.frame_numbers import frame_index
from touchline.review.snapshot import Snapshot
from touchline.stretches import clock


def history_words(now: Snapshot) -> dict[str, str | None]:
    """What would be undone and redone next; None: there is nothing."""
    undone, redone = undo_last(now.edits)[1], redo_last(now.edits)[1]
    return {
        "undo": facts_in_words(now, undone) if undone else None,
        "redo": facts_in_words(now, redone) if redone else None,
    }


def facts_in_words(now: Snapshot, facts: Sequence[Edit]) -> str:
    """The facts of one step, about people as they are called now."""
    kinds = [fact.kind for fact in facts]
    if kinds == ["split", "split", "same", "same"]:
        one, other = facts[0].boxes[1], facts[1].boxes[1]
        return f"{_who(now, one)} and {_who(now, other)} changed places {_from(now, one)}"
    return "; ".join(dict.fromkeys(_words(now, fact) for fact in facts))


def _words(now: Snapshot, fact: Edit) -> str:
    one, other = fact.boxes[0], fact.boxes[-1]
    first, second = _who(now, one), _who(now, other)
    if fact.kind == "not-a-person":
        return f"nobody is there {_from(now, one)}: {first}"
    if fact.kind == "split":
        return f"{second} begins {_from(now, other)}, after {first}"
    if fact.kind == "same":
        return f"{_timed(now, one)} and {_timed(now, other)} are one person"
    if fact.kind == "different":
        return f"{_timed(now, one)} and {_timed(now, other)} are two people"
    if fact.kind == "unknown":
        return f"nobody can tell whether {_timed(now, one)} and {_timed(now, other)} are one person"
    if fact.kind == "name":
        return "a name that is not known" if fact.value is None else f"name {fact.value}"
    return f"{fact.kind} {'not known' if fact.value is None else fact.value} for {first}"


def _timed(now: Snapshot, box: SeenBox) -> str:
    return f"{_who(now, box)} at {_clock(now, box)}"


def _from(now: Snapshot, box: SeenBox) -> str:
    return f"from {_clock(now, box)} on"


def _clock(now: Snapshot, box: SeenBox) -> str:
    here = now.table.rows_at(frame_index(box.frame))
    times = now.table.times[here]
    return clock(float(times[0]) if len(times) else frame_index(box.frame) / now.facts.video.fps)


def _who(now: Snapshot, box: SeenBox) -> str:
    identity = who_is_in(now.table, box)
    if identity is None:
        return "somebody"
    return now.people.label(int(np.searchsorted(now.people.ids, identity)))
