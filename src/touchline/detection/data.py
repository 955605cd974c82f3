"""Labelled images of one or several folders: read, joined, renamed, split by match."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.config import nearest_name
from touchline.detection.coco_files import read_coco
from touchline.detection.labels import IGNORED, SOMEBODY, Classes
from touchline.detection.yolo_files import YOLO_NAME_FILES, is_yolo, read_yolo
from touchline.errors import UsageError
from touchline.role_words import role_of
from touchline.types import PEOPLE

logger = logging.getLogger(__name__)

MATCH_PATTERN = r"^([^_]+)"
"""The match is a file's name up to the first ``_``."""

_LEFT_OUT = -3
"""Boxes of a class that was not asked for."""

_COCO_PLACES = (
    ("*.coco.json", "train/*.coco.json", "valid/*.coco.json", "test/*.coco.json"),
    ("annotations/instances*.json",),
    ("annotations/*.json",),
    ("*.json",),
)
"""Folders where Roboflow, COCO itself and other programs put their files."""


@dataclass(frozen=True, slots=True)
class DetectionData:
    """N images with their boxes. Index with a mask, an index array or a slice to select.

    paths: N image files. boxes: for each (n, 4) float64 corner pixels, inside of the image.
    classes: for each (n,) int64 numbers into ``names``, SOMEBODY or IGNORED. matches: (N,) the
    football match that an image is of, for splits: frames of one match are near-copies.
    """

    paths: list[Path]
    boxes: list[Boxes]
    classes: list[Classes]
    names: tuple[str, ...]
    matches: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: Any) -> DetectionData:
        """The images picked by a boolean mask, an index array or a slice."""
        kept = np.arange(len(self))[rows].tolist()
        return DetectionData(
            [self.paths[row] for row in kept],
            [self.boxes[row] for row in kept],
            [self.classes[row] for row in kept],
            self.names,
            self.matches[rows],
        )

    def counts(self) -> dict[str, int]:
        """How many boxes of each class there are; those of no class are not counted."""
        every = np.concatenate([*self.classes, np.empty(0, np.int64)])
        every = every[every >= 0]
        return dict(
            zip(self.names, np.bincount(every, minlength=len(self.names)).tolist(), strict=True)
        )


def read_detection_data(
    folder: Path,
    *,
    names: Sequence[str] | None = None,
    match_pattern: str = MATCH_PATTERN,
) -> DetectionData:
    """The labelled images of a folder in YOLO's or COCO's format, or of a COCO file.

    YOLO, by its folder or the data.yaml in it: ``images`` and ``labels``, also below train, valid
    and test; class names from data.yaml, classes.txt or ``names``. COCO: a JSON file in ``folder``,
    in ``annotations`` or in train, valid and test. match_pattern: regular expression whose first
    group, found in the name of an image, is the match.

    Raises UsageError for what is missing, FormatError naming file and line or entry, VideoError
    for an image that cannot be read.
    """
    if not os.path.exists(folder):
        raise UsageError(f"{folder} does not exist: give a folder of labelled images")
    if folder.name in YOLO_NAME_FILES and os.path.isfile(folder):
        folder = folder.parent
    try:
        if os.path.isfile(folder):
            sources = [read_coco(folder)]
        elif names is None and not is_yolo(folder) and (files := _coco_files(folder)):
            sources = [read_coco(file) for file in files]
        else:
            sources = [read_yolo(folder, names)]
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.filename}: {error.strerror}") from None
    return join_detection_data(
        [DetectionData(*labels, _matches(labels.paths, match_pattern)) for labels in sources]
    )


def join_detection_data(parts: Sequence[DetectionData]) -> DetectionData:
    """All images of ``parts`` in one; classes of the same name, in any case, become one class.

    Raises UsageError where there are no parts, or an image is in two.
    """
    if not parts:
        raise UsageError("no labelled images: name at least one folder")
    names: dict[str, str] = {}
    for part in parts:
        for name in part.names:
            names.setdefault(name.casefold(), name)
    places = {folded: place for place, folded in enumerate(names)}
    joined = DetectionData(
        [], [], [], tuple(names.values()), np.concatenate([p.matches for p in parts])
    )
    for part in parts:
        own = np.array([places[name.casefold()] for name in part.names], np.int64)
        joined.paths.extend(part.paths)
        joined.boxes.extend(part.boxes)
        joined.classes.extend(own[classes] for classes in part.classes)
    seen: set[Path] = set()
    for path in joined.paths:
        if path in seen:
            raise UsageError(f"image {path} appears twice: name each folder once")
        seen.add(path)
    return joined


