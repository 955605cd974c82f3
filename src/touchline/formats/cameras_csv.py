"""``cameras.csv``: the camera of every frame, or why it has none; exact in both directions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import LARGEST_WHOLE, open_text
from touchline.pitch.cameras import REFUSAL_WORDS, PitchCameras
from touchline.text_tables import decimal, named_rows
from touchline.types import Floats

_NUMBERS = ("x", "y", "z", "pan", "tilt", "roll", "focal", "bend")

CAMERAS_HEADER = ("frame", *_NUMBERS, "confidence", "refusal")
"""The columns; ``frame`` counts from 1 as in ``tracks.txt``."""

_FARTHEST = 1e6  # metres, radians, image widths


def write_cameras(cameras: PitchCameras, file: Path) -> None:
    """Writes one line for each frame, in one step; no numbers where it has no camera.

    They carry as many digits as it takes to read back the same value. Raises StoreError.
    """
    numbers = _numbers(cameras)
    with atomic_text(file) as text:
        text.write(",".join(CAMERAS_HEADER) + "\n")
        for frame, row, sure, refusal in zip(
            (cameras.frames + 1).tolist(),
            numbers.tolist(),
            cameras.confidences.tolist(),
            cameras.refusals.tolist(),
            strict=True,
        ):
            said = "," * (len(_NUMBERS) - 1) if refusal else ",".join(map(repr, row))
            text.write(f"{frame},{said},{sure!r},{REFUSAL_WORDS[refusal]}\n")


def read_cameras(file: Path, image_size: tuple[int, int]) -> PitchCameras:
    """What ``write_cameras`` wrote.

    image_size: width and height of the images in pixels. Raises UsageError for a missing file,
    FormatError naming the line for another header, text that is no number, a frame that does not
    come after the one before, a camera below the ground, a confidence outside 0..1, an unknown
    refusal, and one beside a camera.
    """
    rows: list[tuple[int, list[float], float, int]] = []
    line, last = 1, 0
    try:
        with open_text(file) as text:
            header, lines = named_rows(text)
            if tuple(header) != CAMERAS_HEADER:
                raise FormatError(f"{file}, line 1: the header must be {','.join(CAMERAS_HEADER)}")
            for number, fields in lines:
                line = number
                rows.append(_row(fields, last))
                last = rows[-1][0]
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (csv.Error, KeyError, ValueError, OverflowError):
        raise FormatError(
            f"{file}, line {line}: no camera of a frame after {last}; touchline link "
            f"{file.parent} makes it again"
        ) from None
    numbers = np.array([row[1] for row in rows]).reshape(-1, len(_NUMBERS))
    return PitchCameras(
        np.array([row[0] for row in rows], np.int64) - 1,
        *(numbers[:, :3], numbers[:, 3:6], numbers[:, 6], numbers[:, 7]),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.uint8),
        image_size,
    )


def _numbers(cameras: PitchCameras) -> Floats:
    return np.column_stack([cameras.places, cameras.angles, cameras.focals, cameras.bends])


def _row(fields: dict[str, str], last: int) -> tuple[int, list[float], float, int]:
    """Frame, numbers, confidence and refusal. Raises ValueError, KeyError."""
    frame, sure = int(fields["frame"]), float(decimal(fields["confidence"]))
    refusal = REFUSAL_WORDS.index(fields["refusal"])
    if not (last < frame <= LARGEST_WHOLE and 0 <= sure <= 1):
        raise ValueError
    said = [fields[name] for name in _NUMBERS]
    if refusal:
        if any(said):
            raise ValueError
        return frame, [np.nan] * len(said), sure, refusal
    numbers = [float(decimal(text)) for text in said]
    _, _, z, *_, focal, _ = numbers
    if not (np.abs(numbers) < _FARTHEST).all() or z <= 0 or focal <= 0:
        raise ValueError
    return frame, numbers, sure, refusal
