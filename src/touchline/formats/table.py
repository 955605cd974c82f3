"""``tracks.csv``: every box of a clip with its time, role and source, exact in both directions,
and who its identity is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import (
    first_line,
    is_whole,
    open_text,
    plain_lines,
    repeated_pairs,
)
from touchline.identities import Identities
from touchline.text_tables import decimal, fields_of, separator_of
from touchline.types import ROLES, TrackTable

HEADER = ("frame", "time", "identity", "x1", "y1", "x2", "y2", "score", "role", "source")
"""The columns; ``frame`` counts from 1 as in ``tracks.txt``."""

CONFIDENCE = "confidence"
"""One more column, of tables that say how sure each identity is: 0..1."""

WHO = ("team", "number", "name")
"""The last columns, for whoever opens the table; ``players.csv`` is where they are read from."""

SOURCES = ("detected", "interpolated")

_ROWS_AT_ONCE = 10_000
_NUMBERS = HEADER[:8]
_WORDS = HEADER[8:]
# A little wider than the longest word, so that a longer one is not cut down to a known one.
_COLUMNS = [(name, "<f8") for name in _NUMBERS] + [(name, "<U16") for name in _WORDS]
_SURE = (CONFIDENCE, "<f8")
_NOT_READ = [(name, "<U1") for name in WHO]  # cut off: nobody looks at them


def write_csv(table: TrackTable, file: str | Path, identities: Identities | None = None) -> None:
    """Writes the table, sorted by frame and identity, under a temporary name until complete.

    identities: of everybody in it, for the columns ``WHO``; None: without these. Numbers are
    written so that ``read_csv`` returns them bit for bit. Raises StoreError.
    """
    with atomic_text(Path(file)) as text:
        for part in csv_parts(table, identities):
            text.write(part)


def csv_parts(table: TrackTable, identities: Identities | None = None) -> Iterator[str]:
    """The text that ``write_csv`` writes, some thousand lines at once."""
    table = table.sorted()
    header = (*HEADER, *(() if table.confidences is None else (CONFIDENCE,)))
    who = None if identities is None else _who(identities)
    header = header if who is None else (*header, *WHO)
    yield ",".join(header) + "\n"
    for start in range(0, len(table), _ROWS_AT_ONCE):
        part = table[start : start + _ROWS_AT_ONCE]
        columns = [part.frames + 1, part.times, part.ids, *part.boxes.T, part.scores]
        words = [part.roles, np.where(part.interpolated, SOURCES[1], SOURCES[0])]
        ends = [who[identity] for identity in part.ids.tolist()] if who else [""] * len(part)
        if part.confidences is not None:
            sure = part.confidences.tolist()
            ends = [f",{value!r}{end}" for value, end in zip(sure, ends, strict=True)]
        rows = zip(*(column.tolist() for column in [*columns, *words]), ends, strict=True)
        yield "".join(
            f"{frame},{time!r},{identity},{x1!r},{y1!r},{x2!r},{y2!r},"
            f"{score!r},{role},{source}{end}\n"
            for frame, time, identity, x1, y1, x2, y2, score, role, source, end in rows
        )


def read_csv(file: str | Path) -> TrackTable:
    """The table that ``write_csv`` wrote.

    Raises UsageError for a missing file, FormatError naming the line for another header, text
    that is no number, NaN, an inverted box, a score outside 0..1, an unknown role or source, and
    an identity that has two boxes in one frame.
    """
    file = Path(file)
    try:
        with open_text(file) as text:
            first = text.readline()
            separator = separator_of(first)
            header = tuple(fields_of(first, separator))
            sure, known = CONFIDENCE in header, header[-len(WHO) :] == WHO
            columns = [*_COLUMNS, *([_SURE] if sure else []), *(_NOT_READ if known else [])]
            if header != tuple(name for name, _ in columns):
                raise FormatError(f"{file}, line 1: the header must be {','.join(HEADER)}")
            # A generator, so that the text of a whole match is never in memory.
            lines = plain_lines((line for line in text if line.strip()), separator)
            first = next(lines, "")
            if not first:
                return TrackTable.empty()
            rows = np.loadtxt(
                chain([first], lines),
                dtype=columns,
                delimiter=",",
                comments=None,
                ndmin=1,
            )
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (csv.Error, ValueError):
        raise FormatError(_explain(file, separator, [name for name, _ in columns])) from None
    _check(file, rows, rows[CONFIDENCE] if sure else rows["score"])
    roles = rows["role"].astype(TrackTable.empty().roles.dtype)
    table = TrackTable(
        rows["frame"].astype(np.int64) - 1,
        rows["time"],
        rows["identity"].astype(np.int64),
        np.column_stack([rows[name] for name in ("x1", "y1", "x2", "y2")]),
        rows["score"],
        roles,
        rows["source"] == SOURCES[1],
        rows[CONFIDENCE] if sure else None,
    )
    return table.sorted()


def _who(identities: Identities) -> dict[int, str]:
    """The ends of the lines of each identity: team, number and name."""
    columns = identities.columns()
    ends: dict[int, str] = {}
    for identity, *known in zip(columns["identity"], *(columns[name] for name in WHO), strict=True):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(["", *known])
        ends[identity] = line.getvalue()
    return ends


def _check(file: Path, rows: NDArray[Any], sure: NDArray[np.float64]) -> None:
    numbers = np.column_stack([*(rows[name] for name in _NUMBERS), sure])
    frames, scores = rows["frame"], rows["score"]
    checks = {
        "NaN and infinity have no place in a track": ~np.isfinite(numbers).all(axis=1),
        "the frame must be a whole number from 1": ~is_whole(frames) | (frames < 1),
        "the identity must be a whole number": ~is_whole(rows["identity"]),
        "x1 <= x2 and y1 <= y2 are needed": (rows["x1"] > rows["x2"]) | (rows["y1"] > rows["y2"]),
        "the score must lie in 0..1": (scores < 0) | (scores > 1),
        "the confidence must lie in 0..1": (sure < 0) | (sure > 1),
        f"the role must be one of {', '.join(ROLES)}": ~np.isin(rows["role"], ROLES),
        f"the source must be one of {', '.join(SOURCES)}": ~np.isin(rows["source"], SOURCES),
        "this identity already has a box in this frame": repeated_pairs(frames, rows["identity"]),
    }
    for reason, bad in checks.items():
        if bad.any():
            line = first_line(file, np.concatenate([[False], bad]))  # the header is a line too
            raise FormatError(f"{file}, line {line}: {reason}")


def _explain(file: Path, separator: str | None, columns: list[str]) -> str:
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            try:
                fields = fields_of(line, separator)
            except csv.Error as error:
                return f"{file}, line {number}: {error}"
            if number == 1 or not line.strip():
                continue
            if len(fields) != len(columns):
                return f"{file}, line {number}: {len(fields)} columns; {len(columns)} are needed"
            for name, field in zip(columns, fields, strict=True):
                if name in (*_WORDS, *WHO):
                    continue
                try:
                    float(decimal(field))
                except ValueError:
                    return f"{file}, line {number}: {name} {field.strip()!r} is not a number"
    return f"{file} is not a table of tracks"
