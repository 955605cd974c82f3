"""Read columns of numbers from text files, fast; errors name the line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError, UsageError
from touchline.formats.decimal_text import read_decimals
from touchline.text_tables import decimal, fields_of, is_hint, separator_of

LARGEST_WHOLE = 2.0**53
"""Whole numbers up to here are exact in float64, in which all columns are read."""

TRACK_ID = re.compile(r"[+-]?\d{1,18}")
"""A track id in a text: a whole number; more digits are no int64."""

_BYTES_AT_ONCE = 1 << 17  # small enough that the arrays made of them stay in the cache


def open_text(file: Path) -> IO[str]:
    """The open file. Raises UsageError where it is missing, a folder or unreadable."""
    refuse_pipe(file)
    try:
        return file.open(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{file} does not exist") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{file} is not the name of a file") from None


def read_numbers(file: Path, min_columns: int, max_columns: int) -> NDArray[np.float64]:
    """(N, C) numbers: the first ``max_columns`` of each line, or all where there are fewer.

    Columns are separated by commas (blanks around them are ignored) or by blanks, or as a
    spreadsheet does it (``text_tables``); blank lines are skipped. ``nan`` and ``inf`` are numbers.
    An empty file gives (0, ``min_columns``). Raises FormatError naming the line that has no number,
    or another number of columns.
    """
    plain = _plain_numbers(file, min_columns, max_columns)
    if plain is not None:
        return plain
    separator: str | None = None
    width, expected = 0, max_columns
    try:
        lines = _data_lines(file)
        first = next(lines, None)
        if first is None:
            return np.empty((0, min_columns))
        separator = separator_of(first[1])
        width = len(fields_of(first[1], separator))
        if width < min_columns:
            raise FormatError(
                f"{file}: the first line has {width} columns, at least {min_columns} are needed"
            )
        # With all columns asked for, loadtxt checks that every line has as many.
        wanted = None if width <= max_columns else range(max_columns)
        expected = min(width, max_columns)
        return np.loadtxt(
            plain_lines(chain([first[1]], (line for _, line in lines)), separator),
            delimiter=None if separator is None else ",",
            comments=None,
            ndmin=2,
            usecols=wanted,
        )
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (csv.Error, ValueError) as error:
        raise FormatError(_explain(file, separator, expected, width, error)) from None


def plain_lines(lines: Iterable[str], separator: str | None) -> Iterator[str]:
    """Lines of numbers and words as programs write them: commas, decimal points, no quotes."""
    for line in lines:
        if separator in (";", "\t") or '"' in line:
            yield ",".join(map(decimal, fields_of(line, separator)))
        else:
            yield line


def _plain_numbers(file: Path, min_columns: int, max_columns: int) -> NDArray[np.float64] | None:
    """Fast path of ``read_numbers`` for a file of plain decimals; None for any other."""
    parts: list[NDArray[np.float64]] = []
    refuse_pipe(file)
    try:
        with file.open("rb") as data:
            while part := data.read(_BYTES_AT_ONCE):
                numbers = read_decimals(part + data.readline())
                if numbers is None or numbers.shape[1] < min_columns:
                    return None
                parts.append(numbers[:, :max_columns])
    except (OSError, ValueError):
        return None  # the slow way says why
    same = len({part.shape[1] for part in parts}) == 1
    return np.concatenate(parts) if same else None


def line_numbers(file: Path, rows: NDArray[np.int64]) -> list[int]:
    """The line, from 1, of each of these data rows (sorted); blank lines are no rows."""
    wanted = iter(rows.tolist())
    found: list[int] = []
    row = next(wanted, None)
    for index, (line, _) in enumerate(_data_lines(file)):
        if row is None:
            break
        if index == row:
            found.append(line)
            row = next(wanted, None)
    return found


def first_line(file: Path, bad: NDArray[np.bool_]) -> int:
    """The line, from 1, of the first data row that is marked in ``bad``."""
    return line_numbers(file, np.flatnonzero(bad)[:1])[0]


def is_whole(column: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) bool: finite, without a fraction and exact as an int64."""
    exact: NDArray[np.bool_] = np.abs(column) < LARGEST_WHOLE  # false for NaN and infinity
    exact &= column == np.rint(column)
    return exact


def repeated_pairs(
    first: NDArray[np.floating | np.integer], second: NDArray[np.floating | np.integer]
) -> NDArray[np.bool_]:
    """(N,) bool: rows whose pair of values already occurred in an earlier row."""
    order = np.lexsort((second, first))  # stable: equal pairs keep their order
    first, second = first[order], second[order]
    again = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    repeated = np.zeros(len(first), np.bool_)
    repeated[order[1:][again]] = True
    return repeated


def _data_lines(file: Path) -> Iterator[tuple[int, str]]:
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            if line.strip() and not (number == 1 and is_hint(line)):
                yield number, line


def _explain(file: Path, separator: str | None, expected: int, width: int, error: Exception) -> str:
    for row, (number, line) in enumerate(_data_lines(file)):
        try:
            fields = fields_of(line, separator)
        except csv.Error as unreadable:
            return f"{file}, line {number}: {unreadable}"
        bad = next((field for field in fields[:expected] if not _is_number(field)), None)
        if bad is not None and row == 0 and not any(map(_is_number, fields)):
            return f"{file}, line {number}: {bad!r} is not a number: take the header out"
        if bad is not None:
            return f"{file}, line {number}: {bad!r} is not a number"
        if len(fields) < expected or (width == expected and len(fields) != width):
            return f"{file}, line {number}: {len(fields)} columns where the first line has {width}"
    return f"{file}: {error}"


def _is_number(field: str) -> bool:
    try:
        float(decimal(field))
    except ValueError:
        return False
    return "_" not in field  # Python reads 1_000, the file format does not
