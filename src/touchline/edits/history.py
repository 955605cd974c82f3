"""Undo and redo of what was stated: a fact is marked as undone, and none is ever removed.

A step is what was stated at once: facts with one ``step``, else a single fact. Times ascend by at
least a millisecond, which tells a step that was undone last from one that a later one replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from touchline.edits.facts import Edit

_MOMENT = timedelta(milliseconds=1)
_NEVER, _FOREVER = (datetime(year, 1, 2, tzinfo=UTC) for year in (1, 9999))


def later_than(edits: Sequence[Edit]) -> str:
    """The time now, ISO 8601, and in any case after all that ``edits`` tell of."""
    now = datetime.now(UTC)
    last = max((_moment(edit.undone or edit.time) for edit in edits), default=_NEVER)
    latest = last + _MOMENT if last < _FOREVER else last
    return max(now, latest).isoformat(timespec="milliseconds")


def next_step(edits: Sequence[Edit]) -> int:
    """A number for facts that are stated at once, which no step has yet."""
    return max((edit.step or 0 for edit in edits), default=0) + 1


def steps(edits: Sequence[Edit]) -> list[list[int]]:
    """The positions of the facts of every step, oldest first."""
    found: dict[int | str, list[int]] = {}
    for place, edit in enumerate(edits):
        found.setdefault(f"alone {place}" if edit.step is None else edit.step, []).append(place)
    return list(found.values())


def undo_last(edits: Sequence[Edit]) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
    """The facts after the last step that holds is undone, and the facts of that step.

    None where nothing holds.
    """
    for step in reversed(steps(edits)):
        if any(edits[place].undone is None for place in step):
            now = later_than(edits)
            gone = [place for place in step if edits[place].undone is None]
            return _marked(edits, gone, now), tuple(edits[place] for place in gone)
    return tuple(edits), ()


def redo_last(edits: Sequence[Edit]) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
    """The facts after the step that was undone last holds again, and the facts of that step.

    None where nothing was undone since the last step that was stated.
    """
    last, best = _NEVER, None
    for step in reversed(steps(edits)):
        undone = edits[step[0]].undone
        if undone is None:
            break
        if best is None or _moment(undone) > last:
            last, best = _moment(undone), step
    stated = max((_moment(edit.time) for edit in edits), default=_NEVER)
    if best is None or last <= stated:
        return tuple(edits), ()
    return _marked(edits, best, None), tuple(edits[place] for place in best)


def _marked(edits: Sequence[Edit], places: Sequence[int], undone: str | None) -> tuple[Edit, ...]:
    chosen = set(places)
    return tuple(
        replace(edit, undone=undone) if place in chosen else edit
        for place, edit in enumerate(edits)
    )


def _moment(text: str) -> datetime:
    """The time that a text tells; long ago where it is none: it may be written by hand."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return _NEVER
