"""``positions.csv``: where everybody is in metres, or why nobody is; exact in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import is_whole, open_text
from touchline.pitch.positions import STATES, UNSURE, Positions

POSITIONS_HEADER = ("frame", "time", "identity", "x", "y", "speed", "acceleration", "state")
"""The columns; ``frame`` counts from 1 as in ``tracks.txt``."""

WHY = "# "
"""What begins the one line of a table without rows that says why there are none."""

_NUMBERS = POSITIONS_HEADER[:-1]
_COLUMNS = [*((name, "<f8") for name in _NUMBERS), ("state", "<U16")]
_ROWS_AT_ONCE = 10_000


def write_positions(positions: Positions, file: Path) -> None:
    """Writes one line for each row, in one step; no numbers where they are not sure.

    Raises StoreError.
    """
    with atomic_text(file) as text:
        text.write(",".join(POSITIONS_HEADER) + "\n")
        if positions.why_empty is not None and not len(positions):
            text.write(f"{WHY}{positions.why_empty}\n")
        for start in range(0, len(positions), _ROWS_AT_ONCE):
            part = positions[start : start + _ROWS_AT_ONCE]
            measured = [*part.places.T, part.speeds, part.accelerations]
            columns = [part.frames + 1, part.times, part.ids, *measured, part.states]
            for frame, time, identity, *numbers, state in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                said = ",".join("" if one != one else repr(one) for one in numbers)
                text.write(f"{frame},{time!r},{identity},{said},{STATES[state]}\n")


def read_positions(file: Path) -> Positions:
    """What ``write_positions`` wrote.

    Raises UsageError for a missing file, FormatError naming the line for another header, text that
    is no number, rows out of order, an unknown state, and a place that does not go with its state.
    """
    try:
        with open_text(file) as text:
            if tuple(text.readline().strip().split(",")) != POSITIONS_HEADER:
                header = ",".join(POSITIONS_HEADER)
                raise FormatError(f"{file}, line 1: the header must be {header}")
            first = text.readline()
            if first.startswith(WHY) or not first:
                return Positions.none(first.removeprefix(WHY).strip() or "the table has no rows")
            rows = np.loadtxt(
                _filled(first, text), dtype=_COLUMNS, delimiter=",", comments=None, ndmin=1
            )
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (ValueError, OverflowError):
        raise FormatError(
            f"{file}, line {_first_bad(file)}: no row of positions; touchline link {file.parent} "
            "makes it again"
        ) from None
    wrong = np.flatnonzero(_wrong(rows))
    if len(wrong):
        raise FormatError(
            f"{file}, line {int(wrong[0]) + 2}: no row of positions after the one before; "
            f"touchline link {file.parent} makes it again"
        )
    states = np.array([STATES.index(word) for word in rows["state"].tolist()], np.uint8)
    return Positions(
        rows["frame"].astype(np.int64) - 1,
        rows["time"],
        rows["identity"].astype(np.int64),
        np.column_stack([rows["x"], rows["y"]]),
        rows["speed"],
        rows["acceleration"],
        states,
        "no place is sure" if (states == UNSURE).all() else None,
    )


def _filled(first: str, text: IO[str]) -> Iterator[str]:
    """The lines with ``nan`` where a field is empty."""
    for line in chain([first], text):
        yield line.replace(",,", ",nan,").replace(",,", ",nan,")


def _wrong(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) which rows cannot be."""
    whole = is_whole(rows["frame"]) & (rows["frame"] >= 1) & is_whole(rows["identity"])
    known = np.isfinite(rows["x"]) & np.isfinite(rows["y"])
    told = [rows[name] for name in ("x", "y", "speed", "acceleration")]
    limited = np.all([np.isnan(one) | (np.abs(one) < 1e6) for one in told], axis=0)
    nothing = np.all([np.isnan(one) for one in told], axis=0)
    fits = np.where(rows["state"] == STATES[UNSURE], nothing, known)
    good = whole & limited & fits & np.isfinite(rows["time"]) & np.isin(rows["state"], STATES)
    later = np.diff(rows["frame"]) > 0
    later |= (np.diff(rows["frame"]) == 0) & (np.diff(rows["identity"]) > 0)
    return np.asarray(~(good & np.append(True, later)))


def _first_bad(file: Path) -> int:
    """The line that is no row."""
    with open_text(file) as text:
        text.readline()
        for number, line in enumerate(_filled("", text), start=1):
            fields = line.strip().split(",")
            try:
                if number > 1 and len([float(one) for one in fields[:-1]]) != len(_NUMBERS):
                    return number
            except ValueError:
                return number
    return 2
