"""Convert BGR images to a detector's input, and its boxes back to image pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.types import Image

Fit = Literal["stretch", "centre", "corner"]
"""How an image fills the network's canvas: stretched, or with its proportions, padded around
(``centre``) or to the right and below (``corner``)."""

PAD_GREY = 114
"""Padding value that YOLO networks are trained with."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """A network's input values: ``(pixel / 255 - mean) / std`` in this channel order."""

    colour: Literal["rgb", "bgr"] = "rgb"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


UNIT_RGB = PixelFormat()
IMAGENET_RGB = PixelFormat("rgb", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
BYTE_BGR = PixelFormat("bgr", std=(1 / 255, 1 / 255, 1 / 255))


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image lies on the canvas: ``width`` x ``height`` pixels from (``left``, ``top``).

    scale_x, scale_y: canvas pixels an image pixel; they differ by rounding, or when stretched.
    """

    left: int
    top: int
    width: int
    height: int
    scale_x: float
    scale_y: float

    def to_canvas(self, boxes: Boxes) -> Boxes:
        """Boxes in image pixels as boxes on the canvas, both (N, 4) corners."""
        return boxes * self._scales() + self._offsets()

    def to_image(self, boxes: Boxes) -> Boxes:
        """Boxes on the canvas as boxes in image pixels, both (N, 4) corners."""
        return (boxes - self._offsets()) / self._scales()

    def _scales(self) -> NDArray[np.float64]:
        return np.array([self.scale_x, self.scale_y] * 2)

    def _offsets(self) -> NDArray[np.float64]:
        return np.array([self.left, self.top] * 2, np.float64)


def place(image_size: tuple[int, int], canvas: tuple[int, int], fit: Fit) -> Placement:
    """Where an image of (width, height) goes on a canvas of (width, height)."""
    if fit == "stretch":
        width, height = canvas
    else:
        scale = min(canvas[0] / image_size[0], canvas[1] / image_size[1])
        width = max(1, min(canvas[0], round(image_size[0] * scale)))
        height = max(1, min(canvas[1], round(image_size[1] * scale)))
    # Half a pixel of padding goes right and below, as YOLO's own letterbox does.
    left = (canvas[0] - width) // 2 if fit == "centre" else 0
    top = (canvas[1] - height) // 2 if fit == "centre" else 0
    return Placement(left, top, width, height, width / image_size[0], height / image_size[1])


def to_network(
    images: Sequence[Image],
    canvas: tuple[int, int],
    fit: Fit,
    pixels: PixelFormat,
) -> tuple[NDArray[np.float32], list[Placement]]:
    """(N, 3, height, width) float32 for a canvas of (width, height), and where each image lies.

    Bilinear, whichever way an image is scaled: detectors are trained with it.
    """
    batch = np.empty((len(images), 3, canvas[1], canvas[0]), np.float32)
    placements = []
    for planes, image in zip(batch, images, strict=True):
        placement = place((image.shape[1], image.shape[0]), canvas, fit)
        _write(planes, image, placement, pixels)
        placements.append(placement)
    return batch, placements


def _write(
    planes: NDArray[np.float32], image: Image, placement: Placement, pixels: PixelFormat
) -> None:
    size = (placement.width, placement.height)
    if size != (image.shape[1], image.shape[0]):
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    channels = cv2.split(image)
    ordered = channels if pixels.colour == "bgr" else channels[::-1]
    top, bottom = placement.top, placement.top + placement.height
    left, right = placement.left, placement.left + placement.width
    for plane, channel, mean, std in zip(planes, ordered, pixels.mean, pixels.std, strict=True):
        scale, shift = np.float32(1.0 / (255.0 * std)), np.float32(mean / std)
        grey = PAD_GREY * scale - shift
        plane[:top] = plane[bottom:] = grey
        plane[top:bottom, :left] = plane[top:bottom, right:] = grey
        inside = plane[top:bottom, left:right]
        np.multiply(channel, scale, out=inside)
        if shift:
            inside -= shift


def input_canvas(
    image_size: tuple[int, int],
    wanted: int | tuple[int, int],
    fixed: tuple[int | None, int | None],
    stride: int,
    fit: Fit,
) -> tuple[int, int]:
    """The canvas (width, height) for an image of (width, height), in multiples of ``stride``.

    wanted: (width, height), or the longer side: the other then follows the image, so that
    1280 x 720 at 640 becomes 640 x 384; a stretching network gets a square. fixed: what the graph
    prescribes, None where free.
    """
    if isinstance(wanted, tuple):
        sides: tuple[float, float] = wanted
    elif fit == "stretch":
        sides = (wanted, wanted)
    else:
        scale = wanted / max(image_size)
        sides = (round(image_size[0] * scale), round(image_size[1] * scale))
    width, height = (max(stride, math.ceil(side / stride) * stride) for side in sides)
    return fixed[0] or width, fixed[1] or height
