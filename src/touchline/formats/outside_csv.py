"""``outside.csv``: who left the tracks, as they are never on the pitch; exact both ways."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import open_text
from touchline.formats.positions_csv import WHY

OUTSIDE_HEADER = ("first_time", "last_time", "boxes", "x", "y", "metres_outside")
"""The columns; x and y are empty above the horizon, and so are the metres."""


def write_outside(rows: Iterable[tuple[float, ...]], why_none: str | None, file: Path) -> None:
    """Writes a line for each track that was left out, in one step. Raises StoreError.

    rows: values of ``OUTSIDE_HEADER``; NaN or infinity where not known. why_none: why nobody was
    looked for, which stands there then; None where somebody was.
    """
    with atomic_text(file) as text:
        text.write(",".join(OUTSIDE_HEADER) + "\n")
        if why_none is not None:
            text.write(f"{WHY}{why_none}\n")
        for first, last, boxes, *numbers in rows:
            said = ",".join(repr(one) if abs(one) < float("inf") else "" for one in numbers)
            text.write(f"{first!r},{last!r},{int(boxes)},{said}\n")


def read_outside(file: Path) -> tuple[list[tuple[float, ...]], str | None]:
    """What ``write_outside`` was given; NaN where a number is not known.

    Raises UsageError for a missing file, FormatError naming the line for another header and for
    what is no number.
    """
    rows: list[tuple[float, ...]] = []
    number = 1
    try:
        with open_text(file) as text:
            if tuple(text.readline().strip().split(",")) != OUTSIDE_HEADER:
                raise FormatError(f"{file}, line 1: the header must be {','.join(OUTSIDE_HEADER)}")
            for line in text:
                number += 1
                if line.startswith(WHY):
                    return [], line.removeprefix(WHY).strip()
                fields = line.strip().split(",")
                if len(fields) != len(OUTSIDE_HEADER):
                    raise ValueError
                rows.append(tuple(float(field or "nan") for field in fields))
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except ValueError:
        raise FormatError(
            f"{file}, line {number}: not six numbers; touchline link {file.parent} makes it again"
        ) from None
    return rows, None
