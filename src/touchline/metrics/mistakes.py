"""Identity mistakes of a tracker: the moments to jump to in the video.

Each true person carries the predicted ids that ``Alignment.matches`` pairs them with. An id counts
once it matched them, without another in between, in ``settled_seconds`` worth of boxes and without
an absence of a second or more; shorter ones are flicker. A change from one such id to the next
within their time in view, or within an absence that re-entry cannot judge, is a

- *switch*, when the new id was another person's up to then (as in ``touchline.metrics.reentry``: of
  all true persons the one it had matched most often);
- *split*, when it was nobody's.

Going back to an id of their own ends a mistake and is none. Returns that re-entry calls stolen or
new are listed as *stolen on return* and *new on return*, exactly those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from touchline.metrics.alignment import Alignment
from touchline.metrics.reentry import ReentryScores, reentry
from touchline.metrics.sightings import Owners, Sightings
from touchline.types import TIME_TOLERANCE, Ints

Kind = Literal["switch", "stolen on return", "split", "new on return"]
KINDS: tuple[Kind, ...] = ("switch", "stolen on return", "split", "new on return")
_MIXES_TWO: tuple[Kind, ...] = KINDS[:2]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One person shown under a wrong id from a moment on.

    Args:
        frame: the first frame of it, from 0.
        time: its seconds.
        kind: switch, stolen on return, split or new on return.
        identity: the true person.
        before: the result's id before.
        after: the result's id from here on.
        owner: the true person whose ``after`` was (switch, stolen on return).
        seconds: how long they are shown as ``after`` from here on, up to their next change.
    """

    frame: int
    time: float
    kind: Kind
    identity: int
    before: int
    after: int
    owner: int | None
    seconds: float

    @property
    def order(self) -> tuple[bool, float]:
        """Sort key, worst first: mistakes that mix two people, then the longest."""
        return self.kind not in _MIXES_TWO, -self.seconds


@dataclass(frozen=True, slots=True)
class _Change:
    """A person's id changes at the row ``row`` of the sightings; ``kind`` None: to their own."""

    row: int
    kind: Kind | None
    before: int
    after: int
    owner: int | None


def mistakes(
    alignment: Alignment, *, judged: ReentryScores | None = None, settled_seconds: float = 0.5
) -> list[Mistake]:
    """The mistakes of one sequence, the worst first.

    judged: its re-entry score, where that is known already.

    First those that mix two people (switch, stolen on return), then those that cut one in two
    (split, new on return); among them the longest first.
    """
    seen = Sightings.of(alignment)
    changes = _changes(alignment, seen, judged or reentry(alignment), settled_seconds)
    people_end = np.searchsorted(seen.people, seen.people, side="right")
    found: list[Mistake] = []
    for place, change in enumerate(changes):
        if change.kind is None:
            continue
        end = people_end[change.row]
        if place + 1 < len(changes):
            end = min(end, changes[place + 1].row)
        boxes = int(np.count_nonzero(seen.shown[change.row : end] == change.after))
        frame = int(seen.frames[change.row])
        found.append(
            Mistake(
                frame,
                float(alignment.seconds_at(seen.frames[change.row])),
                change.kind,
                int(alignment.truth_ids[seen.people[change.row]]),
                int(alignment.result_ids[change.before]),
                int(alignment.result_ids[change.after]),
                change.owner,
                boxes / alignment.frame_rate,
            )
        )
    return sorted(found, key=lambda one: (*one.order, one.frame, one.identity))


def _changes(
    alignment: Alignment, seen: Sightings, judged: ReentryScores, settled_seconds: float
) -> list[_Change]:
    """Every change of a person's id, by person and then frame."""
    returned = seen.return_rows(alignment)
    at_return = dict(zip(returned.tolist(), judged.returns, strict=True))
    runs = _settled_runs(seen, returned, (settled_seconds - TIME_TOLERANCE) * alignment.frame_rate)
    owners = Owners(seen, len(alignment.result_ids))
    changes: list[_Change] = []
    person = shown = -1
    own: set[int] = set()
    for row in sorted(at_return.keys() | runs.keys()):
        if seen.people[row] != person:
            person, shown, own = int(seen.people[row]), -1, set()
        back = at_return.get(row)
        if back is not None and back.before is not None and back.after is not None:
            before, after = np.searchsorted(
                alignment.result_ids, [back.before, back.after]
            ).tolist()
            if back.outcome == "stolen":
                changes.append(_Change(row, "stolen on return", before, after, back.owner))
            elif back.outcome == "new":
                changes.append(_Change(row, "new on return", before, after, None))
            shown = after
        if row not in runs:
            continue
        settled = runs[row]
        if shown not in (-1, settled):
            owner = owners.owner(settled, int(seen.frames[row]), person)
            if owner not in (-1, person):
                true_owner = int(alignment.truth_ids[owner])
                changes.append(_Change(row, "switch", shown, settled, true_owner))
            else:
                kind: Kind | None = None if settled in own else "split"
                changes.append(_Change(row, kind, shown, settled, None))
        shown = settled
        own.add(settled)
    return changes


def _settled_runs(seen: Sightings, returned: Ints, min_boxes: float) -> dict[int, int]:
    """First row and predicted id of each run of one id within one stretch of a person."""
    begins = seen.first_rows()
    begins[returned] = True
    rows = np.flatnonzero(seen.shown >= 0)
    stretches, ids = np.cumsum(begins)[rows], seen.shown[rows]
    starts = np.flatnonzero((np.diff(stretches, prepend=0) != 0) | (np.diff(ids, prepend=-1) != 0))
    settled = starts[np.diff(np.append(starts, len(rows))) >= min_boxes]
    return dict(zip(rows[settled].tolist(), ids[settled].tolist(), strict=True))
