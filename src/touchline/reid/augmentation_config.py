"""Settings for random augmentation of crops in training."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from touchline.config import ConfigSection

Group = Literal[
    "flip", "crop", "colour", "gamma", "blur", "quality", "erase", "grey", "hue", "shuffle"
]
"""One kind of change, named as its part of ``AugmentationConfig``."""

_DEFAULT_GROUPS: tuple[Group, ...] = (
    "flip",
    "crop",
    "colour",
    "gamma",
    "blur",
    "quality",
    "erase",
)
_WIDEST = 31  # pixels of a kernel
_PROBABILITY = "fraction of the crops that are changed in this way"


class FlipConfig(ConfigSection):
    """Mirrored left to right."""

    probability: float = Field(0.5, ge=0, le=1, description=_PROBABILITY)


class CropConfig(ConfigSection):
    """Padded with black, then cropped at random: a detector's box is never exact."""

    probability: float = Field(1.0, ge=0, le=1, description=_PROBABILITY)
    pad: int = Field(10, ge=0, description="padding on each side, in pixels of the network's image")


class ColourConfig(ConfigSection):
    """Brightness, contrast and saturation: 0.2 multiplies by 0.8 to 1.2."""

    probability: float = Field(0.5, ge=0, le=1, description=_PROBABILITY)
    brightness: float = Field(0.2, ge=0, le=1, description="largest change of brightness")
    contrast: float = Field(0.2, ge=0, le=1, description="largest change of contrast")
    saturation: float = Field(0.2, ge=0, le=1, description="largest change of saturation")


class GammaConfig(ConfigSection):
    """Mid-tones made lighter or darker; black and white stay."""

    probability: float = Field(0.3, ge=0, le=1, description=_PROBABILITY)
    min_gamma: float | None = Field(
        None, gt=0, le=1, description="lowest exponent, which lightens; none: 1/max_gamma"
    )
    max_gamma: float = Field(1.4, ge=1, le=4, description="highest exponent, which darkens")


class BlurConfig(ConfigSection):
    """Out of focus, or motion-blurred by a fast camera or player."""

    probability: float = Field(0.2, ge=0, le=1, description=_PROBABILITY)
    motion: float = Field(0.5, ge=0, le=1, description="fraction of those that get motion blur")
    max_sigma: float = Field(
        0.015, ge=0, le=0.1, description="widest Gaussian, in heights of the crop"
    )
    max_length: float = Field(
        0.06, ge=0, le=0.5, description="longest motion blur, in heights of the crop"
    )
    kernel: tuple[int, int] | None = Field(
        None,
        description="width and height, as 3, 5, of a Gaussian of 0.1 to 2 pixels on the network's "
        "image, as torchvision has it, in place of max_sigma; none: on the crop, by max_sigma",
    )

    @field_validator("kernel")
    @classmethod
    def _kernel_has_a_middle(cls, kernel: tuple[int, int] | None) -> tuple[int, int] | None:
        if kernel is not None and not all(0 < side <= _WIDEST and side % 2 for side in kernel):
            raise ValueError(f"kernel {list(kernel)}: both must be odd, 1 to {_WIDEST}")
        return kernel


class QualityConfig(ConfigSection):
    """Lower resolution, as of somebody farther away, and JPEG artefacts."""

    probability: float = Field(0.2, ge=0, le=1, description=_PROBABILITY)
    max_shrink: float = Field(
        2.0, ge=1, le=16, description="largest factor by which height and width shrink"
    )
    min_jpeg: int = Field(30, ge=1, le=100, description="lowest JPEG quality")


class EraseConfig(ConfigSection):
    """A rectangle painted over (Zhong et al., 2020), as somebody in front would."""

    probability: float = Field(0.5, ge=0, le=1, description=_PROBABILITY)
    min_area: float = Field(0.02, gt=0, le=1, description="smallest fraction of the image")
    max_area: float = Field(0.33, gt=0, le=1, description="largest fraction of the image")
    fill: Literal["noise", "mean"] = Field(
        "noise", description="noise around the mean colour, as CLIP-ReID has it, or that colour"
    )

    @model_validator(mode="after")
    def _areas_are_ordered(self) -> Self:
        if self.min_area > self.max_area:
            raise ValueError(f"min_area {self.min_area} is above max_area {self.max_area}")
        return self


class GreyConfig(ConfigSection):
    """Colour taken away, so that a shirt's colour is not all that is learned."""

    probability: float = Field(0.1, ge=0, le=1, description=_PROBABILITY)
    strength: float = Field(1.0, ge=0, le=1, description="fraction of the colour taken away")


class HueConfig(ConfigSection):
    """All hues rotated by one angle: another kit."""

    probability: float = Field(0.2, ge=0, le=1, description=_PROBABILITY)
    max_degrees: float = Field(
        180.0,
        ge=0,
        le=180,
        description="largest rotation, either way; 180 is any hue, 18 is torchvision's 0.05",
    )


class ShuffleConfig(ConfigSection):
    """Colour channels permuted: another kit under another light."""

    probability: float = Field(0.2, ge=0, le=1, description=_PROBABILITY)
    strength: float = Field(
        1.0, ge=0, le=1, description="weight of the permuted image; the original has the rest"
    )


class AugmentationConfig(ConfigSection):
    """Which augmentations are applied, how often and how strongly."""

    groups: tuple[Group, ...] = Field(
        _DEFAULT_GROUPS,
        description="the changes made, of flip, crop, colour, gamma, blur, quality, erase and, "
        "against relying on the colour of shirts, grey, hue, shuffle; their order has no effect",
    )
    flip: FlipConfig = FlipConfig()
    crop: CropConfig = CropConfig()
    colour: ColourConfig = ColourConfig()
    gamma: GammaConfig = GammaConfig()
    blur: BlurConfig = BlurConfig()
    quality: QualityConfig = QualityConfig()
    erase: EraseConfig = EraseConfig()
    grey: GreyConfig = GreyConfig()
    hue: HueConfig = HueConfig()
    shuffle: ShuffleConfig = ShuffleConfig()

    @field_validator("groups")
    @classmethod
    def _each_group_once(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        if len(set(groups)) < len(groups):
            raise ValueError(f"a group is named twice in {', '.join(groups)}")
        return groups
