"""Labels as read from files of any format, before matches and roles."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas, clip_to_image
from touchline.errors import FormatError

logger = logging.getLogger(__name__)

Classes = NDArray[np.int64]
"""(n,) class of each box: an index into the class names, ``SOMEBODY`` or ``IGNORED``."""

SOMEBODY = -1
"""A person whose role nobody labelled."""

IGNORED = -2
"""A part of the image of which nobody says what it shows."""


class ImageLabels(NamedTuple):
    """Images with boxes (n, 4) in their pixels and classes (n,), and the classes' names."""

    paths: list[Path]
    boxes: list[Boxes]
    classes: list[Classes]
    names: tuple[str, ...]


def inside_image(
    boxes: Boxes, classes: Classes, size: tuple[int, int]
) -> tuple[Boxes, Classes, int]:
    """Boxes cut at the border of an image of (width, height), and how many had no area."""
    boxes = clip_to_image(boxes, *size)
    solid = (boxes[:, 2] > boxes[:, 0]) & (areas(boxes) > 0)
    return boxes[solid], classes[solid], int(len(solid) - solid.sum())


def checked_names(names: list[str], file: Path) -> tuple[str, ...]:
    """Class names without outer spaces. Raises FormatError for one that is empty or there twice."""
    stripped = tuple(name.strip() for name in names)
    folded = [name.casefold() for name in stripped]
    if not stripped or "" in stripped:
        raise FormatError(f"{file}: a class without a name; give each class one")
    for place, name in enumerate(folded):
        if name in folded[:place]:
            raise FormatError(f"{file}: two classes are named {stripped[place]!r}; rename one")
    return stripped


def report(folder: Path, *, unlabelled: int, empty: int, orphans: int = 0) -> None:
    """Logs what is odd about the labels, if anything."""
    if unlabelled:
        logger.warning("%s: %d images without labels count as empty", folder, unlabelled)
    if empty:
        logger.warning("%s: %d boxes without area are left out", folder, empty)
    if orphans:
        logger.warning("%s: %d label files have no image and are left out", folder, orphans)
