"""Parse command-line values: times, run folders, settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.config import ConfigSection

_MOST_DIGITS = 18


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
