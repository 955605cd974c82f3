"""Reads COCO's format: one JSON file with images, classes and boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from touchline.boxes import xywh_to_corners
from touchline.detection.image_names import find_image
from touchline.detection.labels import ImageLabels, checked_names, inside_image, logger, report
from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, json_values, shown
from touchline.image_files import image_size

_MOST_BYTES = 1 << 31  # COCO's own largest file has a quarter of it
_LARGEST = 2**53  # NaN is not below it either


def read_coco(file: Path) -> ImageLabels:
    """The labelled images of a COCO file, in the order of the file.

    Images are looked for beside the file, in ``images``, and in folders named as the file's
    last word (``annotations/instances_train.json`` and ``train/``), by names of other systems too
    (``images\\a.png``, ``C:\\data\\a.png``). Crowds are left out.

    Raises UsageError where an image is missing, FormatError naming file and entry.
    """
    tree = _read(file)
    categories = {_number(one, "id", file): one for one in _entries(tree, "categories", file)}
    numbers = {identity: place for place, identity in enumerate(sorted(categories))}
    names = [str(categories[identity].get("name", "")) for identity in numbers]
    found = ImageLabels([], [], [], checked_names(names, file))
    rows, crowds = _rows_by_image(tree, numbers, file)
    images = _entries(tree, "images", file)
    folder = _image_folder(file, [_file_name(one, file) for one in images])
    empty = unlabelled = 0
    known = set()
    for image in images:
        identity = _number(image, "id", file)
        known.add(identity)
        name = _file_name(image, file)
        path = find_image(folder, name)
        if path is None:
            missing = folder / name
            raise UsageError(f"{missing} is missing; {file} has labels for it: unpack it again")
        size = _checked_size(image, path, file)
        own = rows.get(identity, [])
        unlabelled += not own
        table = np.array(own, np.float64).reshape(-1, 5)
        boxes, classes, without_area = inside_image(
            xywh_to_corners(table[:, 1:]), table[:, 0].astype(np.int64), size
        )
        empty += without_area
        found.paths.append(path)
        found.boxes.append(boxes)
        found.classes.append(classes)
    if strangers := set(rows) - known:
        raise FormatError(f"{file}: annotations of image {min(strangers)}, which is not listed")
    report(file, unlabelled=unlabelled, empty=empty)
    if crowds:
        logger.warning("%s: %d crowd annotations (iscrowd) are left out", file, crowds)
    return found


def _read(file: Path) -> dict[str, Any]:
    refuse_pipe(file)
    try:
        tree = json_values(file_text(file, _MOST_BYTES))
    except OSError as error:
        raise FormatError(f"{file} cannot be read: {error.strerror}") from None
    except ForeignTextError as error:
        raise FormatError(f"{file}, {error}") from None
    if not isinstance(tree, dict):
        raise FormatError(f"{file}: a JSON object with images, annotations, categories is needed")
    return tree


def _entries(tree: dict[str, Any], name: str, file: Path) -> list[dict[str, Any]]:
    entries = tree.get(name)
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise FormatError(f"{file} has no list {name!r}; is it in COCO format?")
    return entries


def _number(entry: dict[str, Any], name: str, file: Path) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or abs(value) >= _LARGEST:
        raise FormatError(
            f"{file}: {name} = {shown(value)} in {shown(entry, 60)} is not a whole number"
        )
    return value


def _file_name(image: dict[str, Any], file: Path) -> str:
    name = image.get("file_name")
    if not isinstance(name, str) or not name:
        raise FormatError(f"{file}: file_name = {shown(name)} in {shown(image, 60)} is not a name")
    return name


def _rows_by_image(
    tree: dict[str, Any], numbers: dict[int, int], file: Path
) -> tuple[dict[int, list[list[float]]], int]:
    """(class, left, top, width, height) of each image's boxes, and how many crowds there are."""
    rows: dict[int, list[list[float]]] = {}
    crowds = 0
    for entry in _entries(tree, "annotations", file):
        if entry.get("iscrowd"):
            crowds += 1
            continue
        kind, box = _number(entry, "category_id", file), entry.get("bbox", ())
        if kind not in numbers:
            raise FormatError(f"{file}: category {kind} of {shown(entry, 60)} is not listed")
        if not _is_box(box):
            raise FormatError(f"{file}: bbox = {shown(box)} is not left, top, width, height")
        rows.setdefault(_number(entry, "image_id", file), []).append([numbers[kind], *box])
    return rows, crowds


def _is_box(box: Any) -> bool:
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(value, int | float) and abs(value) < _LARGEST for value in box)
    )


def _image_folder(file: Path, names: list[str]) -> Path:
    """The first of the default places that holds the first image."""
    if not names:
        raise UsageError(f"{file} lists no images")
    word = file.stem.rpartition("_")[2]
    tops = (file.parent, file.parent.parent)
    places = [top / below for below in ("", "images", word, f"images/{word}") for top in tops]
    for place in places:
        if find_image(place, names[0]) is not None:
            return place
    raise UsageError(
        f"{shown(names[0])} of {file} lies neither beside it nor in {file.parent / 'images'}: "
        "put the images there"
    )


def _checked_size(image: dict[str, Any], path: Path, file: Path) -> tuple[int, int]:
    size = image_size(path)
    stated = (image.get("width", size[0]), image.get("height", size[1]))
    if stated != size:
        raise FormatError(
            f"{file} says that {path.name} is {shown(stated[0])}x{shown(stated[1])}, it is "
            f"{size[0]}x{size[1]}: "
            "its boxes are in other pixels; use the images it was made for"
        )
    return size
