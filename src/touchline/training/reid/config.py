"""Settings of training for re-identification; the defaults are those of CLIP-ReID.

Li, Sun, Li: "CLIP-ReID: Exploiting Vision-Language Model for Image Re-Identification without
Concrete Text Labels", AAAI 2023 (arXiv:2211.13977), with the learning rate of the second stage
that its successor on footballers used. Those of OSNet follow Luo et al.: "Bag of Tricks and A
Strong Baseline for Deep Person Re-identification", CVPR workshops 2019 (arXiv:1903.07071).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from touchline.config import ConfigSection
from touchline.reid.augmentation_config import AugmentationConfig

PRESETS: dict[str, dict[str, Any]] = {
    "clip_reid": {},
    "osnet": {
        "prompts": {"epochs": 0},
        "images": {
            "learning_rate": 3.5e-4,
            "schedule": "cosine",
            "min_learning_rate": 1e-6,
            "warmup_epochs": 5,
            "weight_decay": 5e-4,
            "bias_rate_factor": 1.0,
            "identity_weight": 1.0,
            "image_text_weight": 0.0,
        },
    },
    "stripes": {
        "prompts": {"epochs": 0},
        "images": {
            "epochs": 30,
            "identities_per_batch": 64,
            "crops_per_identity": 2,
            "learning_rate": 1e-3,
            "schedule": "cosine",
            "min_learning_rate": 1e-6,
            "warmup_epochs": 2,
            "weight_decay": 5e-4,
            "bias_rate_factor": 1.0,
            "identity_weight": 0.5,
            "image_text_weight": 0.0,
        },
    },
}
"""Presets: differences from the defaults for each kind of network."""


class OptimiserConfig(ConfigSection):
    """Adam and its learning rate over the epochs of a stage."""

    epochs: int = Field(60, ge=0, description="times all crops are seen; 0 leaves the stage out")
    learning_rate: float = Field(1e-5, gt=0, description="highest rate")
    schedule: Literal["cosine", "steps"] = Field("steps", description="how the rate falls")
    min_learning_rate: float = Field(0.0, ge=0, description="the rate falls to this, not below")
    steps: tuple[int, ...] = Field((30, 50), description="epochs at which the rate falls")
    step_factor: float = Field(0.1, gt=0, le=1, description="to so much of it, at each step")
    warmup_epochs: int = Field(10, ge=0, description="epochs in which the rate rises")
    warmup_start: float = Field(0.1, ge=0, le=1, description="share of the rate to rise from")
    weight_decay: float = Field(1e-4, ge=0, description="of all parameters, as L2 in Adam")
    bias_rate_factor: float = Field(2.0, gt=0, description="rate of biases, in that of the rest")
    max_gradient_norm: float = Field(
        10.0, ge=0, description="longer gradients are shortened to this; 0: never"
    )

    @model_validator(mode="after")
    def _check(self) -> OptimiserConfig:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError(f"steps {list(self.steps)} must rise")
        if self.min_learning_rate > self.learning_rate:
            raise ValueError(f"min_learning_rate is above learning_rate {self.learning_rate}")
        return self


class PromptStageConfig(OptimiserConfig):
    """First stage, CLIP only: words for each identity, while both encoders stand still."""

    epochs: int = Field(120, ge=0, description="times all crops are seen; 0 leaves the stage out")
    learning_rate: float = Field(3.5e-4, gt=0, description="highest rate")
    schedule: Literal["cosine", "steps"] = Field("cosine", description="how the rate falls")
    min_learning_rate: float = Field(1e-6, ge=0, description="the rate falls to this, not below")
    warmup_epochs: int = Field(5, ge=0, description="epochs in which the rate rises")
    warmup_start: float = Field(1 / 35, ge=0, le=1, description="share of the rate to rise from")
    bias_rate_factor: float = Field(1.0, gt=0, description="there are no biases in this stage")
    batch_size: int = Field(64, ge=2, description="crops in a batch of each process")


class ImageStageConfig(OptimiserConfig):
    """Second stage: the image encoder. The only one of OSNet."""

    epochs: int = Field(60, ge=1, description="times all crops are seen")
    identities_per_batch: int = Field(16, ge=2, description="people in a batch of each process")
    crops_per_identity: int = Field(4, ge=2, description="crops of each of them")
    epoch_end: Literal["every_crop", "no_full_batch"] = Field(
        "every_crop",
        description="of the match-aware sampler: when every crop was shown, or when no full batch "
        "of new crops is left, as in the original project",
    )
    identity_weight: float = Field(0.25, ge=0, description="of the softmax over identities")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="in the two softmax losses")
    triplet_weight: float = Field(1.0, ge=0, description="of the batch-hard triplet loss")
    triplet_margin: float = Field(0.3, ge=0, description="of distance, in the triplet loss")
    image_text_weight: float = Field(
        1.0, ge=0, description="of the softmax over the identities' sentences (CLIP only)"
    )


class RulesConfig(ConfigSection):
    """Match-aware rules: clips of one match show the same people under different ids."""

    sampler: bool = Field(
        True, description="no batch holds two clips of one match; no: any people, as CLIP-ReID"
    )
    losses: bool = Field(
        True, description="no loss takes people of another clip of the match for others"
    )


class ValidationConfig(ConfigSection):
    """How the best epoch is found: by mAP on people that are not trained on."""

    every: int = Field(1, ge=0, description="epochs between validations; 0: none")
    match: str = Field(
        "",
        description="match to take out of training for it, where the data has no query and "
        "gallery; empty: one drawn from the seed",
    )
    patience: int = Field(
        0, ge=0, description="end a stage after this many without a new best; 0: never"
    )
    batch_size: int = Field(64, ge=1, description="crops at a time")


class TrainConfig(ConfigSection):
    """All settings that affect what is learned; those not given follow from the preset."""

    preset: Literal["clip_reid", "osnet", "stripes"] = Field(
        "clip_reid", description="kind of network; the checkpoint decides it"
    )
    seed: int = Field(0, ge=0, description="of every random choice")
    stride: int | None = Field(
        None, ge=1, description="of CLIP's patches, 16 or 12; none: the checkpoint's"
    )
    resize: Literal["bilinear", "bicubic"] | None = Field(
        None, description="how crops are stretched, then and in tracking; none: the checkpoint's"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="of the network's arithmetic; auto: bf16 on GPUs that have it, else "
        "fp16 on GPUs, fp32 on CPUs",
    )
    workers: int = Field(4, ge=0, description="processes that read crops, per training process")
    cache_megabytes: float = Field(
        1000.0, ge=0, description="of decoded crops kept in memory; the rest is read each time"
    )
    licence: str = Field("", description="of the weights made; empty: that of the checkpoint")
    prompts: PromptStageConfig = PromptStageConfig()
    images: ImageStageConfig = ImageStageConfig()
    rules: RulesConfig = RulesConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    validation: ValidationConfig = ValidationConfig()

    @model_validator(mode="before")
    @classmethod
    def _follow_preset(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        preset = PRESETS.get(str(values.get("preset", "clip_reid")), {})
        merged = dict(values)
        for part, below in preset.items():
            given = values.get(part)
            if given is None or isinstance(given, Mapping):
                merged[part] = {**below, **(given or {})}
        return merged
