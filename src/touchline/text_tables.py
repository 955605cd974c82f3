"""Rows of text tables, as programs and spreadsheets of any country write them.

Columns lie between commas, semicolons or tabs; with the last two, numbers may have a decimal comma.
Fields may be quoted. Who opens the file handles its encoding, byte order mark and ends of lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

_QUOTED = re.compile(r'"[^"]*"')
_HINT = re.compile(r'"?sep=(.)"?')  # a first line of spreadsheets: what separates columns


def separator_of(line: str) -> str | None:
    """What separates the columns of ``line``: a semicolon, a tab or a comma; None: blanks."""
    bare = _QUOTED.sub("", line).strip()
    if ";" in bare:
        return ";"
    if "\t" in bare and ",\t" not in bare and "\t," not in bare:
        return "\t"
    return "," if "," in bare else None


def is_hint(line: str) -> bool:
    """Whether ``line`` only tells a spreadsheet what separates columns."""
    return _HINT.fullmatch(line.strip()) is not None


def fields_of(line: str, separator: str | None) -> list[str]:
    """The fields of one line, without quotes and the blanks around them.

    One empty field at the end, behind a last separator, is none. Raises csv.Error.
    """
    if separator is None:
        return line.split()
    fields = [line] if line.isspace() else next(csv.reader([line.strip()], delimiter=separator))
    fields = [field.strip() for field in fields]
    return fields[:-1] if separator != "," and len(fields) > 1 and not fields[-1] else fields


def decimal(text: str) -> str:
    """A number as ``float`` reads it: with a point, where a spreadsheet wrote a comma."""
    return text.replace(",", ".")


def table_rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number, from 1, and fields of each row that is not empty, as written; the header too.

    The first row decides what separates columns. Raises csv.Error.
    """
    remaining = iter(lines)
    before = 0
    for first in remaining:
        if first.strip() and not is_hint(first):
            break
        before += 1
    else:
        return
    rows = csv.reader(chain([first], remaining), delimiter=separator_of(first) or ",", strict=True)
    for row in rows:
        if any(field.strip() for field in row):
            yield before + rows.line_num, row


def named_rows(lines: Iterable[str]) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The names in the first row, in lower case, and the other rows as fields by name.

    Both without the blanks around them.
    """
    rows = table_rows(lines)
    _, header = next(rows, (1, []))
    names = [name.strip().lower() for name in header]
    return names, (
        (line, dict(zip(names, (field.strip() for field in row), strict=False)))
        for line, row in rows
    )
