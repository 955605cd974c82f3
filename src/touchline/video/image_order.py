"""Which images of a folder form the clip, in which order, and which frame each of them is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from touchline.errors import UsageError
from touchline.image_files import is_image

_NUMBER = re.compile(r"\d+")
_NAMED = 3  # number of files named in a message


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """The images of a clip by name.

    files: in order. places: of each its frame, from 0, ascending; a missing image leaves a gap,
    so that boxes which count by the files' numbers fit. warnings: what was left out or guessed.
    """

    files: list[Path]
    places: list[int]
    warnings: list[str]

    @property
    def length(self) -> int:
        """Frames up to the last image, missing ones included."""
        return self.places[-1] + 1


def image_order(folder: Path, announced: int | None = None) -> ImageOrder:
    """The images of a folder as one clip, ordered by number, not by letters.

    announced: how many images there should be, numbered from 1, as ``seqinfo.ini`` says.

    Images named unlike most are left out (``cover.png`` among numbered ones). Raises UsageError
    where names are of two kinds and neither prevails, or two have the same number.
    """
    files = sorted(
        (file for file in folder.iterdir() if is_image(file)), key=lambda file: file.name
    )
    files, warnings = _of_one_kind(folder, files)
    numbers = _numbers(files)
    if numbers is None:
        files.sort(key=lambda file: _naturally(file.name))
        if len(files) > 1:
            warnings.append(
                f"not all images in {folder} have a number in their name: taken in order of "
                f"their names, from {files[0].name} to {files[-1].name}"
            )
        return ImageOrder(files, [*range(len(files))], warnings)
    pairs = sorted(zip(numbers, files, strict=True), key=lambda pair: (pair[0], pair[1].name))
    numbers, files = [number for number, _ in pairs], [file for _, file in pairs]
    _refuse_doubles(folder, files, numbers)
    places, word = _places(files, numbers, announced)
    return ImageOrder(files, places, [*warnings, *([] if word is None else [word])])


def _of_one_kind(folder: Path, files: list[Path]) -> tuple[list[Path], list[str]]:
    """The files named like most of them, and a warning that names the others."""
    kinds = {file: _kind(file) for file in files}
    counts = Counter(kinds.values())
    if len(counts) < 2:
        return files, []
    kind, count = counts.most_common(1)[0]
    others = [file for file in files if kinds[file] != kind]
    if 2 * len(others) < count and kind:
        few = ", ".join(file.name for file in others[:_NAMED])
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        first = next(file for file in files if kinds[file] == kind)
        return [file for file in files if kinds[file] == kind], [
            f"left out in {folder}, since they are not named like {first.name} and {count - 1} "
            f"others: {few}{more}"
        ]
    numbers = _numbers(files)
    if numbers is None or len({*numbers}) == len(numbers):
        return files, []  # all without a number, or one numbering in spite of two kinds of names
    listed = " and ".join(f"{counts[one]} like {_example(files, one)}" for one in [*counts][:2])
    raise UsageError(
        f"images in {folder} have names of two kinds, {listed}, with the same number: "
        "a folder holds one clip"
    )


def _example(files: list[Path], kind: str) -> str:
    return next(file.name for file in files if _kind(file) == kind)


def _kind(file: Path) -> str:
    """The name with every number as ``#``; empty for a name without numbers."""
    stem = file.stem.casefold()
    return _NUMBER.sub("#", stem) if _NUMBER.search(stem) else ""


def _numbers(files: list[Path]) -> list[int] | None:
    """The number of each file: the last in its name that is not the same in all of them."""
    found = [[int(digits) for digits in _NUMBER.findall(file.stem)] for file in files]
    if not all(found):
        return None
    columns = min(len(row) for row in found)
    for column in range(1, columns + 1):
        numbers = [row[-column] for row in found]
        if len({*numbers}) > 1:
            return numbers
    return [row[-1] for row in found]


def _naturally(name: str) -> list[tuple[int, int, str]]:
    """A key under which 2 comes before 10."""
    parts = re.split(r"(\d+)", name)
    return [
        (1, int(part), part) if place % 2 else (0, 0, part.casefold())
        for place, part in enumerate(parts)
    ]


def _refuse_doubles(folder: Path, files: list[Path], numbers: list[int]) -> None:
    for place, (before, after) in enumerate(pairwise(numbers)):
        if before == after:
            raise UsageError(
                f"images {files[place].name} and {files[place + 1].name} in {folder} have the "
                "same number; a folder holds one clip, numbered evenly"
            )


def _places(
    files: list[Path], numbers: list[int], announced: int | None
) -> tuple[list[int], str | None]:
    """The frame of each file, and what to say about the numbering."""
    steps = [after - before for before, after in pairwise(numbers)]
    common, often = Counter(steps).most_common(1)[0] if steps else (1, 1)
    uneven = [place for place, step in enumerate(steps) if step != common]
    if 2 * often < len(steps) or any(step % common for step in steps):
        first, second = files[uneven[0]].name, files[uneven[0] + 1].name
        return [*range(len(files))], (
            f"images are numbered unevenly (first between {first} and {second}): they are taken "
            "as frames 1, 2, 3, ..., evenly in time"
        )
    # As long as the sequence was said to be, its first images may be missing as well.
    known = announced is not None and common == 1 and 1 <= numbers[0] <= numbers[-1] <= announced
    first_number = 1 if known else numbers[0]
    places = [(number - first_number) // common for number in numbers]
    total = announced if known and announced is not None else places[-1] + 1
    missing = total - len(files)
    if missing:
        behind = [*(files[place].name for place in uneven)]
        where = f" (after {', '.join(behind[:_NAMED])}{', ...' * (len(behind) > _NAMED)})"
        return places, (
            f"{missing} of {total} images are missing{where if behind else ''}: the others stay "
            f"the frames that their numbers say, {files[0].name} is frame {places[0] + 1}"
        )
    if first_number > 1:
        return places, (
            f"the numbering begins with {files[0].name}, which is frame 1: a file of boxes must "
            "count from there"
        )
    return places, None
