"""``outside.csv``: who left the tracks, as they are never on the pitch; exact both ways."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import open_text
from touchline.formats.positions_csv import WHY

REASONS = ("off-pitch", "off-grass")
"""Why somebody was left out: by their place in metres, or as no camera tells it, by the grass."""


class OutsideRow(NamedTuple):
    """A track that was left out; NaN or infinity where a number is not known."""

    first_time: float
    last_time: float
    boxes: int
    x: float
    y: float
    metres_outside: float
    reason: str


OUTSIDE_HEADER = OutsideRow._fields
"""The columns; x and y are empty above the horizon and off the grass, and so are the metres."""


def write_outside(rows: Iterable[OutsideRow], why_none: str | None, file: Path) -> None:
    """Writes a line for each track that was left out, in one step. Raises StoreError.

    why_none: why nobody was looked for, which stands there then; None where somebody was.
    """
    with atomic_text(file) as text:
        text.write(",".join(OUTSIDE_HEADER) + "\n")
        if why_none is not None:
            text.write(f"{WHY}{why_none}\n")
        for row in rows:
            numbers = (row.x, row.y, row.metres_outside)
            said = ",".join(repr(one) if abs(one) < float("inf") else "" for one in numbers)
            text.write(f"{row.first_time!r},{row.last_time!r},{row.boxes},{said},{row.reason}\n")


def read_outside(file: Path) -> tuple[list[OutsideRow], str | None]:
    """What ``write_outside`` was given; NaN where a number is not known.

    Raises UsageError for a missing file, FormatError naming the line for another header and for
    what is no number.
    """
    rows: list[OutsideRow] = []
    number = 1
    try:
        with open_text(file) as text:
            if tuple(text.readline().strip().split(",")) != OUTSIDE_HEADER:
                raise FormatError(f"{file}, line 1: the header must be {','.join(OUTSIDE_HEADER)}")
            for line in text:
                number += 1
                if line.startswith(WHY):
                    return [], line.removeprefix(WHY).strip()
                *fields, reason = line.strip().split(",")
                if len(fields) != len(OUTSIDE_HEADER) - 1 or reason not in REASONS:
                    raise ValueError
                first, last, boxes, x, y, metres = (float(field or "nan") for field in fields)
                rows.append(OutsideRow(first, last, int(boxes), x, y, metres, reason))
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (ValueError, OverflowError):
        raise FormatError(
            f"{file}, line {number}: not six numbers and a reason; touchline link {file.parent} "
            "makes it again"
        ) from None
    return rows, None
