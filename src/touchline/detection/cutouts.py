"""Players cut out of turf and pasted in front of others: people who overlap, with whole boxes.

Players mostly stand free, so a detector sees few who hide each other, and finds those worst. On
turf of one colour a player's outline is what differs from the grass around (a chroma key). Cut out
along it, they can stand before anybody else of the same image (Dwibedi et al., "Cut, Paste and
Learn", 2017; Ghiasi et al., "Simple Copy-Paste", 2021). The box of who is half hidden then stays
that of the whole body.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, intersection_areas
from touchline.detection.augmentation_config import PasteConfig
from touchline.detection.labels import IGNORED, Classes
from touchline.types import Image, Mask

_RIM = 0.15
"""Width of what is looked at around a box, as a fraction of the box's width."""

_MIN_SIDE = 8.0
"""Pixels of a box that still show an outline."""

_MAX_SPREAD = 16.0
"""Standard deviation of the rim's colours: turf has less, stands and boards have more."""

_MIN_DIFFERENCE = 12.0
"""Least difference of a person's colours from the turf's."""

_BODY = (0.2, 0.8)
"""Fraction of a box that an outline fills; others are not of one person."""

_LIGHTNESS = 0.6
"""Weight of lightness beside colour (CIELAB): shadows differ from turf in it alone."""

