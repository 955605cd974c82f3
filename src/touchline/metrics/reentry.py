"""The re-entry score: does a player who leaves and comes back keep their id?

A *return* is a moment at which a true person has a box again after at least one second without
(frames without a box / frame rate >= 1, with a tolerance of a microsecond; where frames are not
even in time, the seconds from the first without a box to the first with one). A clip's beginning
and end are no absence. For each return two predicted ids are compared:

- ``before``: the id that matched them most often in the last second before they left, the frames
  less than one second before their last box, that one included (25 frames at 25 a second);
- ``after``: likewise in the first second of their return, the frames less than one second after
  their first box, that one included.

An id matches a person in a frame where ``Alignment.matches`` pairs their boxes (IoU at least 0.5).
Of two ids that matched equally often the one nearest to the absence in time counts. Who was to be
seen for less than a second is judged by the frames there are. The outcomes:

- *kept*: ``after`` is ``before``;
- *stolen*: another id that was someone else's before: of all true persons the one it had matched
  most often in the frames before the return is another person (a tie goes to the one returning);
- *new*: another id that was nobody else's: never matched before, or their own from earlier;
- *unmatched*: no id matched them in one of the two seconds, so there is nothing to compare. These
  are counted apart; shares are of the other three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from touchline.metrics.alignment import Alignment
from touchline.metrics.sightings import Owners, Sightings
from touchline.types import TIME_TOLERANCE, Ints

Outcome = Literal["kept", "new", "stolen", "unmatched"]
OUTCOMES: tuple[Outcome, ...] = ("kept", "new", "stolen", "unmatched")

# Name and lower limit of each bucket; it reaches up to the next one's limit, without it.
BY_ABSENCE = (("1-2 s", 1.0), ("2-5 s", 2.0), ("5-15 s", 5.0), ("15 s+", 15.0))
BY_IN_VIEW = (("1-7", 1), ("8-14", 8), ("15+", 15))


@dataclass(frozen=True, slots=True)
class Return:
    """One person's return.

    Args:
        frame: their first frame back, from 0.
        left: their last frame before, from 0.
        identity: the true id.
        before: the result's id before they left; None: they were not found.
        after: the result's id after they came back; None: they were not found.
        owner: the other person whose ``after`` was (stolen only).
        outcome: kept, new, stolen or unmatched.
        absence: seconds without a box.
        in_view: true people in frame ``frame``, themselves included.
    """

    frame: int
    left: int
    identity: int
    before: int | None
    after: int | None
    owner: int | None
    outcome: Outcome
    absence: float
    in_view: int


@dataclass(frozen=True, slots=True)
class ReentryScores:
    """What became of those who left and came back, in one sequence or several.

    Args:
        returns: every return after at least a second, by identity and then frame.
    """

    returns: tuple[Return, ...]

    @classmethod
    def combine(cls, parts: Iterable[Self]) -> Self:
        """The returns of all sequences together: counts add up."""
        return cls(tuple(one for part in parts for one in part.returns))

    @property
    def kept(self) -> int:
        """Returns under the same id."""
        return self.counts()["kept"]

    @property
    def new(self) -> int:
        """Returns under another id that was nobody else's."""
        return self.counts()["new"]

    @property
    def stolen(self) -> int:
        """Returns under an id that was someone else's."""
        return self.counts()["stolen"]

    @property
    def unmatched(self) -> int:
        """Returns with no id to compare."""
        return self.counts()["unmatched"]

    def counts(self) -> dict[str, int]:
        """Number of returns by outcome."""
        return _counts(self.returns)

    def shares(self) -> dict[str, float | None]:
        """Fractions 0..1 of kept, new and stolen; None where no return could be compared."""
        counts = self.counts()
        total = len(self.returns) - counts["unmatched"]
        return {name: counts[name] / total if total else None for name in OUTCOMES[:3]}

    @property
    def by_absence(self) -> dict[str, dict[str, int]]:
        """Counts by seconds of absence, for each bucket of ``BY_ABSENCE``."""
        seconds = [one.absence + TIME_TOLERANCE for one in self.returns]
        return _counts_by(self.returns, seconds, BY_ABSENCE)

    @property
    def by_in_view(self) -> dict[str, dict[str, int]]:
        """Counts by people in view at the return, for each bucket of ``BY_IN_VIEW``."""
        return _counts_by(self.returns, [one.in_view for one in self.returns], BY_IN_VIEW)

    def as_json(self) -> dict[str, Any]:
        """Counts and shares as plain values."""
        return {
            **self.counts(),
            "shares": self.shares(),
            "by_absence": self.by_absence,
            "by_in_view": self.by_in_view,
        }


def reentry(alignment: Alignment) -> ReentryScores:
    """The re-entry score of one sequence, as this module's text defines it."""
    seen = Sightings.of(alignment)
    return ReentryScores(tuple(_judge_returns(alignment, seen, seen.return_rows(alignment))))


def _judge_returns(alignment: Alignment, seen: Sightings, rows: Ints) -> list[Return]:
    """The return of each of ``rows``, which come from ``seen.return_rows``."""
    owners = Owners(seen, len(alignment.result_ids))
    starts = np.append(np.flatnonzero(seen.first_rows()), len(seen.people))
    in_view = np.diff(alignment.truth_starts)
    times = alignment.seconds_at(seen.frames)
    second = 1.0 - TIME_TOLERANCE
    absent = alignment.seconds_between(seen.frames[rows - 1] + 1, seen.frames[rows]).tolist()
    returns: list[Return] = []
    for row, absence in zip(rows.tolist(), absent, strict=True):
        person, frame, left = (
            int(value) for value in (seen.people[row], seen.frames[row], seen.frames[row - 1])
        )
        start, end = starts[person : person + 2]
        first = start + np.searchsorted(times[start:row], times[row - 1] - second, side="right")
        last = row + np.searchsorted(times[row:end], times[row] + second, side="left")
        before = _most_shown(seen.shown[first:row][::-1])
        after = _most_shown(seen.shown[row:last])
        owner = -1 if after < 0 else owners.owner(after, frame, person)
        outcome: Outcome
        if before < 0 or after < 0:
            outcome = "unmatched"
        elif before == after:
            outcome = "kept"
        else:
            outcome = "new" if owner in (-1, person) else "stolen"
        returns.append(
            Return(
                frame,
                left,
                int(alignment.truth_ids[person]),
                _id(alignment.result_ids, before),
                _id(alignment.result_ids, after),
                _id(alignment.truth_ids, owner) if outcome == "stolen" else None,
                outcome,
                absence,
                int(in_view[np.searchsorted(alignment.frames, frame)]),
            )
        )
    return returns


def _most_shown(shown: Ints) -> int:
    """The id shown most often, the first of ties; -1 where there is none."""
    ids, first, counts = np.unique(shown[shown >= 0], return_index=True, return_counts=True)
    return int(ids[np.lexsort((first, -counts))[0]]) if len(ids) else -1


def _id(ids: Ints, position: int) -> int | None:
    return int(ids[position]) if position >= 0 else None


def _counts(returns: Iterable[Return]) -> dict[str, int]:
    found = Counter(one.outcome for one in returns)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def _counts_by(
    returns: Sequence[Return], values: Sequence[float], buckets: Sequence[tuple[str, float]]
) -> dict[str, dict[str, int]]:
    places = np.searchsorted([limit for _, limit in buckets], values, side="right") - 1
    return {
        name: _counts(one for one, at in zip(returns, places, strict=True) if at == bucket)
        for bucket, (name, _) in enumerate(buckets)
    }
