"""Times of a video as people write them."""

from __future__ import annotations

import re

from touchline.errors import UsageError
from touchline.foreign_text import shown

_LONGEST_TIME = 40  # characters
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)")


def parse_time(text: str | None, option: str) -> float | None:
    """Seconds from ``12.5``, ``00:41`` or ``1:02:03.5``; None stays None. Raises UsageError."""
    if text is None:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{option} {text!r} is no time: give seconds (12.5) or [HH:]MM:SS")
    hours, minutes, seconds = match.groups(default="0")
    if len(text) > _LONGEST_TIME:
        raise UsageError(f"{option} {shown(text)!r} is no time: no video is that long")
    if ":" in text and (int(minutes) >= 60 or float(seconds) >= 60):
        raise UsageError(f"{option} {text!r} is no time: minutes and seconds end at 59")
    return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
