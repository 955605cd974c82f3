"""Settings of reading, cutting, writing and drawing video."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from touchline.config import ConfigSection

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"]
BlurredPeople = Literal["nobody", "others", "all"]
"""Whom a video does not show."""


class VideoConfig(ConfigSection):
    """How videos are read."""

    image_fps: float = Field(
        default=25.0, gt=0, le=1000, description="frame rate of an image folder without seqinfo.ini"
    )
    queue_frames: int = Field(
        default=4, ge=1, le=256, description="images decoded ahead; 720p takes 2.8 MB each"
    )
    decode_threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="threads of the decoder; 0: by core count, or the container's limit",
    )
    live_timeout_seconds: float = Field(
        default=10.0, gt=0, description="time without data after which a network stream has failed"
    )
    live_reconnect_seconds: float = Field(
        default=30.0,
        ge=0,
        description="how long a live source that broke off is retried; 0: never",
    )


class WriterConfig(ConfigSection):
    """How the annotated video is written (H.264 in MP4)."""

    crf: int = Field(
        default=23, ge=0, le=51, description="H.264 quality: 18 fine, 23 default, 28 small"
    )
    preset: Preset = Field(
        default="veryfast", description="H.264 speed; slower makes smaller files"
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="threads of the encoder; 0: by core count, or the container's limit",
    )
    queue_frames: int = Field(default=4, ge=1, le=256, description="images waiting to be encoded")


class ShotConfig(ConfigSection):
    """When an image begins a new shot."""

    min_change: float = Field(
        default=0.35,
        gt=0,
        le=2,
        description="least change from the previous frame that is a cut (0 alike, 2 at most)",
    )
    flash_seconds: float = Field(
        default=0.3,
        ge=0,
        description="a shot that returns within this time was interrupted by a flash, not cut",
    )


class DrawConfig(ConfigSection):
    """What is drawn. Every size follows the height of the image."""

    style: Literal["ellipse", "box", "trail"] = Field(
        default="ellipse",
        description="a ring on the grass, a box around the body, or only the path of the feet",
    )
    only: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="identities to draw, as [8, 10]; empty: everybody"
    )
    blur: BlurredPeople = Field(
        default="nobody",
        description="whose whole bodies are blurred; others: of all but players and goalkeepers",
    )
    colour_by: Literal["auto", "identity", "team"] = Field(
        default="auto",
        description="auto: the kits' own colours where they tell the teams apart, else by identity",
    )
    trail_seconds: float | None = Field(
        default=None,
        ge=0.0,
        le=10.0,
        description="length of the fading path behind the feet; not given: 1, of style trail 3",
    )
    label: Literal["auto", "id", "number", "name"] = Field(
        default="auto",
        description="auto: the name, else #10, where known and sure, else the identity as id 7",
    )
    show_ids: bool = Field(default=True, description="the label at the feet")
    min_confidence: float = Field(
        default=0.7,
        ge=0.0,
        le=1.0,
        description="identities with lower confidence get a question mark",
    )
    min_ball_confidence: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="the ball is pointed at where it is at least this sure",
    )
    show_roles: bool = Field(default=True, description="GK and REF beside the number")
    label_scale: float = Field(
        default=1.0, ge=0.5, le=3.0, description="size of the labels, relative to the default"
    )
    minimap: bool = Field(
        default=False, description="a small pitch with everybody, where the camera is known"
    )
    legend_seconds: float = Field(
        default=4.0, ge=0.0, description="how long the start says what the marks mean; 0: never"
    )
    header: str = Field(default="", max_length=80, description="text in a corner")
    header_at: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = Field(
        default="top-left", description="the corner of the header, off the score board"
    )

    @field_validator("only", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = value.split(",")
        return (value,) if isinstance(value, int) else value
