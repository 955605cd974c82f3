"""A table of the match of each sequence: columns ``sequence`` and ``match``."""

from __future__ import annotations

import csv
from pathlib import Path

from touchline.errors import FormatError, UsageError
from touchline.formats.number_text import open_text
from touchline.text_tables import named_rows


def read_matches(file: Path) -> dict[str, str]:
    """The match of each sequence, from a table with the columns ``sequence`` and ``match``.

    Raises UsageError for a missing file, FormatError naming the line of an empty or repeated name.
    """
    matches: dict[str, str] = {}
    for line, row in _rows(file):
        sequence, match = row.get("sequence", ""), row.get("match", "")
        if not sequence or not match or sequence in matches:
            problem = "is there twice" if sequence in matches else "and match are needed"
            raise FormatError(f"{file}, line {line}: sequence {sequence!r} {problem}")
        matches[sequence] = match
    if not matches:
        raise UsageError(
            f"{file} lists no sequence: it needs the header sequence,match and a line for each"
        )
    return matches


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Line number and fields of each row, without blanks around names and values."""
    try:
        with open_text(file) as text:
            return list(named_rows(text)[1])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{file} is not a table in UTF-8: {error}") from None