_MOST_TRIES = 4
"""People looked at for each one that is pasted."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """pixels: (h, w, 3) BGR of a box. cover: (h, w) float32, 1 on the person, 0 beside."""

    pixels: Image
    cover: NDArray[np.float32]


def paste_people(
    image: Image,
    boxes: Boxes,
    classes: Classes,
    people: Mask,
    config: PasteConfig,
    rng: np.random.Generator,
) -> tuple[Boxes, Classes]:
    """Draws people of ``image`` into it once more, in front of others; returns boxes and classes.

    boxes (n, 4) may reach out of the image. people: (n,) which of them are people. Who is cut
    out stands free and whole in the image, and gets about the size of whom they are put before.
    Somebody of whom more than ``max_hidden`` is hidden then becomes IGNORED.
    """
    hosts, free = np.flatnonzero(people & _inside(image, boxes, 0.5)), _free(image, boxes, people)
    if not len(free):
        return boxes, classes
    classes = classes.copy()
    new_boxes, new_classes = [], []
    for _ in range(int(rng.integers(1, config.most + 1))):
        host = boxes[rng.choice(hosts)]
        height = float(host[3] - host[1])
        row, cut = _chosen(image, boxes, free, height, config.max_scaling, rng)
        if cut is None:
            continue
        place = _place(host, cut, height, config, rng)
        hidden = _paint(image, cut, place, boxes)
        classes[people & (hidden > config.max_hidden)] = IGNORED
        new_boxes.append(place)
        new_classes.append(classes[row] if classes[row] != IGNORED else classes[hosts[0]])
    if not new_boxes:
        return boxes, classes
    return np.vstack([boxes, new_boxes]), np.concatenate([classes, new_classes]).astype(np.int64)


def cut_out(image: Image, box: NDArray[np.float64]) -> Cutout | None:
    """The person in a box of an image; None where they do not stand out from one even ground."""
    x1, y1, x2, y2 = (round(float(side)) for side in box)
    rim = max(2, round(_RIM * (x2 - x1)))
    left, top = max(0, x1 - rim), max(0, y1 - rim)
    around = image[top : y2 + rim, left : x2 + rim]
    lab = cv2.cvtColor(around, cv2.COLOR_BGR2LAB).astype(np.float32)
    lab[..., 0] *= _LIGHTNESS
    inner = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    beside = np.ones(around.shape[:2], np.bool_)
    beside[inner] = False
    ground = lab[beside]
    if not len(ground) or float(ground.std(0).max()) > _MAX_SPREAD:
        return None
    away = np.linalg.norm(lab[inner] - np.median(ground, 0), axis=2)
    outline = _body(away > max(_MIN_DIFFERENCE, 2.5 * float(ground.std(0).max())))
    if not _BODY[0] <= float(outline.mean()) <= _BODY[1]:
        return None
    cover = cv2.GaussianBlur(outline.astype(np.float32), (3, 3), 0.6).astype(np.float32)
    return Cutout(around[inner].copy(), cover)


def _body(differs: Mask) -> Mask:
    """The largest connected part, its holes filled."""
    closed = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    if count < 2:
        return np.zeros_like(differs)
    largest = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    contours, _ = cv2.findContours(
        largest.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    filled = np.zeros(differs.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled.astype(np.bool_)


def _inside(image: Image, boxes: Boxes, share: float) -> Mask:
    """(n,) whether at least this fraction of each box is in the image."""
    whole = np.array([[0.0, 0.0, image.shape[1], image.shape[0]]])
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-6)
    return np.asarray(intersection_areas(boxes, whole)[:, 0] >= share * area)


def _free(image: Image, boxes: Boxes, people: Mask) -> NDArray[np.intp]:
    """Rows of the people who are whole in the image and touch nobody."""
    sides = boxes[:, 2:] - boxes[:, :2]
    rim = np.maximum(2.0, _RIM * sides[:, :1])
    wide = np.column_stack([boxes[:, :2] - rim, boxes[:, 2:] + rim])
    touched = intersection_areas(wide, boxes) > 0
    np.fill_diagonal(touched, False)
    upright = (sides[:, 1] > 1.3 * sides[:, 0]) & (sides.min(1) >= _MIN_SIDE)
    return np.flatnonzero(people & upright & _inside(image, boxes, 0.999) & ~touched.any(1))


def _chosen(
    image: Image,
    boxes: Boxes,
    free: NDArray[np.intp],
    height: float,
    max_scaling: float,
    rng: np.random.Generator,
) -> tuple[int, Cutout | None]:
    """One of the free people who can be cut out and are not far from this height."""
    heights = boxes[free, 3] - boxes[free, 1]
    near = free[(heights < height * max_scaling) & (heights > height / max_scaling)]
    for row in rng.permutation(near)[:_MOST_TRIES].tolist():
        cut = cut_out(image, boxes[row])
        if cut is not None:
            return row, cut
    return -1, None


def _place(
    host: NDArray[np.float64],
    cut: Cutout,
    height: float,
    config: PasteConfig,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """A box of whole pixels for a cutout, before or beside ``host``."""
    tall = height * rng.uniform(0.9, 1.12)
    wide = tall * cut.cover.shape[1] / cut.cover.shape[0]
    reach = (wide + host[2] - host[0]) / 2
    middle = (host[0] + host[2]) / 2 + rng.choice([-1, 1]) * reach * rng.uniform(*config.distance)
    foot = host[3] + height * rng.uniform(-0.06, 0.12)
    return np.rint([middle - wide / 2, foot - tall, middle + wide / 2, foot])


def _paint(
    image: Image, cut: Cutout, place: NDArray[np.float64], boxes: Boxes
) -> NDArray[np.float64]:
    """Draws a cutout into a box; returns which fraction of each of ``boxes`` it hides."""
    x1, y1, x2, y2 = (int(side) for side in place)
    size = (max(1, x2 - x1), max(1, y2 - y1))
    shrinks = size[1] < cut.cover.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    pixels = cv2.resize(cut.pixels, size, interpolation=method)
    cover = cv2.resize(cut.cover, size, interpolation=method)
    left, top = max(0, x1), max(0, y1)
    right, bottom = min(image.shape[1], x2), min(image.shape[0], y2)
    if right <= left or bottom <= top:
        return np.zeros(len(boxes))
    pixels = pixels[top - y1 : bottom - y1, left - x1 : right - x1]
    cover = cover[top - y1 : bottom - y1, left - x1 : right - x1, None]
    under = image[top:bottom, left:right]
    under[:] = np.rint(under + cover * (pixels.astype(np.float32) - under)).astype(np.uint8)
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-6)
    # The outline fills about its mean cover of whatever part of the box it shares.
    shared: NDArray[np.float64] = intersection_areas(boxes, place[None])[:, 0] / area
    return shared * float(cut.cover.mean())
