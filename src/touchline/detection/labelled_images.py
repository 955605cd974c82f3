"""Labelled images by number, decoded when asked for."""

from __future__ import annotations

import numpy as np

from touchline.boxes import Boxes
from touchline.detection.data import DetectionData
from touchline.detection.labels import SOMEBODY, Classes
from touchline.image_files import read_image
from touchline.role_words import role_of
from touchline.types import PEOPLE, Image, Mask

_MEGABYTE = 1_000_000


class LabelledImages:
    """The images of ``data``; decoded ones are kept while there is room.

    Decoding takes far longer than all augmentation. What is kept stays: under random access to
    more images than there is room for, throwing out the oldest would gain nothing. Processes
    forked later share what was read before.

    cache_megabytes: room for decoded images (one of 1280x720 takes 2.8), 0 for none.
    """

    def __init__(self, data: DetectionData, cache_megabytes: int = 0) -> None:
        self.data = data
        self._room = cache_megabytes * _MEGABYTE
        self._kept: dict[int, Image] = {}
        roles = [role_of(name) for name in data.names]
        self._people = [SOMEBODY, *(place for place, role in enumerate(roles) if role in PEOPLE)]

    def __len__(self) -> int:
        return len(self.data)

    def image(self, index: int) -> Image:
        """The image, not to be written to. Raises VideoError, naming it, where it is broken."""
        image = self._kept.get(index)
        if image is None:
            image = read_image(self.data.paths[index])
            if image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[index] = image
        return image

    def labels(self, index: int) -> tuple[Boxes, Classes]:
        """Boxes (n, 4) in pixels of the image, and their classes (n,)."""
        return self.data.boxes[index], self.data.classes[index]

    def people(self, classes: Classes) -> Mask:
        """(n,) which of these classes are people, of whatever role."""
        return np.isin(classes, self._people)
