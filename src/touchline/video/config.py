"""Settings of the video room: reading, writing, shot cuts. Imports nothing heavy."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"]


class VideoConfig(ConfigSection):
    """How videos are read."""

    image_fps: float = Field(
        default=25.0, gt=0, le=1000, description="frame rate of an image folder without seqinfo.ini"
    )
    queue_frames: int = Field(
        default=4, ge=1, le=256, description="pictures decoded ahead; 720p takes 2.8 MB each"
    )
    decode_threads: int = Field(
        default=0, ge=0, le=64, description="threads of the decoder; 0: as many as there are cores"
    )
    live_timeout_seconds: float = Field(
        default=10.0, gt=0, description="a network stream that sends nothing for so long has failed"
    )
    live_reconnect_seconds: float = Field(
        default=30.0,
        ge=0,
        description="a live source that broke off is asked again for so long; 0: never",
    )


class WriterConfig(ConfigSection):
    """How the annotated video is written (H.264 in MP4)."""

    crf: int = Field(
        default=23, ge=0, le=51, description="H.264 quality: 18 fine, 23 usual, 28 small"
    )
    preset: Preset = Field(
        default="veryfast", description="H.264 speed; slower makes smaller files"
    )
    threads: int = Field(
        default=0, ge=0, le=64, description="threads of the encoder; 0: by core count"
    )
    queue_frames: int = Field(default=4, ge=1, le=256, description="pictures waiting to be encoded")


class ShotConfig(ConfigSection):
    """When a picture begins a new shot."""

    min_change: float = Field(
        default=0.35,
        gt=0,
        le=2,
        description="how unlike its predecessor a shot's first picture is (0 alike, 2 at most)",
    )
    flash_seconds: float = Field(
        default=0.3,
        ge=0,
        description="a shot that is back within so long was interrupted by a flash, not cut",
    )
