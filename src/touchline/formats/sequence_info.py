"""What lies beside the boxes of a sequence: ``seqinfo.ini``, and ``run.json`` of a run of ours."""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import FormatError
from touchline.foreign_text import file_text, json_values
from touchline.formats.number_text import open_text

logger = logging.getLogger(__name__)

_FASTEST = 1e9  # frames a second, more than any camera's
_PAIR = re.compile(r"([^=:]+)[=:](.*)")


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What is known of a sequence; None where nothing says it.

    frame_rate: frames a second. frame_count: length in frames. image_size: width and height of
    the picture in pixels.
    """

    frame_rate: float | None = None
    frame_count: int | None = None
    image_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key=value`` of an ini file: the key in lower case, the line counts from 1."""

    key: str
    value: str
    line: int


def read_entries(file: Path) -> list[Entry]:
    """The entries of an ini file, in order, whatever their section.

    Sections may be missing, lines may end in any way, a byte order mark does not matter; lines
    that begin with ``#`` or ``;`` are comments. Raises UsageError for a missing file, FormatError
    naming a line that is none of these.
    """
    entries: list[Entry] = []
    try:
        with open_text(file) as text:
            for number, line in enumerate(text, start=1):
                line = line.strip()
                if not line or line[0] in "#;" or (line[0] == "[" and line[-1] == "]"):
                    continue
                pair = _PAIR.fullmatch(line)
                if pair is None:
                    raise FormatError(f"{file}, line {number}: {line[:40]!r} is no key=value")
                entries.append(Entry(pair[1].strip().lower(), pair[2].strip(), number))
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    return entries


def read_seqinfo(file: Path) -> SequenceInfo:
    """Frame rate, length and picture size out of ``seqinfo.ini`` (MOTChallenge).

    Keys are read whatever their case; other keys are skipped. Raises FormatError naming the line
    for a value that is not a number above 0.
    """
    values: dict[str, float] = {}
    for entry in read_entries(file):
        if entry.key not in ("framerate", "seqlength", "imwidth", "imheight"):
            continue
        try:
            value = float(entry.value)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf or (entry.key != "framerate" and value != int(value)):
            number = "number" if entry.key == "framerate" else "whole number"
            raise FormatError(
                f"{file}, line {entry.line}: {entry.key} {entry.value!r} is no {number} above 0"
            )
        values[entry.key] = value
    size = (int(values.get("imwidth", 0)), int(values.get("imheight", 0)))
    length = int(values.get("seqlength", 0))
    return SequenceInfo(values.get("framerate"), length or None, size if all(size) else None)


def read_run_info(file: Path) -> SequenceInfo:
    """Frame rate and picture size of the video that a run saw, out of its ``run.json``.

    The length is left out: a container's may be wrong. Warns where the run did not see all of it,
    and where the file cannot be read, which then says nothing.
    """
    try:
        report: Any = json_values(file_text(file))
        video, part = report["video"], dict(report.get("selection") or {})
        rate, width, height = video["fps"], int(video["width"]), int(video["height"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        logger.warning("%s is no report of a run; what it should say stays unknown", file)
        return SequenceInfo()
    if not report.get("complete", True) or any(part.values()):
        logger.warning("%s: this run saw a part of the clip; the rest counts as missed", file)
    known = isinstance(rate, int | float) and 0 < rate < _FASTEST
    size = (width, height) if width > 0 and height > 0 else None
    return SequenceInfo(float(rate) if known else None, None, size)
