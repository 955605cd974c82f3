"""Who can be stated to be the person of a box, and why others cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from touchline.edits.facts import Edit
from touchline.errors import UsageError
from touchline.formats.frame_numbers import frame_index, frame_number
from touchline.formats.joins_json import TrackletRead
from touchline.formats.links_json import TrackletSpans
from touchline.linking.constraints import Between, Refusal, reasons_against
from touchline.linking.stated import Against, find_stated
from touchline.linking.tracklets import shared_frames
from touchline.types import Index, Ints, TrackTable


@dataclass(frozen=True, slots=True)
class Joinable:
    """Somebody who may be the same person as in a box.

    frame: from 1, the nearest one in which they have a box. why: they cannot be; None: they can.
    between: two boxes of a track that may show two people, which would be the mistake.
    """

    identity: int
    frame: int
    why: Against | None
    between: Between | None = None


class JoinFinder:
    """Finds who of a linked clip can be one person with whom.

    table: its tracks. tracklets: as in links.json; without any, whatever is there without a gap.
    edits: that were stated.
    """

    def __init__(
        self, table: TrackTable, tracklets: Sequence[TrackletRead], edits: Sequence[Edit]
    ) -> None:
        detected = table[~table.interpolated].sorted()
        found = _spans(tracklets).of(detected) if tracklets else _pieces(detected)
        self._table, self._tracklets = detected[found >= 0], _by_start(found[found >= 0])
        frames = np.arange(int(table.frames.max(initial=-1)) + 1)
        stated, _ = find_stated(self._table, frames, edits)
        together = shared_frames(self._table, self._tracklets)
        self._why: Callable[[int, int], Refusal | None] = reasons_against(
            stated, self._table, self._tracklets, together
        )
        order = np.lexsort((self._table.frames, self._table.ids))
        ids, starts = np.unique(self._table.ids[order], return_index=True)
        self._rows: dict[int, Index] = dict(
            zip(ids.tolist(), np.split(order, starts[1:]), strict=False)
        )

    def of(self, frame: int, identity: int) -> list[Joinable]:
        """Everybody else; frame from 1. Raises UsageError for somebody who is not there."""
        if identity not in self._rows:
            raise UsageError(f"there is no identity {identity} with a detected box")
        mine = self._nearest(identity, frame_index(frame))
        found = []
        for other in self._rows:
            if other != identity:
                row = self._nearest(other, int(self._table.frames[mine]))
                why, between = self._why(mine, row) or (None, None)
                there = frame_number(int(self._table.frames[row]))
                found.append(Joinable(other, there, why, between))
        return found

    def _nearest(self, identity: int, frame: int) -> int:
        rows = self._rows[identity]
        return int(rows[np.abs(self._table.frames[rows] - frame).argmin()])


def _spans(tracklets: Sequence[TrackletRead]) -> TrackletSpans:
    columns = [(one.identity, one.first, one.last) for one in tracklets]
    return TrackletSpans(*np.array(columns, np.int64).reshape(-1, 3).T)


def _pieces(table: TrackTable) -> Ints:
    """(M,) whatever an identity has in frames without a gap, numbered anyhow."""
    order = np.lexsort((table.frames, table.ids))
    new = (np.diff(table.ids[order], prepend=-1) != 0) | (
        np.diff(table.frames[order], prepend=-9) != 1
    )
    found = np.empty(len(table), np.int64)
    found[order] = np.cumsum(new) - 1
    return found


def _by_start(numbers: Ints) -> Ints:
    """The same pieces of rows in order of frames, numbered from 0 by their first rows."""
    _, first, owners = np.unique(numbers, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    renumbered: Ints = place[owners]
    return renumbered
