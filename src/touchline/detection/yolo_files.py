"""Reads YOLO's format: a text file for each image, boxes as shares of its size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from touchline.boxes import Boxes, cxcywh_to_corners
from touchline.detection.image_names import find_image
from touchline.detection.labels import Classes, ImageLabels, checked_names, inside_image, report
from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, yaml_values
from touchline.image_files import image_size, is_image

YOLO_NAME_FILES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names")
"""Files that name the classes, in a folder of images or above it."""

_LISTS = ("train.txt", "valid.txt", "val.txt", "validation.txt", "test.txt")
_OVERSHOOT = 0.01  # of the image: rounding and sloppy export, cut off; more is another format


def read_yolo(folder: Path, names: Sequence[str] | None = None) -> ImageLabels:
    """The labelled images below ``folder``, in the order of their paths.

    Images lie in folders named ``images`` at any depth and their labels in ``labels`` beside
    them, or both in one folder; or train.txt and so on list the images. Class names come from
    ``names``, or from data.yaml or classes.txt in ``folder`` or above it. A polygon counts as the
    box around it.

    Raises UsageError where there are no images, labels or names; FormatError with file and line.
    """
    known = checked_names(list(names), folder) if names is not None else _read_names(folder)
    image_files = _images(folder)
    if not image_files:
        raise UsageError(f"{folder} holds no images: images/*.jpg with labels/*.txt are expected")
    labels = [_label_file(folder, image_file) for image_file in image_files]
    missing = sum(not file.is_file() for file in labels)
    if missing == len(labels):
        raise UsageError(
            f"{folder} holds {len(labels)} images and no labels: "
            f"{labels[0].relative_to(folder)} and so on are expected"
        )
    found = ImageLabels([], [], [], known)
    empty = 0
    owners: dict[Path, Path] = {}
    for file, image_file in zip(labels, image_files, strict=True):
        if owners.setdefault(file, image_file) != image_file:
            raise UsageError(f"{image_file} and {owners[file].name} share {file.name}: rename one")
        size = image_size(image_file)
        shares, classes = _read_label_file(file, known) if file.is_file() else _NOTHING
        boxes, classes, without_area = inside_image(
            cxcywh_to_corners(shares) * np.array([*size, *size]), classes, size
        )
        empty += without_area
        found.paths.append(image_file)
        found.boxes.append(boxes)
        found.classes.append(classes)
    texts = {text for parent in {file.parent for file in owners} for text in parent.glob("*.txt")}
    orphans = sum(file.name not in YOLO_NAME_FILES for file in texts - set(owners))
    report(folder, unlabelled=missing, empty=empty, orphans=orphans)
    return found


def is_yolo(folder: Path) -> bool:
    """Whether the folder names YOLO's classes, or has folders of labels."""
    named = any((folder / name).is_file() for name in YOLO_NAME_FILES)
    return named or any(found.is_dir() for found in folder.rglob("labels"))


_NOTHING: tuple[Boxes, Classes] = (np.empty((0, 4)), np.empty(0, np.int64))


def _images(folder: Path) -> list[Path]:
    """Images below folders named ``images``, or in the folder itself, or in its lists."""
    below = (
        file
        for images in folder.rglob("images")
        if images.is_dir()
        for file in images.rglob("*")
        if is_image(file)
    )
    own = (file for file in folder.iterdir() if is_image(file))
    return sorted(set(below)) or sorted(own) or sorted(_listed_images(folder))


def _listed_images(folder: Path) -> set[Path]:
    """Images named by the lists in ``folder``, as in exports of Darknet and CVAT."""
    found: set[Path] = set()
    for file in (folder / name for name in _LISTS if (folder / name).is_file()):
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise FormatError(f"{file} cannot be read: {error}") from None
        for number, name in enumerate(map(str.strip, lines), 1):
            if not name:
                continue
            # CVAT writes "data/" before what lies beside the list.
            image_file = find_image(folder, name) or find_image(folder, name.removeprefix("data/"))
            if image_file is None:
                raise UsageError(f"{file}, line {number}: {name[:200]} is missing: unpack it again")
            found.add(image_file)
    return found


def _label_file(folder: Path, image_file: Path) -> Path:
    parts = list(image_file.relative_to(folder).parts[:-1])
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return folder.joinpath(*parts, image_file.stem + ".txt")


def _read_label_file(file: Path, names: Sequence[str]) -> tuple[Boxes, Classes]:
    """Boxes as (centre x, centre y, width, height) in shares of the image, and classes."""
    rows: list[tuple[float, ...]] = []
    refuse_pipe(file)
    try:
        lines = file_text(file).splitlines()
    except (OSError, ForeignTextError) as error:
        raise FormatError(f"{file} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if words := line.split():
            rows.append(_row(words, f"{file}, line {number}", names))
    table = np.array(rows, np.float64).reshape(-1, 5)
    return table[:, 1:], table[:, 0].astype(np.int64)


def _row(words: list[str], place: str, names: Sequence[str]) -> tuple[float, ...]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise FormatError(f"{place}: {' '.join(words)[:60]!r} is not all numbers") from None
    polygon = len(values) >= 7 and len(values) % 2 == 1
    if len(values) != 5 and not polygon:
        raise FormatError(
            f"{place}: {len(values)} numbers, 5 are needed: class, centre x, centre y, "
            "width, height"
        )
    kind, *shares = values
    if not (kind.is_integer() and 0 <= kind < len(names)):
        raise FormatError(f"{place}: class {words[0]} is not one of 0..{len(names) - 1}")
    low, high = -_OVERSHOOT, 1 + _OVERSHOOT
    if not all(low <= share <= high for share in shares):  # NaN fails too
        raise FormatError(
            f"{place}: {' '.join(words[1:])[:60]} are not fractions of the image, 0 to 1"
        )
    if polygon:
        left, right = min(shares[::2]), max(shares[::2])
        top, bottom = min(shares[1::2]), max(shares[1::2])
        shares = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    return (kind, *shares)


def _read_names(folder: Path) -> tuple[str, ...]:
    for parent in (folder, folder.parent):
        for file in (parent / name for name in YOLO_NAME_FILES):
            if file.is_file():
                return _names_in(file)
    raise UsageError(
        f"{folder} does not name its classes: write them into classes.txt there, one per line, "
        "in the order of their numbers"
    )


def _names_in(file: Path) -> tuple[str, ...]:
    refuse_pipe(file)
    try:
        text = file_text(file)
        names: Any = yaml_values(text) if file.suffix in (".yaml", ".yml") else text
    except (OSError, ForeignTextError) as error:
        raise FormatError(f"{file} cannot be read: {error}") from None
    if isinstance(names, str):
        return checked_names(names.strip().splitlines(), file)
    names = names.get("names") if isinstance(names, dict) else None
    if isinstance(names, dict):
        if set(names) != set(range(len(names))):
            raise FormatError(f"{file}: names must be numbered 0, 1, 2, ... without gaps")
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list):
        raise FormatError(f"{file} has no list 'names' of class names")
    return checked_names([str(name) for name in names], file)
