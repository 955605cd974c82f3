"""From a frame and boxes to an embedder's input: crop, resize, normalise. The only place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import clip_to_image
from touchline.errors import ModelError
from touchline.perception.bicubic import resize_bicubic
from touchline.types import Image

_LARGEST_SIDE = 1 << 12  # of what an embedder sees, in pixels

MIN_CROP_WIDTH = 4
MIN_CROP_HEIGHT = 8
"""Fewer pixels than this inside the image show no person, only colour noise."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

RESIZES = ("bilinear", "bicubic")
"""How crops may be stretched."""


def crop_people(image: Image, boxes: NDArray[np.float64]) -> list[Image]:
    """One crop for each box: views of ``image``, cut at its border.

    boxes: (N, 4) corner pixels. A box that is NaN, lies outside, or has fewer than 4 x 8 pixels
    inside the image gives an empty crop (0, 0, 3), for which embedders answer zeros.
    """
    height, width = image.shape[:2]
    finite = np.asarray(np.isfinite(boxes).all(axis=1))
    corners = np.rint(clip_to_image(np.where(finite[:, None], boxes, 0.0), width, height))
    return [
        image[y1:y2, x1:x2]
        if x2 - x1 >= MIN_CROP_WIDTH and y2 - y1 >= MIN_CROP_HEIGHT
        else image[:0, :0]
        for x1, y1, x2, y2 in corners.astype(np.int64).tolist()
    ]


def usable_crops(crops: Sequence[Image]) -> NDArray[np.intp]:
    """Indices of the non-empty crops."""
    return np.flatnonzero([crop.size > 0 for crop in crops])


@dataclass(frozen=True)
class CropFormat:
    """A network's input format for crops of people. The defaults are those of torchreid.

    A crop is stretched to ``height`` x ``width``, put in the ``colour`` order, scaled to 0..1,
    and then ``mean`` is taken off and the rest divided by ``std``, both in that order. ``resize``
    is ``bilinear``, as torchreid trains, or ``bicubic``, as CLIP-ReID does.
    """

    height: int = 256
    width: int = 128
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    colour: str = "rgb"
    resize: str = "bilinear"

    def __post_init__(self) -> None:
        if not (1 <= self.height <= _LARGEST_SIDE and 1 <= self.width <= _LARGEST_SIDE):
            raise ModelError(f"input_size {self.height}x{self.width} is not an image size")
        if self.colour not in ("rgb", "bgr"):
            raise ModelError(f"colour {self.colour!r} is neither 'rgb' nor 'bgr'")
        if self.resize not in RESIZES:
            raise ModelError(f"resize {self.resize!r} is neither 'bilinear' nor 'bicubic'")
        known = np.isfinite([*self.mean, *self.std]).all()
        if not known or len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ModelError(f"mean {self.mean} and std {self.std} must be 3 numbers, std above 0")

    def batch(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(N, 3, height, width) float32 from BGR crops of any size."""
        pixels = self.resized(crops)
        if self.colour == "rgb":
            pixels = pixels[..., ::-1]
        scale = (1.0 / (255.0 * np.array(self.std))).astype(np.float32)
        shift = (np.array(self.mean) / np.array(self.std)).astype(np.float32)
        planes = np.empty((len(crops), 3, self.height, self.width), np.float32)
        for channel in range(3):
            np.multiply(pixels[..., channel], scale[channel], out=planes[:, channel])
            planes[:, channel] -= shift[channel]
        return planes

    def resized(self, crops: Sequence[Image]) -> NDArray[np.uint8]:
        """(N, height, width, 3) uint8, every BGR crop stretched to the size of the network."""
        if self.resize == "bilinear":
            return resize_crops(crops, self.height, self.width)
        pixels = np.empty((len(crops), self.height, self.width, 3), np.uint8)
        for row, crop in enumerate(crops):
            same = crop.shape[:2] == (self.height, self.width)
            pixels[row] = crop if same else resize_bicubic(crop, self.height, self.width)
        return pixels

    def to_metadata(self) -> dict[str, str]:
        """The texts that an ONNX file carries, as ``input_size: 256x128``."""
        return {
            "input_size": f"{self.height}x{self.width}",
            "mean": ",".join(str(value) for value in self.mean),
            "std": ",".join(str(value) for value in self.std),
            "colour": self.colour,
            "resize": self.resize,
        }

    @classmethod
    def from_metadata(
        cls, metadata: Mapping[str, str], fixed_size: tuple[int | None, int | None] = (None, None)
    ) -> CropFormat:
        """The format a file states; what it leaves out is its graph's fixed size, then torchreid's.

        fixed_size: height and width of the graph's input, None where free. Raises ModelError for
        a text that cannot be read or a stated size that the graph refuses.
        """
        size = metadata.get("input_size")
        height, width = fixed_size[0] or cls.height, fixed_size[1] or cls.width
        try:
            if size is not None:
                height, width = (int(part) for part in size.lower().split("x"))
            means = _three(metadata["mean"]) if "mean" in metadata else cls.mean
            stds = _three(metadata["std"]) if "std" in metadata else cls.std
        except ValueError as error:
            raise ModelError(f"the file's metadata cannot be read: {error}") from None
        if (fixed_size[0] or height, fixed_size[1] or width) != (height, width):
            raise ModelError(f"metadata input_size {size} is not the graph's {fixed_size}")
        colour, resize = (metadata.get(name, getattr(cls, name)) for name in ("colour", "resize"))
        return cls(height, width, means, stds, colour.lower(), resize.lower())


def resize_crops(crops: Sequence[Image], height: int, width: int) -> NDArray[np.uint8]:
    """(N, height, width, 3) uint8, every crop stretched to one size.

    Bilinear, as torchreid trains; a crop that shrinks both ways is averaged over areas, for
    bilinear would skip pixels there.
    """
    pixels = np.empty((len(crops), height, width, 3), np.uint8)
    for row, crop in enumerate(crops):
        shrinks = crop.shape[0] >= height and crop.shape[1] >= width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        cv2.resize(crop, (width, height), dst=pixels[row], interpolation=method)
    return pixels


def _three(text: str) -> tuple[float, float, float]:
    first, second, third = (float(part) for part in text.strip("[]() ").split(","))
    return first, second, third
