"""Settings for training a detector."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from touchline.config import ConfigSection
from touchline.detection.augmentation_config import ImageAugmentationConfig

NetworkKind = Literal["yolox-nano", "nanodet-g"]


class NetworkConfig(ConfigSection):
    """Kind and size of the network, and its activation."""

    kind: NetworkKind | None = Field(
        None,
        description="yolox-nano or nanodet-g, which has four times the weights and takes several "
        "times as long; none: that of the checkpoint, yolox-nano without one. The other settings "
        "of network are for yolox-nano",
    )
    activation: Literal["relu", "silu"] | None = Field(
        None,
        description="activation after each convolution, relu or silu; none: that of the "
        "checkpoint, silu without one. With relu the network runs 1.4 times as fast, but COCO's "
        "weights know silu",
    )
    head_channels: int = Field(64, ge=8, le=1024, description="channels in the heads")
    head_blocks: int = Field(2, ge=1, le=16, description="convolutions in each branch of a head")
    fine_head_blocks: int = Field(
        2, ge=1, le=16, description="the same for the head of stride 8, which has most of the cells"
    )


Size = tuple[int, int]


class DetectorDataConfig(ConfigSection):
    """Which images are trained on, and with which classes."""

    classes: tuple[str, ...] = Field(
        (), description="names of the classes to learn; empty: all that the data names"
    )
    renamed: dict[str, str] = Field(
        {}, description="classes of the data that count as another, for example {person: player}"
    )
    ignored: tuple[str, ...] = Field(
        ("ignore",),
        description="classes of the data whose boxes are left out of the loss: parts of images "
        "that nobody labelled",
    )
    match_pattern: str = Field(
        r"^([^_]+)",
        description="regular expression; its first group in an image's name is the match",
    )
    left_out: tuple[str, ...] = Field(
        (), description="matches kept out of training and validation, to test on afterwards"
    )
    shares: tuple[float, ...] = Field(
        (),
        description="fraction of the samples from each --data folder; empty: by number of images",
    )

    @model_validator(mode="after")
    def _check(self) -> DetectorDataConfig:
        if self.shares and (min(self.shares) < 0 or sum(self.shares) <= 0):
            raise ValueError(f"shares {list(self.shares)} must be positive numbers")
        return self


class ScheduleConfig(ConfigSection):
    """Length of the training, batches and learning rate."""

    epochs: int = Field(
        30, ge=1, description="number of epochs; each ends with a checkpoint and a validation"
    )
    samples_per_epoch: int = Field(800, ge=1, description="augmented images in an epoch")
    batch_size: int = Field(12, ge=1, description="images in a batch")
    sizes: tuple[Size, ...] = Field(
        ((640, 384), (576, 352), (512, 320)),
        min_length=1,
        description="width x height of the samples; each batch draws one",
    )
    learning_rate: float = Field(1e-3, gt=0, description="highest learning rate")
    final_rate: float = Field(
        0.03, ge=0, le=1, description="fraction of the learning rate that is left at the end"
    )
    rarity: float = Field(
        0.5,
        ge=0,
        le=1,
        description="rare classes count more in the class loss, by the frequency of the commonest "
        "class over theirs to this power",
    )
    warmup: float = Field(
        0.03, ge=0, le=1, description="fraction of all steps in which the learning rate rises"
    )
    weight_decay: float = Field(
        0.02, ge=0, description="weight decay of the convolutions, as in AdamW"
    )
    max_gradient_norm: float = Field(
        20.0, ge=0, description="gradients are clipped to this norm; 0: never"
    )
    average_decay: float = Field(
        0.998,
        ge=0,
        lt=1,
        description="decay of the running mean of the weights, which is what is saved",
    )
    learned: Literal["all", "classes"] = Field(
        "all",
        description="what is trained; classes: only the branches that tell classes apart, so that "
        "boxes and objectness stay as they are",
    )
    held_stages: int = Field(
        0,
        ge=0,
        le=5,
        description="first stages of the backbone, of 5, that keep the weights they have",
    )
    hold_normalisation: bool = Field(
        False, description="keep the mean and variance of all normalisations as they are"
    )
    hardening: float = Field(
        0.15,
        ge=0,
        le=1,
        description="fraction of all steps in which SiLU becomes ReLU, if the checkpoint had SiLU",
    )
    exact: float = Field(
        0.15,
        ge=0,
        le=1,
        description="fraction of all steps, the last ones, without mosaics and with an L1 loss",
    )

    @model_validator(mode="after")
    def _check(self) -> ScheduleConfig:
        for size in self.sizes:
            if any(side < 64 or side % 32 for side in size):
                raise ValueError(f"size {size[0]} x {size[1]}: both must be multiples of 32")
        return self


class DetectorValidationConfig(ConfigSection):
    """How the best epoch is found: by AP on matches that are not trained on."""

    every: int = Field(1, ge=0, description="validate after every so many epochs; 0: never")
    matches: tuple[str, ...] = Field(
        (), description="matches to hold out of training for it; empty: one drawn at random"
    )
    size: int = Field(1280, ge=32, description="longer side of the images")
    most_images: int = Field(100, ge=1, description="most images to validate on, evenly picked")
    people: tuple[str, ...] = Field(
        ("player", "goalkeeper", "referee", "person"),
        description="classes that count as one for the AP of people",
    )


class DetectorTrainConfig(ConfigSection):
    """All settings that affect what is learned."""

    seed: int = Field(0, ge=0, description="random seed")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="numeric precision; auto: bf16 on GPUs that have it, else fp16 on GPUs, fp32 "
        "on CPUs. bf16 is 1.5 times as fast on CPUs that have it (avx512_bf16)",
    )
    workers: int = Field(
        1, ge=0, description="processes that make samples; 0: the training process itself"
    )
    cache_megabytes: int = Field(
        2000, ge=0, description="decoded images kept in memory by each of these processes"
    )
    person_height: float | None = Field(
        64.0,
        ge=4,
        description="height of people, in pixels of the input, that suits the network: "
        "detector.size=auto brings people to it; none: images keep the size of validation.size",
    )
    licence: str = Field("", description="licence of the trained weights")
    attribution: str = Field(
        "", description="attribution of data and checkpoint, for the model's metadata"
    )
    network: NetworkConfig = NetworkConfig()
    data: DetectorDataConfig = DetectorDataConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    augmentation: ImageAugmentationConfig = ImageAugmentationConfig()
    validation: DetectorValidationConfig = DetectorValidationConfig()
