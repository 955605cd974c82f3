"""What an edit changed: who has another identity now, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from touchline.types import Ints, TrackTable


@dataclass(frozen=True, slots=True)
class MovedBoxes:
    """Boxes of consecutive frames that went from one person to another, or to somebody new.

    Args:
        first_frame: from 1, as in files.
        last_frame: from 1.
        before: the identity that had them.
        after: the identity that has them now; None: nobody, they show no person.
        boxes: how many, interpolated ones left out.
    """

    first_frame: int
    last_frame: int
    before: int
    after: int | None
    boxes: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the identities of a run when it was linked again.

    Args:
        identities: of each identity before the one that has most of its boxes now, each once.
        moved: boxes that did not go along, by frame.
    """

    identities: Mapping[int, int]
    moved: tuple[MovedBoxes, ...]


def find_changes(before: TrackTable, after: TrackTable) -> Changes:
    """What became of the identities of ``before`` in ``after``, tracks of the same detections."""
    old, new = _detected(before), _detected(after)
    places = {key: row for row, key in enumerate(zip(*_keys(new), strict=True))}
    rows = np.array([places.get(key, -1) for key in zip(*_keys(old), strict=True)], np.int64)
    now = np.full(len(rows), -1)
    now[rows >= 0] = new.ids[rows[rows >= 0]]
    identities = _kept(old.ids, now)
    expected = np.array([identities.get(one, -2) for one in old.ids.tolist()], np.int64)
    other = np.flatnonzero(now != expected)
    return Changes(identities, tuple(_stretches(old.frames[other], old.ids[other], now[other])))


def _detected(table: TrackTable) -> TrackTable:
    return table[~table.interpolated]


def _keys(table: TrackTable) -> tuple[list[int], list[float], list[float], list[float]]:
    """What tells a box: its frame and three of its sides."""
    x1, y1, x2, _ = table.boxes.T
    return table.frames.tolist(), x1.tolist(), y1.tolist(), x2.tolist()


def _kept(before: Ints, after: Ints) -> dict[int, int]:
    """For each identity before the one after with most of its boxes; the larger share first."""
    there = after >= 0
    pairs, counts = np.unique(
        np.column_stack([before[there], after[there]]), axis=0, return_counts=True
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for place in np.argsort(-counts, kind="stable").tolist():
        old, new = pairs[place].tolist()
        if old not in found and new not in taken:
            found[old] = new
            taken.add(new)
    return dict(sorted(found.items()))


def _stretches(frames: Ints, before: Ints, after: Ints) -> list[MovedBoxes]:
    order = np.lexsort((frames, after, before))
    frames, before, after = frames[order], before[order], after[order]
    new = np.ones(len(frames), np.bool_)
    new[1:] = (np.diff(before) != 0) | (np.diff(after) != 0)
    bounds = np.append(np.flatnonzero(new), len(frames)).tolist()
    found = [
        MovedBoxes(
            int(frames[first]) + 1,
            int(frames[end - 1]) + 1,
            int(before[first]),
            int(after[first]) if after[first] >= 0 else None,
            end - first,
        )
        for first, end in pairwise(bounds)
    ]
    return sorted(found, key=lambda one: (one.first_frame, one.before))
