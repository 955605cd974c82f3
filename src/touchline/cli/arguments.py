"""Parse command-line values: times, run folders, settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.config import ConfigSection

_LONGEST_TIME = 40  # characters
_MOST_DIGITS = 18
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


def is_count(text: str) -> bool:
    """Whether the text is a non-negative whole number of at most 18 digits."""
    return text.isdecimal() and len(text) <= _MOST_DIGITS


def named_path(text: str) -> Path:
    """A path from the command line. Raises UsageError if empty: that would mean this folder."""
    if not str(text).strip():
        raise UsageError("a file or folder name on the command line is empty")
    return Path(text)


def words(text: str | None) -> list[str] | None:
    """The words of a list with commas, as ``08fd33, 744b27``; None stays None."""
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def default_out(source: str) -> Path:
    """``runs/NAME`` for a file or folder NAME, ``runs/live-DATE-TIME`` for a camera or stream."""
    from touchline.video.source import local_path

    source = local_path(source)
    try:
        address = urlsplit(source) if "://" in source else None
    except ValueError:
        address = urlsplit("rtsp://")  # refused with its reason when it is opened
    camera = source.isdecimal() and not os.path.exists(source)
    if camera or (address and address.scheme not in ("http", "https")):
        return Path("runs") / f"live-{datetime.now():%Y%m%d-%H%M%S}"
    source = address.path if address else source
    path = Path(source)
    # A sequence is SNMOT-060/img1: the name of the image folder is the same for all.
    name = path.resolve().parent.name if path.name == "img1" else path.stem
    return Path("runs") / (name or "clip")


def asked_settings(
    file: Path | None,
    overrides: Sequence[str] | None,
    options: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    kind: type[ConfigSection] | None = None,
) -> dict[str, Any]:
    """``before``, then the YAML file, then command-line options (dotted names), then ``-s``.

    kind: the settings class; that of a run if not given.
    """
    from touchline.config import settings_tree
    from touchline.run.config import RunConfig

    given = [
        (name, value if isinstance(value, int | float) else str(value))
        for name, value in options.items()
        if value is not None
    ]
    return settings_tree(file, [*given, *(overrides or [])], before, kind or RunConfig)
