"""Training images: random views of labelled images, alone or four at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, areas, clip_to_image
from touchline.detection.augmentation_config import ImageAugmentationConfig
from touchline.detection.colour_jitter import jitter_colours
from touchline.detection.cutouts import paste_people
from touchline.detection.labelled_images import LabelledImages
from touchline.detection.labels import IGNORED, Classes
from touchline.detection.views import view_at
from touchline.types import Image, Mask

PAD_GREY = 114
"""Padding colour beside the image, the same as at inference."""


class ImageAugmentation:
    """Training images of one ``size`` (width, height).

    Everything random comes from the generator that is handed in: the same generator state gives
    the same sample, whichever process asks and whatever was asked before.
    """

    def __init__(self, config: ImageAugmentationConfig, size: tuple[int, int]) -> None:
        self.config = config
        self.size = size

    def sample(
        self, images: LabelledImages, index: int, rng: np.random.Generator
    ) -> tuple[Image, Boxes, Classes]:
        """An image (height, width, 3) BGR, its boxes (n, 4) in its pixels, classes (n,).

        It shows image ``index``, and in a mosaic three others. Boxes are cut at the border, and
        those of which little is left are IGNORED. As rng give
        ``np.random.default_rng((seed, epoch, index))``.
        Raises VideoError, naming the file, for an image that cannot be read.
        """
        width, height = self.size
        canvas = np.full((height, width, 3), PAD_GREY, np.uint8)
        tiles = [(0, 0, width, height)]
        indices = [index]
        if rng.random() < self.config.mosaic.probability:
            tiles = self._mosaic(rng)
            indices += rng.integers(len(images), size=3).tolist()
        found = [
            self._fill(canvas, tile, images, number, rng)
            for tile, number in zip(tiles, indices, strict=True)
        ]
        boxes = np.concatenate([one for one, _ in found])
        classes = np.concatenate([one for _, one in found])
        return canvas, boxes, classes

    def _mosaic(self, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
        """Four tiles of the canvas that meet at a random point."""
        least = self.config.mosaic.min_share
        x, y = (max(1, round(side * rng.uniform(least, 1 - least))) for side in self.size)
        width, height = self.size
        return [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)]

    def _fill(
        self,
        canvas: Image,
        tile: tuple[int, int, int, int],
        images: LabelledImages,
        index: int,
        rng: np.random.Generator,
    ) -> tuple[Boxes, Classes]:
        """Draws a view of an image into a tile of the canvas; returns its boxes and classes."""
        image = images.image(index)
        boxes, classes = images.labels(index)
        left, top = tile[:2]
        room = (tile[2] - left, tile[3] - top)
        index_image = (image.shape[1], image.shape[0])
        scale = self._scale(index_image, boxes, classes != IGNORED, rng)
        aim = self._aim(boxes, classes, rng)
        view = view_at(index_image, room, _corner(index_image, room, scale, aim, rng), scale)
        pixels = view.pixels(image, smooth=rng.random() < 0.3)
        boxes = view.to_canvas(boxes)
        x1, y1, x2, y2 = view.target
        if rng.random() < self.config.paste.probability:
            corner = np.array([x1, y1] * 2, np.float64)
            people = images.people(classes)
            boxes, classes = paste_people(
                pixels, boxes - corner, classes, people, self.config.paste, rng
            )
            boxes = boxes + corner
        pixels = jitter_colours(pixels, self.config, rng)
        part = canvas[top : top + room[1], left : left + room[0]]
        part[y1:y2, x1:x2] = pixels
        if rng.random() < self.config.flip.probability:
            part[:] = part[:, ::-1].copy()
            boxes = np.column_stack(
                [room[0] - boxes[:, 2], boxes[:, 1], room[0] - boxes[:, 0], boxes[:, 3]]
            )
        boxes, classes = self._seen(boxes, classes, images.people(classes), room)
        return boxes + np.array([left, top] * 2, np.float64), classes

    def _scale(
        self,
        index_image: tuple[int, int],
        boxes: Boxes,
        labelled: Mask,
        rng: np.random.Generator,
    ) -> tuple[float, float]:
        """Canvas pixels per image pixel, across and down."""
        view = self.config.view
        unit = view.reference_side / max(index_image)
        by_height = rng.random() < view.by_height
        if by_height and labelled.any():
            # The upper median: with one person and a ball it is the person.
            heights = np.sort(boxes[labelled, 3] - boxes[labelled, 1])
            usual = unit * float(heights[len(heights) // 2])
            scale = _log_uniform(view.min_height, view.max_height, rng) / usual
        else:
            scale = _log_uniform(view.min_jitter, view.max_jitter, rng)
        scale = unit * min(max(scale, view.min_scale), view.max_scale)
        stretch = _log_uniform(1 / view.max_stretch, view.max_stretch, rng) ** 0.5
        return scale * stretch, scale / stretch

    def _aim(
        self, boxes: Boxes, classes: Classes, rng: np.random.Generator
    ) -> NDArray[np.float64] | None:
        """The centre of an object to be in view; None for any part of the image."""
        labelled = classes != IGNORED
        if not labelled.any() or rng.random() >= self.config.view.aim:
            return None
        # Classes equally often, or rare ones would hardly be chosen.
        kind = rng.choice(np.unique(classes[labelled]))
        row = rng.choice(np.flatnonzero(classes == kind))
        return (boxes[row, :2] + boxes[row, 2:]) / 2

    def _seen(
        self, boxes: Boxes, classes: Classes, people: Mask, room: tuple[int, int]
    ) -> tuple[Boxes, Classes]:
        """Boxes cut at the view's border; IGNORED where too little is left to be found."""
        config = self.config.boxes
        cut = clip_to_image(boxes, *room)
        sides = cut[:, 2:] - cut[:, :2]
        enough = (sides >= config.min_side).all(axis=1)
        enough &= areas(cut) >= config.min_visible * areas(boxes)
        enough &= ~people | (boxes[:, 3] - boxes[:, 1] >= config.min_person)
        seen = (sides > 1e-6).all(axis=1)
        return cut[seen], np.where(enough, classes, IGNORED)[seen]


def _corner(
    index_image: tuple[int, int],
    room: tuple[int, int],
    scale: tuple[float, float],
    aim: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The image's point at the top left of ``room``, with as little border in view as possible."""
    window = np.array(room) / np.array(scale)
    spare = np.array(index_image) - window
    shares = rng.random(2)
    corner = shares * spare
    if aim is not None:
        aimed = np.clip(aim - shares * window, 0.0, np.maximum(spare, 0.0))
        corner = np.where(spare > 0, aimed, corner)
    return float(corner[0]), float(corner[1])


def _log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
