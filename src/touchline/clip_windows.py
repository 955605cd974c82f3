"""Fixed windows of a clip: at their beginnings whatever is remembered of earlier frames is left.

So a part of a clip that is looked at elsewhere, from such a beginning on, gives the same as all
of it looked at in one go.
"""

from __future__ import annotations

from math import floor

from touchline.types import Frame

WINDOW_SECONDS = 10.0
"""A window begins at the first key frame of each stretch of a clip that is this long."""

LEAD_SECONDS = 1.0
"""What of the images before a beginning may still count in it: shot cuts need their rhythm."""


class ClipWindows:
    """Tells which frames of a clip begin a window. Frames come in order.

    number: of the stretch whose window began last, from 0; -1 before the first key frame.
    """

    def __init__(self, number: int = -1) -> None:
        self.number = number

    def begins(self, frame: Frame) -> bool:
        """Whether a window begins with this frame, the next one."""
        return frame.key_frame and floor(frame.time / WINDOW_SECONDS) != self.number

    def enter(self, frame: Frame) -> bool:
        """The same, and remember it."""
        return self.enter_at(frame.time, key_frame=frame.key_frame)

    def enter_at(self, time: float, *, key_frame: bool) -> bool:
        """The same for a frame at ``time`` seconds."""
        number = floor(time / WINDOW_SECONDS)
        begins = key_frame and number != self.number
        if begins:
            self.number = number
        return begins
