"""``ball.csv``: where the ball is in each frame, or why it is nowhere; exact in both directions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from touchline.ball_track import BallTrack
from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import LARGEST_WHOLE, open_text
from touchline.text_tables import decimal, named_rows

BALL_HEADER = ("frame", "x", "y", "w", "h", "confidence", "source")
"""The columns; ``frame`` counts from 1 as in ``tracks.txt``."""

BALL_SOURCES = ("seen", "bridged")

_WHY = "# "
"""What begins the one line of a table without rows that says why there are none."""


def write_ball(track: BallTrack, file: Path) -> None:
    """Writes one line for each frame with a ball, in one step. Raises StoreError.

    Pixels have 2 decimals, as those of the track.
    """
    corners = track.boxes
    xywh = np.hstack([corners[:, :2], np.round(corners[:, 2:] - corners[:, :2], 2)])
    with atomic_text(file) as text:
        text.write(",".join(BALL_HEADER) + "\n")
        if track.why_empty is not None:
            text.write(f"{_WHY}{track.why_empty}\n")
        for frame, (x, y, w, h), sure, bridged in zip(
            (track.frames + 1).tolist(),
            xywh.tolist(),
            track.confidences.tolist(),
            track.bridged.tolist(),
            strict=True,
        ):
            text.write(f"{frame},{x!r},{y!r},{w!r},{h!r},{sure!r},{BALL_SOURCES[bridged]}\n")


def read_ball(file: Path) -> BallTrack:
    """What ``write_ball`` wrote.

    Raises UsageError for a missing file, FormatError naming the line for another header, text that
    is no number, a frame that does not come after the one before, an empty box, a confidence
    outside 0..1 and an unknown source.
    """
    why: str | None = None
    rows: list[tuple[int, list[float], bool]] = []
    line, last = 1, 0
    try:
        with open_text(file) as text:
            whole = list(text)
            if len(whole) > 1 and whole[1].startswith(_WHY):
                why = whole.pop(1).removeprefix(_WHY).strip()
            header, lines = named_rows(whole)
            if tuple(header) != BALL_HEADER:
                raise FormatError(f"{file}, line 1: the header must be {','.join(BALL_HEADER)}")
            for number, fields in lines:
                line = number
                rows.append(_row(fields, last))
                last = rows[-1][0]
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (csv.Error, KeyError, ValueError, OverflowError):
        raise FormatError(
            f"{file}, line {line}: no row of a ball after frame {last}; touchline link "
            f"{file.parent} makes it again"
        ) from None
    if not rows:
        return BallTrack.empty(why or "the table has no rows")
    numbers = np.array([row[1] for row in rows])
    boxes = np.hstack([numbers[:, :2], np.round(numbers[:, :2] + numbers[:, 2:4], 2)])
    frames = np.array([row[0] for row in rows], np.int64) - 1
    return BallTrack(frames, boxes, numbers[:, 4], np.array([row[2] for row in rows]))


def _row(fields: dict[str, str], last: int) -> tuple[int, list[float], bool]:
    """Frame, five numbers and whether it is bridged. Raises ValueError, KeyError."""
    frame = int(fields["frame"])
    numbers = [float(decimal(fields[name])) for name in BALL_HEADER[1:6]]
    _, _, width, height, sure = numbers
    good = last < frame <= LARGEST_WHOLE and np.isfinite(numbers).all()
    if not good or not (width > 0 and height > 0 and 0 <= sure <= 1):
        raise ValueError
    return frame, numbers, bool(BALL_SOURCES.index(fields["source"]))
