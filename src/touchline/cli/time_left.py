"""How long a job of several steps takes yet: the step at work by its own pace, later ones by a
usual pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

_USUAL_SECONDS = {"link": 0.006, "who is who": 0.004, "draw": 0.03}
"""Seconds a frame of steps that come later: two cores, 720 lines, twenty people."""

_FIRST_SECONDS = 1.0
"""Seconds of a step before its pace says anything."""


class TimeLeft:
    """The seconds left in all, as steps report how far they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: Sequence[str] = ()
        self._stage = ""
        self._begun, self._had, self._done, self._total = 0.0, 0, 0, 0

    def plan(self, steps: Sequence[str]) -> None:
        """Say which steps there will be, in their order."""
        self._steps = steps

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Take in that ``done`` of ``total`` frames of a stage are done."""
        if stage != self._stage:
            self._stage, self._begun, self._had = stage, self._clock(), done
        self._done = done
        self._total = total or self._total

    def seconds(self) -> float | None:
        """Seconds until the last step is done; None where nothing tells yet."""
        took, fresh = self._clock() - self._begun, self._done - self._had
        later = self._steps[self._steps.index(self._stage) + 1 :] if self._is_planned() else ()
        rest = sum(_USUAL_SECONDS.get(step, 0.0) for step in later) * self._total
        if self._stage in _USUAL_SECONDS and (took < _FIRST_SECONDS or not fresh):
            return rest + _USUAL_SECONDS[self._stage] * max(self._total - self._done, 0)
        if took < _FIRST_SECONDS or not fresh or not self._total:
            return None
        return rest + took / fresh * max(self._total - self._done, 0)

    def _is_planned(self) -> bool:
        return self._stage in self._steps
