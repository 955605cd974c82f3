"""Settings of the pitch: its size, what is painted on it, how often it is looked at."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection

Markings = Literal["eleven", "seven", "futsal", "outline"]


class LinesConfig(ConfigSection):
    """How often the lines of the pitch are looked for, from which cameras are found."""

    every: float = Field(
        0.2,
        ge=0,
        description="seconds between the frames in which lines of the pitch are looked for; 0: "
        "never, and nothing is known in metres",
    )


class PitchConfig(ConfigSection):
    """The pitch that is looked for, and how sure an answer has to be."""

    length: float = Field(
        105.0, ge=10, le=150, description="metres from one goal line to the other"
    )
    width: float = Field(68.0, ge=8, le=110, description="metres from one long side to the other")
    markings: Markings = Field(
        "eleven",
        description="what is painted on it: 'eleven' a side, 'seven' a side, 'futsal', or "
        "'outline' (border, halfway line) only",
    )
    min_score: float = Field(
        0.5, ge=0, le=1, description="least score of a camera; below it an image has none"
    )
    max_error: float = Field(
        2.0,
        gt=0,
        description="metres by which places may be uncertain; an image whose lines say less has "
        "no camera",
    )
