"""A table of two columns that says something of many people: their identities, and what is said."""

from __future__ import annotations

import csv
from pathlib import Path

from touchline.errors import FormatError
from touchline.formats.number_text import TRACK_ID, open_text
from touchline.text_tables import table_rows


def read_edits_csv(file: Path, kind: str) -> list[tuple[int, str]]:
    """Identity and what is said of it, as text, by rows; those that say nothing are left out.

    With a header, the columns ``identity`` and ``kind``, whatever others there are, so that a
    players.csv can be filled in; without one, two columns. Raises UsageError for a missing file,
    FormatError naming the line.
    """
    found: list[tuple[int, str]] = []
    columns: tuple[int, int] | None = None
    with open_text(file) as text:
        line = 1
        try:
            for line, fields in table_rows(text):
                row = [field.strip() for field in fields]
                if columns is None:
                    names = [name.lower() for name in row]
                    headed = "identity" in names and kind in names
                    columns = (names.index("identity"), names.index(kind)) if headed else (0, 1)
                    if headed:
                        continue
                if len(row) <= max(columns) or not TRACK_ID.fullmatch(row[columns[0]]):
                    raise FormatError(
                        f"{file}, line {line}: give an identity and a {kind} in two columns, or a "
                        f"header with identity and {kind}"
                    )
                if row[columns[1]]:
                    found.append((int(row[columns[0]]), row[columns[1]]))
        except (csv.Error, UnicodeDecodeError):
            raise FormatError(f"{file}, line {line}: no row of a table") from None
    return found
