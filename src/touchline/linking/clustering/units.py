"""Units: tracklets that are one person for certain. They are clustered as one, and never parted."""

from __future__ import annotations

import numpy as np

from touchline.types import Index, Ints


class Units:
    """The units of T tracklets, and where each begins and ends.

    first, last: (T,) the first and the last tracklet of each one's unit. several: whether any unit
    has more than one.
    """

    def __init__(self, labels: Ints | None, count: int) -> None:
        self.first = np.arange(count) if labels is None else labels
        self.last = np.zeros(count, np.int64)
        np.maximum.at(self.last, self.first, np.arange(count))
        self.last = self.last[self.first]
        self.several = bool((self.first != self.last).any())

    def parts(self) -> list[Index]:
        """The tracklets of every unit of more than one, ascending."""
        begun = np.flatnonzero(
            (self.first == np.arange(len(self.first))) & (self.last > self.first)
        )
        return [np.flatnonzero(self.first == unit) for unit in begun.tolist()]

    def across(self, members: Index, moment: int) -> int:
        """How many units of ``members`` have tracklets up to ``moment`` and after it."""
        if not self.several:
            return 0
        begun = members[self.first[members] == members]
        return int(((begun <= moment) & (self.last[begun] > moment)).sum())

    def opened(self, tracklet: int) -> int:
        """1 where a unit of several begins with ``tracklet``, -1 where one ends, else 0."""
        first, last = self.first[tracklet], self.last[tracklet]
        return int(first != last) * (int(first == tracklet) - int(last == tracklet))
