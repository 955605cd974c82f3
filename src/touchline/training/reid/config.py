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

    epochs: int = Field(60, ge=0, description="number of epochs; 0 leaves the stage out")
    learning_rate: float = Field(1e-5, gt=0, description="highest learning rate")
    schedule: Literal["cosine", "steps"] = Field("steps", description="how the learning rate falls")
    min_learning_rate: float = Field(0.0, ge=0, description="lowest learning rate")
    steps: tuple[int, ...] = Field(
        (30, 50), description="epochs at which the learning rate falls, with schedule steps"
    )
    step_factor: float = Field(
        0.1, gt=0, le=1, description="factor by which it falls at each of them"
    )
    warmup_epochs: int = Field(10, ge=0, description="number of warm-up epochs")
    warmup_start: float = Field(
        0.1, ge=0, le=1, description="fraction of the learning rate at which the warm-up begins"
    )
    weight_decay: float = Field(
        1e-4, ge=0, description="weight decay of all parameters, as L2 in Adam"
    )
    bias_rate_factor: float = Field(
        2.0, gt=0, description="learning rate of biases, relative to that of the other parameters"
    )
    max_gradient_norm: float = Field(
        10.0, ge=0, description="gradients are clipped to this norm; 0: never"
    )

    @model_validator(mode="after")
    def _check(self) -> OptimiserConfig:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError(f"steps {list(self.steps)} must rise")
        if self.min_learning_rate > self.learning_rate:
            raise ValueError(f"min_learning_rate is above learning_rate {self.learning_rate}")
        return self


class PromptStageConfig(OptimiserConfig):
    """First stage, CLIP only: words for each identity, with both encoders frozen."""

    epochs: int = Field(120, ge=0, description="number of epochs; 0 leaves the stage out")
    learning_rate: float = Field(3.5e-4, gt=0, description="highest learning rate")
    schedule: Literal["cosine", "steps"] = Field(
        "cosine", description="how the learning rate falls"
    )
    min_learning_rate: float = Field(1e-6, ge=0, description="lowest learning rate")
    warmup_epochs: int = Field(5, ge=0, description="number of warm-up epochs")
    warmup_start: float = Field(
        1 / 35, ge=0, le=1, description="fraction of the learning rate at which the warm-up begins"
    )
    bias_rate_factor: float = Field(1.0, gt=0, description="no effect: this stage has no biases")
    batch_size: int = Field(64, ge=2, description="crops per batch of each process")


class ImageStageConfig(OptimiserConfig):
    """Second stage: the image encoder. For OSNet it is the only one."""

    epochs: int = Field(60, ge=1, description="number of epochs")
    identities_per_batch: int = Field(16, ge=2, description="people per batch of each process")
    crops_per_identity: int = Field(4, ge=2, description="crops of each person in a batch")
    epoch_end: Literal["every_crop", "no_full_batch"] = Field(
        "every_crop",
        description="when an epoch of the match-aware sampler ends: once every crop was drawn, or "
        "once no full batch of new crops is left, as in the original project",
    )
    identity_weight: float = Field(
        0.25, ge=0, description="weight of the softmax loss over identities"
    )
    label_smoothing: float = Field(
        0.1, ge=0, lt=1, description="label smoothing of the two softmax losses"
    )
    triplet_weight: float = Field(1.0, ge=0, description="weight of the batch-hard triplet loss")
    triplet_margin: float = Field(0.3, ge=0, description="margin of the triplet loss")
    image_text_weight: float = Field(
        1.0,
        ge=0,
        description="weight of the softmax loss over the identities' sentences (CLIP only)",
    )


class RulesConfig(ConfigSection):
    """Match-aware rules: clips of one match show the same people under different ids."""

    sampler: bool = Field(
        True,
        description="no batch holds two clips of one match; false: any people, as CLIP-ReID does",
    )
    losses: bool = Field(
        True, description="no loss counts people of another clip of the match as negatives"
    )


class ValidationConfig(ConfigSection):
    """How the best epoch is found: by mAP on people that are not trained on."""

    every: int = Field(1, ge=0, description="validate after every so many epochs; 0: never")
    match: str = Field(
        "",
        description="match to hold out of training for it, where the data has no query and "
        "gallery; empty: one drawn at random",
    )
    patience: int = Field(
        0, ge=0, description="end a stage after this many validations without a new best; 0: never"
    )
    batch_size: int = Field(64, ge=1, description="crops per batch")


class TrainConfig(ConfigSection):
    """All settings that affect what is learned; those not given follow from the preset."""

    preset: Literal["clip_reid", "osnet", "stripes"] = Field(
        "clip_reid", description="kind of network; the checkpoint decides it"
    )
    seed: int = Field(0, ge=0, description="random seed")
    stride: int | None = Field(
        None, ge=1, description="stride of CLIP's patches, 16 or 12; null: that of the checkpoint"
    )
    resize: Literal["bilinear", "bicubic"] | None = Field(
        None,
        description="how crops are resized, here and in tracking; null: as the checkpoint says",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="numeric precision; auto: bf16 on GPUs that have it, else "
        "fp16 on GPUs, fp32 on CPUs",
    )
    workers: int = Field(4, ge=0, description="processes that read crops, per training process")
    cache_megabytes: float = Field(
        1000.0, ge=0, description="decoded crops kept in memory; the others are read in every epoch"
    )
    licence: str = Field(
        "", description="licence of the trained weights; empty: that of the checkpoint"
    )
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
