"""Settings of reading shirt numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection


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
        default=0.4, gt=0, description="time between two looks at one person"
    )
    max_per_second: float = Field(
        default=20.0, gt=0, description="most looks in a second of video; the sharpest first"
    )
    min_score: float = Field(
        default=0.3, ge=0, le=1, description="least probability of a number that is written down"
    )
    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the recogniser"
    )
    threads: int | None = Field(default=None, ge=1, description="CPU threads; none: one per core")
