"""Settings of the detector, apart from the file it is loaded from."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator

from touchline.config import ConfigSection


class DetectorConfig(ConfigSection):
    """Which objects are looked for, at what size, and which of the boxes are kept."""

    classes: tuple[str, ...] | dict[str, str] | None = Field(
        default=None,
        description="roles to keep, as [player, ball], or {class name or number: role}; "
        "none: every class whose name tells its role",
    )
    size: int | tuple[int, int] | None = Field(
        default=None,
        description="the network's picture: longer side, or width x height; none: the model's own",
    )
    min_score: float = Field(
        default=0.1, ge=0.0, le=1.0, description="lowest confidence kept; trackers use low ones too"
    )
    max_overlap: float = Field(
        default=0.55,
        gt=0.0,
        le=1.0,
        description="IoU above which two boxes of one role are one object",
    )
    max_double_overlap: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="IoU above which a person under two roles is one person",
    )
    max_detections: int = Field(default=300, ge=1, description="most boxes kept in one picture")
    tiles: str = Field(
        default="auto",
        description="auto, off, or columns x rows: overlapping parts of large pictures",
    )
    tile_overlap: float = Field(
        default=0.2, ge=0.0, le=0.5, description="part of a tile that its neighbour sees too"
    )
    batch_size: int = Field(default=8, ge=1, description="most pictures in one run of the network")
    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the network"
    )
    threads: int | None = Field(default=None, ge=1, description="CPU threads; none: one per core")

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
    def _sensible_size(cls, value: int | tuple[int, int] | None) -> int | tuple[int, int] | None:
        sides = () if value is None else (value,) if isinstance(value, int) else value
        if any(not 32 <= side <= 8192 for side in sides):
            raise ValueError("sides between 32 and 8192 are possible")
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
            raise ValueError("auto, off or columns x rows as in 3x2 are possible")
        return f"{found[1]}x{found[2]}"
