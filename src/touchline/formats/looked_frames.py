"""Which frames of a clip a detector ran on, inferred from the frames that have rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_GAPS, _SURE_GAPS = 3, 10
"""Number of equal gaps between frames with rows that rule out chance; of nearly equal ones."""

_MOST_ODD = 0.05
"""Share of gaps that may be shorter: a last frame, or a key frame, with detection as well."""

_REGULAR = 0.6
"""Share of gaps that are of regular length; the others are longer: nobody was there."""


@dataclass(frozen=True, slots=True)
class LookedFrames:
    """The frames with detection: those with rows, and those ``step`` after another such.

    frames: (K,) int64 ascending, with rows. regular: the shortest and the longest regular gap, as 2
    and 3 of a detector that runs on 10 of 25 frames; 1 and 1 if it ran on every frame.
    """

    frames: NDArray[np.int64]
    regular: tuple[int, int] = (1, 1)

    @property
    def step(self) -> int:
        """The longest regular gap: a frame this long after the last one is empty, not skipped."""
        return self.regular[1]

    def __contains__(self, frame: int) -> bool:
        if self.step == 1:
            return True
        after = int(np.searchsorted(self.frames, frame, side="right"))
        nearest = self.frames[max(after - 1, 0)]
        return int(abs(frame - nearest)) % self.step == 0

    @property
    def words(self) -> str:
        """As "every 3rd frame"."""
        first, last = self.regular
        return f"every {_ordinal(first)}{f' or {_ordinal(last)}' if last != first else ''} frame"


EVERY_FRAME = LookedFrames(np.empty(0, np.int64))


def looked_frames(frames: NDArray[np.int64]) -> LookedFrames:
    """Which frames had detection, of a clip that has rows in ``frames`` (N,).

    Frames without rows are empty, unless those with rows are regular: every n-th, or in turns
    every n-th and (n + 1)-th, apart from longer gaps, in which nobody was there.
    """
    frames = np.unique(frames)
    gaps = np.diff(frames)
    if len(gaps) < _LEAST_GAPS or (gaps == 1).mean() > _MOST_ODD:
        return EVERY_FRAME
    regular = _regular_gaps(gaps) if len(gaps) >= _SURE_GAPS else None
    common = int(np.gcd.reduce(gaps))
    if regular is None and common > 1:
        equal = float((gaps == common).mean())
        # In many turns of a grid, and in no others, there are boxes: mostly nobody was there.
        regular = (common, common) if len(gaps) >= _SURE_GAPS or equal >= _REGULAR else None
    return EVERY_FRAME if regular is None else LookedFrames(frames, regular)


def _regular_gaps(gaps: NDArray[np.int64]) -> tuple[int, int] | None:
    """The length that most gaps have, or the two lengths; None where they are not regular."""
    lengths, counts = np.unique(gaps[gaps > 1], return_counts=True)
    shares = counts / len(gaps)
    longer = np.append(np.where(np.diff(lengths) == 1, shares[1:], 0.0), 0.0)
    best = int((shares + longer).argmax())
    if shares[best] + longer[best] < _REGULAR or shares[:best].sum() > _MOST_ODD:
        return None
    regular = int(lengths[best])
    return regular, regular + int(longer[best] > _MOST_ODD)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
