"""Settings for random augmentation of images when training a detector."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from touchline.config import ConfigSection

_PROBABILITY = "fraction of the views that are changed in this way"


class ViewConfig(ConfigSection):
    """Scale and position of the part of an image that the network sees.

    Scale 1 shows an image as the detector will: its longer side ``reference_side`` pixels long.
    """

    reference_side: int = Field(
        1280, ge=32, description="longer side of images when the detector is used, in pixels"
    )
    min_scale: float = Field(0.3, gt=0, le=1, description="smallest scale")
    max_scale: float = Field(
        6.0, ge=1, le=20, description="largest scale; beyond it views are blurred"
    )
    by_height: float = Field(
        0.5, ge=0, le=1, description="fraction of views scaled so that people have a random height"
    )
    min_height: float = Field(15.0, gt=0, description="least random height of people, in pixels")
    max_height: float = Field(
        350.0, gt=0, description="greatest random height of people, in pixels"
    )
    min_jitter: float = Field(0.4, gt=0, description="least scale of the other views")
    max_jitter: float = Field(1.6, gt=0, description="largest scale of the other views")
    max_stretch: float = Field(
        1.1, ge=1, le=2, description="largest stretch of width against height, either way"
    )
    aim: float = Field(
        0.7, ge=0, le=1, description="fraction of views that are placed to show an object"
    )

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> Self:
        for low, high in (("min_height", "max_height"), ("min_jitter", "max_jitter")):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} {getattr(self, low)} is above {high}")
        return self


class BoxConfig(ConfigSection):
    """Which boxes cut by a view's border still count."""

    min_visible: float = Field(
        0.25, ge=0, le=1, description="least fraction of a box's area inside the view"
    )
    min_side: float = Field(2.0, ge=0, description="shortest side of a box, in pixels")
    min_person: float = Field(
        0.0, ge=0, description="people of fewer pixels in height are left out of the loss"
    )


class MosaicConfig(ConfigSection):
    """Four views in one image (Bochkovskiy et al., 2020): more objects, more backgrounds."""

    probability: float = Field(0.5, ge=0, le=1, description="fraction of images made of four views")
    min_share: float = Field(
        0.3, gt=0, le=0.5, description="least fraction of width and height that a view gets"
    )


class PasteConfig(ConfigSection):
    """People cut out of the image and pasted in front of others."""

    probability: float = Field(0.0, ge=0, le=1, description=_PROBABILITY)
    most: int = Field(4, ge=1, le=50, description="most people pasted into a view")
    distance: tuple[float, float] = Field(
        (0.15, 0.95),
        description="least and greatest distance from whom they are put before; 0: the same "
        "place, 1: the boxes touch",
    )
    max_scaling: float = Field(
        1.6, ge=1, le=5, description="largest factor by which a cut-out person changes size"
    )
    max_hidden: float = Field(
        0.5, ge=0, le=1, description="fraction of a box that may be hidden; beyond it is ignored"
    )

    @model_validator(mode="after")
    def _distances_are_ordered(self) -> Self:
        if not 0 <= self.distance[0] <= self.distance[1] <= 2:
            raise ValueError(f"distance {list(self.distance)} must rise, within 0 to 2")
        return self


class ImageFlipConfig(ConfigSection):
    """Mirrored left to right."""

    probability: float = Field(0.5, ge=0, le=1, description=_PROBABILITY)


class ImageColourConfig(ConfigSection):
    """Light and colour: 0.3 multiplies by 0.7 to 1.3."""

    probability: float = Field(0.8, ge=0, le=1, description=_PROBABILITY)
    brightness: float = Field(0.25, ge=0, lt=1, description="largest change of brightness")
    contrast: float = Field(0.25, ge=0, lt=1, description="largest change of contrast")
    saturation: float = Field(0.6, ge=0, le=1, description="largest change of saturation")
    max_gamma: float = Field(
        1.4, ge=1, le=4, description="largest exponent; the smallest is its inverse"
    )
    max_hue: float = Field(
        15.0, ge=0, le=180, description="largest rotation of hues in degrees, either way"
    )


class ImageShuffleConfig(ConfigSection):
    """Colour channels permuted: kits and grass of any colour."""

    probability: float = Field(0.03, ge=0, le=1, description=_PROBABILITY)


class ImageBlurConfig(ConfigSection):
    """Out of focus, or motion-blurred by a moving camera."""

    probability: float = Field(0.2, ge=0, le=1, description=_PROBABILITY)
    motion: float = Field(0.5, ge=0, le=1, description="fraction of those that get motion blur")
    max_sigma: float = Field(1.8, ge=0, le=10, description="widest Gaussian, in pixels")
    max_length: float = Field(9.0, ge=0, le=50, description="longest smear, in pixels")


class ImageNoiseConfig(ConfigSection):
    """Independent noise of every pixel, as from sensors in low light."""

    probability: float = Field(0.15, ge=0, le=1, description=_PROBABILITY)
    max_sigma: float = Field(10.0, ge=0, le=100, description="largest standard deviation, of 255")


class ImageQualityConfig(ConfigSection):
    """Downscaled, compressed and scaled back up: a small or old video."""

    probability: float = Field(0.35, ge=0, le=1, description=_PROBABILITY)
    max_shrink: float = Field(2.5, ge=1, le=8, description="largest factor of downscaling")
    min_jpeg: int = Field(20, ge=1, le=100, description="lowest JPEG quality")
    max_jpeg: int = Field(90, ge=1, le=100, description="best JPEG quality")

    @model_validator(mode="after")
    def _qualities_are_ordered(self) -> Self:
        if self.min_jpeg > self.max_jpeg:
            raise ValueError(f"min_jpeg {self.min_jpeg} is above max_jpeg {self.max_jpeg}")
        return self


class ImageAugmentationConfig(ConfigSection):
    """Views and photometric changes of training images."""

    view: ViewConfig = ViewConfig()
    boxes: BoxConfig = BoxConfig()
    mosaic: MosaicConfig = MosaicConfig()
    paste: PasteConfig = PasteConfig()
    flip: ImageFlipConfig = ImageFlipConfig()
    colour: ImageColourConfig = ImageColourConfig()
    shuffle: ImageShuffleConfig = ImageShuffleConfig()
    blur: ImageBlurConfig = ImageBlurConfig()
    noise: ImageNoiseConfig = ImageNoiseConfig()
    quality: ImageQualityConfig = ImageQualityConfig()
