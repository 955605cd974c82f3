"""A list of clips in a file: a table with the column ``video``, or a path a line."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from touchline.clock_times import parse_time
from touchline.errors import FormatError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, shown
from touchline.text_tables import named_rows

logger = logging.getLogger(__name__)

_COLUMNS = ("video", "name", "start", "end", "detections", "tracks")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One clip of a manifest; ``name`` is empty where the file gives none."""

    video: str
    name: str = ""
    start: float | None = None
    end: float | None = None
    detections: Path | None = None
    tracks: Path | None = None


def read_manifest(file: Path) -> list[ManifestRow]:
    """The clips of a manifest; its paths count from its folder.

    A table has the column ``video`` and may have ``name``, ``start``, ``end``, ``detections`` and
    ``tracks``; others are named in a warning. Anything else is a path a line, ``#`` a comment.

    Raises UsageError for a file that cannot be read, FormatError naming file and line.
    """
    try:
        lines = file_text(file).splitlines()
        names, rows = named_rows(lines)
        if "video" not in names:
            return [
                ManifestRow(_beside(file, line.strip()))
                for line in lines
                if line.strip() and not line.lstrip().startswith("#")
            ]
        unused = [name for name in names if name and name not in _COLUMNS]
        if unused:
            logger.warning("columns of %s that are not used: %s", file, shown(", ".join(unused)))
        return [_row(file, line, fields) for line, fields in rows if fields.get("video")]
    except OSError as error:
        raise UsageError(f"manifest {file} cannot be read: {error.strerror}") from None
    except (ForeignTextError, csv.Error) as error:
        raise FormatError(f"manifest {file} cannot be read: {error}") from None


def _row(file: Path, line: int, fields: Mapping[str, str]) -> ManifestRow:
    name = fields.get("name", "")
    if name in (".", "..") or set(name) & set('/\\:*?"<>|') or not name.isprintable():
        raise FormatError(f"{file}, line {line}: {shown(name)} cannot be the name of a folder")
    times = []
    for column in ("start", "end"):
        try:
            times.append(parse_time(fields.get(column) or None, column))
        except UsageError as error:
            raise FormatError(f"{file}, line {line}: {error}") from None
    boxes = [
        Path(_beside(file, fields[column])) if fields.get(column) else None
        for column in ("detections", "tracks")
    ]
    return ManifestRow(_beside(file, fields["video"]), name, times[0], times[1], *boxes)


def _beside(file: Path, name: str) -> str:
    """A path of the manifest, from its folder; addresses stay."""
    if "://" in name:
        return name
    return os.path.normpath(file.parent / os.path.expanduser(name))