def with_classes(
    data: DetectionData,
    names: Sequence[str],
    renamed: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
) -> DetectionData:
    """``data`` with exactly the classes ``names``, in that order; case does not matter.

    renamed: classes of the data that count as one of ``names``, as {"person": "player"}. Without,
    a class counts as the one whose role its name tells: ``player team left`` as ``player``; where
    roles of people are asked for, a ``person`` is SOMEBODY. ignored: classes whose boxes are
    IGNORED. Boxes of other classes are left out, and their number is logged.

    Raises UsageError where none of the data's classes is asked for.
    """
    wanted = {name.casefold(): place for place, name in enumerate(names)}
    alias = {old.casefold(): new.casefold() for old, new in (renamed or {}).items()}
    skipped = {name.casefold() for name in ignored}
    for old, new in alias.items():
        if new not in wanted:
            raise UsageError(f"{old} cannot count as {new!r}{nearest_name(new, list(wanted))}")
    folded = [_asked_for(name.casefold(), wanted, alias) for name in data.names]
    roles = any(role_of(name) in PEOPLE for name in wanted)
    own = np.full(len(folded), _LEFT_OUT, np.int64)
    for number, name in enumerate(folded):
        if name in skipped:
            own[number] = IGNORED
        elif name in wanted:
            own[number] = wanted[name]
        elif roles and role_of(name) == "person":
            own[number] = SOMEBODY
    if (own < SOMEBODY).all():
        raise UsageError(
            f"none of the classes {', '.join(names)} is in the data, which has "
            f"{', '.join(data.names)}"
        )
    counts = zip(data.names, data.counts().values(), own.tolist(), strict=True)
    dropped = {name: count for name, count, place in counts if place == _LEFT_OUT and count}
    if dropped:
        listed = ", ".join(f"{count} {name}" for name, count in dropped.items())
        logger.warning("boxes of classes that were not asked for are left out: %s", listed)
    mapped = [own[classes] for classes in data.classes]
    kept = [classes > _LEFT_OUT for classes in mapped]
    return replace(
        data,
        boxes=[boxes[rows] for boxes, rows in zip(data.boxes, kept, strict=True)],
        classes=[classes[rows] for classes, rows in zip(mapped, kept, strict=True)],
        names=tuple(names),
    )


def _asked_for(name: str, wanted: Mapping[str, int], alias: Mapping[str, str]) -> str:
    """The class that boxes of ``name`` count as: the renamed one, the same, or that of its role."""
    if name in alias or name in wanted:
        return alias.get(name, name)
    role = role_of(name)
    return role if role is not None and role in wanted else name


def split_by_match(
    data: DetectionData, held_out: Collection[str]
) -> tuple[DetectionData, DetectionData]:
    """The images of all other matches, and those of the matches ``held_out``.

    Raises UsageError for a match that the data has no images of.
    """
    known = sorted(set(data.matches.tolist()))
    for match in held_out:
        if match not in known:
            raise UsageError(f"no image belongs to match {match!r}{nearest_name(match, known)}")
    out = np.isin(data.matches, list(held_out))
    return data[~out], data[out]


def _matches(paths: Sequence[Path], pattern: str) -> NDArray[np.str_]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(
            f"match pattern {pattern!r} is not a regular expression: {error}"
        ) from None
    matches = []
    for path in paths:
        found = compiled.search(path.stem)
        if found is None:
            raise UsageError(f"the match pattern {pattern!r} finds nothing in {path.name}")
        matches.append(found[1] if compiled.groups else found[0])
    return np.array(matches, np.str_)


def _coco_files(folder: Path) -> list[Path]:
    """The JSON files of the first default place that has any."""
    for patterns in _COCO_PLACES:
        if files := {file for pattern in patterns for file in folder.glob(pattern)}:
            return sorted(files)
    return []
