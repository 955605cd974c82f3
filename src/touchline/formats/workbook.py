"""Tables as a workbook of spreadsheets (XLSX): a sheet each, plain values, nothing computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from touchline.disk_files import whole_file
from touchline.errors import StoreError, UsageError
from touchline.foreign_text import shown

MAX_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""

_MAX_TEXT = 32_767
_WIDEST = 40
_ROWS_MEASURED = 200  # by which the width of columns is chosen


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. rows: values in the order of ``header``: numbers, texts, truths or None.

    decimals: digits that a column's numbers are shown with, by its name; they are kept whole.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    decimals: dict[str, int]


def require_xlsx() -> None:
    """Raises UsageError where XlsxWriter, which the extra "xlsx" brings, is missing."""
    if find_spec("xlsxwriter") is None:
        raise UsageError("XlsxWriter is not installed: pip install 'touchline[xlsx]' brings it")


def write_workbook(sheets: Iterable[Sheet], file: Path) -> None:
    """Write the sheets in their order, each with a header that stays in sight and can filter.

    Rows are written as they come and not held. A text never becomes a formula or a link. Raises
    UsageError as ``require_xlsx``, StoreError where nothing can be written; an earlier file is
    kept then.
    """
    require_xlsx()
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with whole_file(file) as draft, xlsxwriter.Workbook(str(draft), options) as book:
            head = book.add_format({"bold": True})
            shapes: dict[int, Any] = {}
            for sheet in sheets:
                _write_sheet(book, sheet, head, shapes)
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"{shown(str(file))} cannot be written: {reason}; free space or choose another folder"
        ) from None


def _write_sheet(book: Any, sheet: Sheet, head: Any, shapes: dict[int, Any]) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    rows = iter(sheet.rows)
    first = list(islice(rows, _ROWS_MEASURED))
    for column, name in enumerate(sheet.header):
        digits = sheet.decimals.get(name)
        if digits is not None and digits not in shapes:
            shapes[digits] = book.add_format({"num_format": f"0.{'0' * digits}"})
        longest = max((_length(row[column], digits) for row in first), default=0)
        width = min(max(longest, len(name)) + 2, _WIDEST)
        page.set_column(column, column, width, None if digits is None else shapes[digits])
    page.write_row(0, 0, sheet.header, head)
    count = 0
    for part in (first, rows):
        for row in part:
            count += 1
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(count, column, value[:_MAX_TEXT])
                elif value is not None:
                    page.write(count, column, value)
    page.autofilter(0, 0, count, len(sheet.header) - 1)


def _length(value: Any, digits: int | None) -> int:
    if value is None:
        return 0
    return len(f"{value:.{digits}f}" if digits is not None else str(value))
