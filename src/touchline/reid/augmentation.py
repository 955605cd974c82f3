"""Random augmentation of crops for training, determined by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from touchline.reid import distortions
from touchline.reid.augmentation_config import AugmentationConfig, Group
from touchline.types import Image

_GROUPS: tuple[Group, ...] = get_args(Group)
_DRAWS = 5
"""Random numbers per group: whether to apply it, and up to four of how."""

_SHUFFLES = [np.eye(3)[list(order)] for order in permutations(range(3))][1:]
"""The five permutations of three channels."""

_MAX_ASPECT = 1 / 0.3
"""Range of the aspect ratio, either way, of the erased rectangle."""

_BEST_JPEG = 95

_KERNEL_SIGMAS = (0.1, 2.0)
"""Pixels of the Gaussian in a kernel of fixed size, as in torchvision."""


class Chance:
    """Random numbers of one crop: a row for each group, fixed by ``seed``.

    A group switched off leaves the numbers of others as they were, so that runs with and without
    it differ in nothing else.
    """

    def __init__(self, config: AugmentationConfig, seed: Sequence[int]) -> None:
        self._random = np.random.default_rng(seed)
        self._rows = self._random.random((len(_GROUPS), _DRAWS)).tolist()
        self._probability = {name: getattr(config, name).probability for name in config.groups}

    def of(self, group: Group) -> list[float] | None:
        """Four numbers of 0..1, or None where this group leaves this crop as it is."""
        whether, *how = self._rows[_GROUPS.index(group)]
        return how if whether < self._probability.get(group, 0.0) else None

    def noise(self, height: int, width: int) -> NDArray[np.float32]:
        """(height, width, 3) independent numbers, normal with mean 0 and deviation 1."""
        return self._random.standard_normal((height, width, 3), np.float32)


class Augmentation:
    """The changes of a configuration, in two halves around the resizing to the network's size.

    mean, spread: BGR colour 0..255 and its deviation that erased parts are filled with, those
    that the network's input is normalised by. Images are BGR uint8 and are never written to.
    """

    def __init__(
        self,
        config: AugmentationConfig,
        mean: tuple[float, float, float],
        spread: tuple[float, float, float],
    ) -> None:
        self.config = config
        self._mean = np.array(mean, np.float32)
        self._spread = np.array(spread, np.float32)

    def chance(self, seed: Sequence[int]) -> Chance:
        """The random numbers of one crop; pass the same to both halves."""
        return Chance(self.config, seed)

    def jitter_colours(self, crop: Image, chance: Chance) -> Image:
        """A crop of any size with changed colours and lower quality, perhaps of fewer pixels.

        Before the resizing, for that is where cameras and codecs act, and there are fewer pixels.
        """
        if chance.of("flip"):
            crop = distortions.mirror(crop)
        if draw := chance.of("hue"):
            reach = self.config.hue.max_degrees
            crop = distortions.turn_hue(crop, _between(-reach, reach, draw[0]))
        crop = self._change_colours(crop, chance)
        if draw := chance.of("gamma"):
            gamma = self.config.gamma
            high = float(np.log(gamma.max_gamma))
            low = -high if gamma.min_gamma is None else float(np.log(gamma.min_gamma))
            crop = distortions.bend_tones(crop, float(np.exp(_between(low, high, draw[0]))))
        if draw := chance.of("blur"):
            crop = self._blur(crop, draw)
        if draw := chance.of("quality"):
            settings = self.config.quality
            crop = distortions.shrink(crop, _between(1.0, settings.max_shrink, draw[0]))
            best = max(_BEST_JPEG, settings.min_jpeg)
            crop = distortions.compress(crop, round(_between(settings.min_jpeg, best, draw[1])))
        return crop

    def change_frame(self, image: Image, chance: Chance) -> Image:
        """An image of the network's size, shifted, blurred by a kernel, partly erased."""
        if draw := chance.of("crop"):
            pad = self.config.crop.pad
            right, down = (int(number * (2 * pad + 1)) - pad for number in draw[:2])
            image = distortions.shift(image, right, down)
        blur = self.config.blur
        if blur.kernel and (draw := chance.of("blur")) and draw[0] >= blur.motion:
            sigma = _between(*_KERNEL_SIGMAS, draw[1])
            image = distortions.defocus(image, sigma, blur.kernel)
        if draw := chance.of("erase"):
            image = self._erase(image, draw, chance)
        return image

    def _change_colours(self, crop: Image, chance: Chance) -> Image:
        """Shuffle, colour and grey in one pass: each is a matrix, and nothing clips between."""
        matrix, offset = np.eye(3), np.zeros(3)
        if draw := chance.of("shuffle"):
            order = _SHUFFLES[int(draw[0] * len(_SHUFFLES))]
            matrix += self.config.shuffle.strength * (order - matrix)
        if draw := chance.of("colour"):
            settings = self.config.colour
            reaches = (settings.brightness, settings.contrast, settings.saturation)
            brightness, contrast, saturation = (
                1.0 + _between(-reach, reach, number)
                for reach, number in zip(reaches, draw[:3], strict=True)
            )
            level = distortions.LUMINANCE @ matrix @ distortions.mean_colour(crop)
            matrix = brightness * contrast * _saturate(saturation) @ matrix
            offset += brightness * (1.0 - contrast) * level
        if chance.of("grey"):
            fade = _saturate(1.0 - self.config.grey.strength)
            matrix = fade @ matrix  # equal offsets of the channels stay what they are
        if np.array_equal(matrix, np.eye(3)) and not offset.any():
            return crop
        return distortions.mix_channels(crop, matrix, offset)

    def _blur(self, crop: Image, draw: list[float]) -> Image:
        settings, height = self.config.blur, crop.shape[0]
        if draw[0] < settings.motion:
            length = draw[1] * settings.max_length * height
            return distortions.smear(crop, length, draw[2] * float(np.pi))
        if settings.kernel:  # is for the network's image
            return crop
        return distortions.defocus(crop, draw[1] * settings.max_sigma * height)

    def _erase(self, image: Image, draw: list[float], chance: Chance) -> Image:
        settings, (height, width) = self.config.erase, image.shape[:2]
        area = _between(settings.min_area, settings.max_area, draw[0]) * height * width
        # Only shapes that fit: no retries, which would need more numbers.
        lowest = max(1 / _MAX_ASPECT, area / width**2)
        highest = max(lowest, min(_MAX_ASPECT, height**2 / area))
        aspect = float(np.exp(_between(float(np.log(lowest)), float(np.log(highest)), draw[1])))
        rows = min(height, max(1, round((area * aspect) ** 0.5)))
        columns = min(width, max(1, round((area / aspect) ** 0.5)))
        top, left = int(draw[2] * (height - rows + 1)), int(draw[3] * (width - columns + 1))
        paint = self._mean
        if settings.fill == "noise":
            paint = paint + self._spread * chance.noise(rows, columns)
        erased = image.copy()
        erased[top : top + rows, left : left + columns] = np.rint(paint).clip(0, 255)
        return erased


def _between(low: float, high: float, number: float) -> float:
    return low + (high - low) * number


def _saturate(factor: float) -> NDArray[np.float64]:
    """The matrix that scales every pixel's distance from its own grey."""
    return factor * np.eye(3) + (1.0 - factor) * distortions.LUMINANCE
