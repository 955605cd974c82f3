"""``outside.csv``: who left the tracks, as they are never on the pitch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from touchline.formats.atomic_text import atomic_text
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
