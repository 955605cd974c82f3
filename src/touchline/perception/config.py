"""Settings of perception: detectors, embedders, camera motion, shirts, numbers."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_validator

from touchline.config import ConfigSection

CPU_THREADS = "CPU threads; none: one for each core of the machine, or of its container's limit"


class DetectorConfig(ConfigSection):
    """Which objects are detected, at what input size, and which boxes are kept."""

    classes: tuple[str, ...] | dict[str, str] | None = Field(
        default=None,
        description="roles to keep, as [player, ball], or {class name or number: role}; "
        "none: every class whose name implies a role",
    )
    size: int | tuple[int, int] | Literal["auto"] | None = Field(
        default="auto",
        description="network input: longer side, width x height, or auto: as people are tall, if "
        "the model says which height suits it; none: the model's own",
    )
    min_score: float = Field(
        default=0.1, ge=0.0, le=1.0, description="lowest score kept; trackers use low ones too"
    )
    min_ball_score: float = Field(
        default=0.02,
        ge=0.0,
        le=1.0,
        description="the same for the ball: of an image with people the six best below min_score "
        "are kept too, since its path over the clip tells which are one",
    )
    max_overlap: float = Field(
        default=0.55,
        gt=0.0,
        le=1.0,
        description="IoU above which two boxes of one role are one object",
    )
    max_double_overlap: float = Field(
        default=0.55,
        gt=0.0,
        le=1.0,
        description="IoU above which a person under two roles is one person",
    )
    max_detections: int = Field(default=300, ge=1, description="most boxes kept per image")
    tiles: str = Field(
        default="auto",
        description="auto, off, or columns x rows: overlapping parts of large images",
    )
    tile_overlap: float = Field(
        default=0.2, ge=0.0, le=0.5, description="share of a tile that its neighbour covers too"
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        description="most images per run of the network; none: 1 on a CPU, 8 on another device",
    )
    every: int = Field(
        default=1,
        ge=1,
        le=25,
        description="look at every n-th frame only, and at each where people cover each other; "
        "linking fills in the boxes between, a live view and the ball go without",
    )
    crowded_share: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="share of people, covered by others by 0.3, above which every frame is "
        "looked at; 1: never",
    )
    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the network"
    )
    threads: int | None = Field(default=None, ge=1, description=CPU_THREADS)

    @field_validator("classes", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(","))
        if isinstance(value, dict):  # YAML reads {0: player} with a number
            return {str(key): role for key, role in value.items()}
        return value

    @field_validator("classes")
    @classmethod
    def _some_class(cls, value: Any) -> Any:
        if value is not None and not value:
            raise ValueError("name at least one role, or leave it out")
        return value

    @field_validator("size", mode="before")
    @classmethod
    def _width_and_height(cls, value: Any) -> Any:
        if isinstance(value, str) and (found := re.fullmatch(r"(\d+)\s*x\s*(\d+)", value.strip())):
            return int(found[1]), int(found[2])
        return value

    @field_validator("size")
    @classmethod
    def _sensible_size(cls, value: Any) -> Any:
        sides = value if isinstance(value, tuple) else (value,) if isinstance(value, int) else ()
        if any(not 32 <= side <= 8192 for side in sides):
            raise ValueError("sides must be between 32 and 8192")
        return value

    @field_validator("tiles", mode="before")
    @classmethod
    def _off_is_no_truth(cls, value: Any) -> Any:
        return "off" if value is False else value  # YAML reads a bare off as false

    @field_validator("tiles")
    @classmethod
    def _known_tiles(cls, value: str) -> str:
        if value in ("auto", "off"):
            return value
        found = re.fullmatch(r"([1-9]\d?)\s*x\s*([1-9]\d?)", value.strip())
        if found is None:
            raise ValueError("give auto, off, or columns x rows as in 3x2")
        return f"{found[1]}x{found[2]}"


class CameraConfig(ConfigSection):
    """How the motion between two frames is measured. Pixels are those of the reduced image."""

    enabled: bool = Field(default=True, description="off: every motion is the identity")
    width: int = Field(default=320, ge=32, description="width of the reduced image, in pixels")
    grid_step: int = Field(default=14, ge=2, description="distance of the grid's points, in pixels")
    window: int = Field(
        default=9, ge=5, description="side of the patch that is followed, in pixels"
    )
    max_residual: float = Field(
        default=0.5, gt=0, description="error of a point that still fits, pixels"
    )
    min_points: int = Field(default=16, ge=3, description="fewer fitting points are no measurement")
    min_fitting_share: float = Field(
        default=0.2, ge=0, le=1, description="least share of the followed points that must fit"
    )
    max_shift: float = Field(
        default=0.25, gt=0, description="longest believable shift of the centre, in image widths"
    )
    max_zoom: float = Field(default=0.15, gt=0, description="greatest believable change of scale")
    max_rotation_degrees: float = Field(default=8.0, gt=0, description="greatest believable turn")


class EmbedderConfig(ConfigSection):
    """How an embedder network is run; the built-in one needs none of it."""

    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the network"
    )
    threads: int | None = Field(default=None, ge=1, description=CPU_THREADS)
    batch_size: int = Field(default=32, ge=1, description="most crops in one run of the network")
    feature: Literal["both", "projected"] = Field(
        default="both",
        description="which numbers of CLIP-ReID: all 1280, or the projected 512 alone, by which "
        "the original project tracked",
    )


class EmbeddingPolicyConfig(ConfigSection):
    """When to embed a box. Only the first three act in mode ``every``."""

    mode: Literal["every", "sparse"] = Field(
        default="sparse",
        description="every box of every frame, or only boxes that may add something new",
    )
    min_score: float = Field(default=0.5, ge=0, le=1, description="least score of a box to embed")
    min_height: float = Field(default=20.0, ge=0, description="least height of a box, in pixels")
    max_age_seconds: float = Field(
        default=0.4, gt=0, description="an embedding older than this is renewed"
    )
    min_chain_iou: float = Field(
        default=0.3, gt=0, le=1, description="IoU with a box of the previous frame to continue it"
    )
    max_covered_share: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="a box covered more than this by another is embedded each frame",
    )


class ShirtsConfig(ConfigSection):
    """Which boxes show clothing colours well enough to tell teams apart."""

    enabled: bool = Field(default=True, description="measure shirt colours, to tell teams apart")
    interval_seconds: float = Field(
        default=0.1, ge=0, description="least time between two measured frames"
    )
    min_height: float = Field(default=20.0, ge=8, description="least height of a box, in pixels")
    max_covered_share: float = Field(
        default=0.4,
        ge=0,
        le=1,
        description="a box covered more than this by one in front is not measured",
    )
    min_inside_share: float = Field(
        default=0.85, gt=0, le=1, description="least share of a box inside the image"
    )


class NumbersConfig(ConfigSection):
    """Whose shirt numbers are read, how often, and what counts as read."""

    read: Literal["auto", "always", "never"] = Field(
        default="auto", description="auto: where the extra 'ocr' is installed"
    )
    min_height: float = Field(default=60.0, ge=16, description="least height of a box, in pixels")
    min_sharpness: float = Field(
        default=12.0, ge=0, description="least contrast of fine detail on the back, in grey levels"
    )
    interval_seconds: float = Field(
        default=0.4, gt=0, description="time between two readings of one person"
    )
    max_per_second: float = Field(
        default=20.0, gt=0, description="most readings per second of video; the sharpest first"
    )
    min_score: float = Field(
        default=0.3, ge=0, le=1, description="least probability of a number to record it"
    )
    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the recogniser"
    )
    threads: int | None = Field(default=None, ge=1, description=CPU_THREADS)
