"""What ``seqinfo.ini`` says of a sequence; the one reader of it and of ini files like it."""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from pathlib import Path

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError, UsageError

_PAIR = re.compile(r"([^=:]+)[=:](.*)")
_LINE_END = re.compile(r"\r\n?|\n")
_COMMENT = re.compile(r"\s[#;].*")
_LARGEST = 1 << 20  # bytes of an ini file
_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What is known of a sequence; None where nothing says it.

    frame_rate: frames a second. frame_count: length in frames. image_size: width and height of
    the image in pixels.
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
    for number, line in enumerate(_LINE_END.split(_text(file)), start=1):
        line = line.strip()
        if not line or line[0] in "#;" or (line[0] == "[" and line[-1] == "]"):
            continue
        pair = _PAIR.fullmatch(line)
        if pair is None:
            raise FormatError(f"{file}, line {number}: {line[:40]!r} is not of the form key=value")
        entries.append(Entry(pair[1].strip().lower(), pair[2].strip(), number))
    return entries


def _text(file: Path) -> str:
    """What an ini file holds, in any of the usual encodings."""
    refuse_pipe(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{file} does not exist") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0" if wide else data.decode("cp1252", errors="replace")  # names by Windows
    if "\0" in text or len(data) > _LARGEST:
        raise FormatError(f"{file} is not a text file")
    return text.lstrip("\ufeff")


def read_seqinfo(file: Path) -> SequenceInfo:
    """Frame rate, length and image size out of ``seqinfo.ini`` (MOTChallenge).

    Keys are read whatever their case and section; other keys are skipped, as is what follows a
    blank and ``;`` or ``#``. Raises FormatError naming the line for a value that is not a number
    above 0, and for one that contradicts an earlier line.
    """
    values: dict[str, float] = {}
    for entry in read_entries(file):
        if entry.key not in ("framerate", "seqlength", "imwidth", "imheight"):
            continue
        text = _COMMENT.sub("", f" {entry.value}").strip().strip("\"'")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf or (entry.key != "framerate" and not _is_whole(value)):
            number = "number" if entry.key == "framerate" else "whole number"
            raise FormatError(
                f"{file}, line {entry.line}: {entry.key} {entry.value!r} is not a {number} above 0"
            )
        if values.setdefault(entry.key, value) != value:
            raise FormatError(
                f"{file}, line {entry.line}: {entry.key} {value:g} contradicts "
                f"{values[entry.key]:g} in an earlier line; leave one of them"
            )
    size = (int(values.get("imwidth", 0)), int(values.get("imheight", 0)))
    length = int(values.get("seqlength", 0))
    return SequenceInfo(values.get("framerate"), length or None, size if all(size) else None)


def _is_whole(value: float) -> bool:
    return value < _WHOLE and value == int(value)
