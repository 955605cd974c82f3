"""The part of a video to read: ``--start``, ``--end`` and where an earlier run stopped."""

from __future__ import annotations

from dataclasses import dataclass

from touchline.columns import checked_number
from touchline.errors import UsageError, VideoError
from touchline.types import TIME_TOLERANCE

# Ticks of 1/90000 s and rounded decimals of a user must not shift a window by a frame.


@dataclass(frozen=True, slots=True)
class Window:
    """Frames with start <= time < end (seconds) and number >= first_frame; None: no limit."""

    start: float | None = None
    end: float | None = None
    first_frame: int | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end", "first_frame"):
            if getattr(self, name) is not None:
                checked_number(getattr(self, name), name)
        if self.start is not None and not self.start >= 0:
            raise UsageError(f"start {self.start} s: give seconds from 0 on")
        if self.end is not None and not self.end > (self.start or 0):
            raise UsageError(f"end {self.end} s does not lie after start {self.start or 0} s")
        if self.first_frame is not None and self.first_frame < 0:
            raise UsageError(f"first frame {self.first_frame}: frames count from 0")

    @property
    def begins_later(self) -> bool:
        """Whether frames at the beginning are left out."""
        return bool(self.start) or bool(self.first_frame)

    def has_begun(self, number: int, time: float) -> bool:
        """Whether this frame is not before the window."""
        return number >= (self.first_frame or 0) and time >= (self.start or 0.0) - TIME_TOLERANCE

    def is_over(self, time: float) -> bool:
        """Whether this time lies after the window."""
        return self.end is not None and time >= self.end - TIME_TOLERANCE

    def refuse_empty(self, name: str, duration: float) -> None:
        """VideoError for a window in which a video of ``duration`` seconds has no frame.

        A run that continues after its last frame rightly finds nothing: no error.
        """
        if self.first_frame:
            return
        if self.start is not None and self.start >= duration:
            raise VideoError(
                f"{name} is {duration:.2f} s long: nothing to read from start {self.start} s on"
            )
        raise VideoError(f"{name} has no frame between {self.start or 0} s and {self.end} s")
