"""The football clips of SportsMOT and their people, row by row in the order of the files.

The data set: Cui et al., "SportsMOT: A large multi-object tracking dataset in multiple sports
scenes", ICCV 2023.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, xywh_to_corners
from touchline.errors import FormatError, UsageError
from touchline.formats.number_text import first_line, is_whole, open_text, read_numbers

TEST_LIST = "test.txt"
_PARTS = ("train", "val")
_FRAME, _ID, _MARK, _CLASS = 0, 1, 6, 7
_BOX = slice(2, 6)
_PERSON = 1.0


@dataclass(frozen=True, slots=True)
class PeopleRows:
    """Boxes of people as parallel columns, in the order of the file.

    frames: (N,) int64 from 0. ids: (N,) int64. boxes: (N, 4) corner pixels.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: Boxes


def football_clips(root: Path) -> tuple[dict[str, Path], list[str]]:
    """Folders of the football clips with public truth, by name, and the names without a folder.

    In the order of ``splits_txt/football.txt``, without those of ``test.txt`` where that list is
    there: its truth is not public. A clip has a folder where ``dataset/train/NAME/gt/gt.txt`` or
    ``dataset/val/...`` is there.

    Raises UsageError where no clip has a folder; FormatError where ``football.txt`` is missing,
    for a name that is listed twice, or that has a folder in both parts.
    """
    lists = root / "splits_txt"
    test = set(_names(lists / TEST_LIST)) if has_test_list(root) else set()
    names = [name for name in _names(lists / "football.txt") if name not in test]
    found: dict[str, Path] = {}
    for name in names:
        folders = [root / "dataset" / part / name for part in _PARTS]
        folders = [folder for folder in folders if os.path.isfile(folder / "gt" / "gt.txt")]
        if name in found or len(folders) > 1:
            where = "in train and in val" if len(folders) > 1 else "twice in football.txt"
            raise FormatError(f"{root}: clip {name} is there {where}; keep one")
        if folders:
            found[name] = folders[0]
    if not found:
        raise UsageError(
            f"{root} has none of its {len(names)} football clips: "
            "dataset/train/NAME/gt/gt.txt or dataset/val/NAME/gt/gt.txt is needed"
        )
    return found, [name for name in names if name not in found]


def has_test_list(root: Path) -> bool:
    """Whether the list of the clips without public truth is there; the data set's readme has none.

    Without it these clips count among those without a folder.
    """
    return os.path.exists(root / "splits_txt" / TEST_LIST)


def match_name(clip: str) -> str:
    """The match that a clip shows: its name up to the last ``_c``."""
    return clip.rpartition("_c")[0] or clip


def read_people(file: Path) -> PeopleRows:
    """The rows of mark 1 and class 1.

    Raises UsageError for a missing file; FormatError naming file and line for text that is no
    number, fewer than 8 columns, a frame below 1, an id with a fraction, a box that is empty, NaN
    or infinite.
    """
    columns = read_numbers(file, min_columns=8, max_columns=8)
    frames, ids, boxes = columns[:, _FRAME], columns[:, _ID], columns[:, _BOX]
    sizes = boxes[:, 2:].min(axis=1)
    checks = {
        "frames are whole numbers from 1": is_whole(frames) & (frames >= 1),
        "the id must be a whole number": is_whole(ids),
        "the box must be finite": np.isfinite(np.abs(boxes).max(axis=1)),
        "width and height must be above 0": sizes > 0,
    }
    for reason, good in checks.items():
        bad = np.logical_not(good)
        if bad.any():
            raise FormatError(f"{file}, line {first_line(file, bad)}: {reason}")
    people = (columns[:, _MARK] == 1) & (columns[:, _CLASS] == _PERSON)
    return PeopleRows(
        frames[people].astype(np.int64) - 1,
        ids[people].astype(np.int64),
        xywh_to_corners(boxes[people]),
    )


def _names(file: Path) -> list[str]:
    try:
        with open_text(file) as text:
            return [line.strip() for line in text if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
