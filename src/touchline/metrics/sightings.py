"""Every true box, person by person, with the predicted id it is matched with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.metrics.alignment import Alignment
from touchline.types import TIME_TOLERANCE, Ints


@dataclass(frozen=True, slots=True)
class Sightings:
    """The true boxes ordered by person, then frame.

    people: (M,) positions in ``Alignment.truth_ids``. frames: (M,) frame numbers from 0.
    shown: (M,) positions in ``Alignment.result_ids`` of the box that ``Alignment.matches`` pairs
    with it (IoU at least 0.5), -1 where there is none.
    """

    people: Ints
    frames: Ints
    shown: Ints

    @classmethod
    def of(cls, alignment: Alignment) -> Sightings:
        """The sightings of one sequence."""
        count = len(alignment.frames)
        moments = np.repeat(np.arange(count), np.diff(alignment.truth_starts))
        order = np.argsort(alignment.truth, kind="stable")  # moments ascend already
        people, moments = alignment.truth[order], moments[order]
        shown = np.full(len(people), -1, np.int64)
        pairs = alignment.matches
        rows = np.searchsorted(people * count + moments, pairs.truth * count + pairs.frames)
        shown[rows] = pairs.result
        return cls(people, alignment.frames[moments], shown)

    def first_rows(self) -> NDArray[np.bool_]:
        """(M,) True for the first box of each person."""
        first: NDArray[np.bool_] = np.diff(self.people, prepend=-1) != 0
        return first

    def return_rows(self, alignment: Alignment, min_seconds: float = 1.0) -> Ints:
        """(K,) rows of the boxes before which their person had none for ``min_seconds``."""
        later = np.flatnonzero(~self.first_rows())
        missed = self.frames[later - 1] + 1  # the first frame without a box
        absent = alignment.seconds_between(missed, self.frames[later])
        return later[absent >= min_seconds - TIME_TOLERANCE]


class Owners:
    """Owner of an id up to a frame: the true person it had been matched with most often."""

    def __init__(self, seen: Sightings, results: int) -> None:
        order = np.lexsort((seen.frames, seen.shown))
        self._people, self._frames = seen.people[order], seen.frames[order]
        self._starts = np.searchsorted(seen.shown[order], np.arange(results + 1))

    def owner(self, result: int, frame: int, person: int) -> int:
        """The owner of ``result`` in the frames before ``frame``; -1: nobody.

        It is ``person`` where they had it as often as any other, else the latest of several.
        """
        start, end = self._starts[result : result + 2]
        end = start + np.searchsorted(self._frames[start:end], frame)
        if start == end:
            return -1
        carriers = self._people[start:end]
        counts = np.bincount(carriers, minlength=person + 1)
        most = counts == counts.max()
        return person if most[person] else int(carriers[most[carriers]][-1])
