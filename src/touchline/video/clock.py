"""Seconds from container timestamps, even if these are missing or run backwards."""

from __future__ import annotations

from fractions import Fraction


class Clock:
    """Turns timestamps of successive frames into seconds since the first one.

    Spacing is kept as it is (variable frame rate). A frame without a timestamp, or with one not
    after its predecessor's (a stream that restarts its count), comes one ``period`` of seconds
    later, and later timestamps continue from there. So times always grow.
    """

    def __init__(self, time_base: Fraction, period: float) -> None:
        self._time_base = time_base
        self._period = period
        self._anchor: tuple[int, float] | None = None  # a timestamp and its time
        self._last: float | None = None
        self._missing: float | None = None

    def miss(self, seconds: float, time_base: Fraction) -> None:
        """The next frame comes ``seconds`` after the last, whatever its timestamp says.

        time_base: of the timestamps from now on.
        """
        self._missing, self._time_base = seconds, time_base

    def time(self, pts: int | None) -> float:
        """Seconds of the next frame."""
        if self._missing is not None and self._last is not None:
            self._last += max(self._missing, self._period)
            self._anchor = None if pts is None else (pts, self._last)
            self._missing = None
            return self._last
        time = self._by_anchor(pts)
        if time is None or (self._last is not None and time <= self._last):
            time = 0.0 if self._last is None else self._last + self._period
            self._anchor = None if pts is None else (pts, time)
        self._last = time
        return time

    def _by_anchor(self, pts: int | None) -> float | None:
        if pts is None or self._anchor is None:
            return None
        anchor_pts, anchor_time = self._anchor
        return anchor_time + float((pts - anchor_pts) * self._time_base)
