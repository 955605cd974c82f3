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
    flip: bool = Field(
        False,
        description="the camera stands on the far side: the lines look the same from there, and "
        "which half is left is not in them",
    )


class PositionsConfig(ConfigSection):
    """Places of people in metres: how they are smoothed, and what counts as sure."""

    smooth_seconds: float = Field(
        1.0,
        gt=0,
        le=10,
        description="seconds of a path that decide one place, speed and "
        "acceleration of it: half before, half after",
    )
    min_confidence: float = Field(
        0.3,
        ge=0,
        le=1,
        description="least confidence of a frame's camera; below it no place of it is sure",
    )
    max_error: float = Field(
        1.5,
        gt=0,
        description="metres by which a place may be off where the foot of a box is off "
        "by a twentieth of its height; places seen from flatter are not sure",
    )
    around: float = Field(
        15.0, ge=0, description="metres around the pitch beyond which no place is sure"
    )
    outside_margin: float = Field(
        3.0,
        ge=0,
        description="metres outside of the pitch up to which people belong to the match, as "
        "assistants do; tracks further out are left out and listed in outside.csv",
    )
    grass_margin: float = Field(
        0.6,
        ge=0,
        description="box heights off the grass from which a track is left out likewise, where no "
        "camera tells where it is",
    )
    max_speed: float = Field(
        12.0, gt=0, description="metres a second; whoever would be faster is somewhere else"
    )
    max_speed_error: float = Field(
        0.7, gt=0, description="metres a second by which a speed may be off; others are not told"
    )
    max_acceleration_error: float = Field(
        2.0, gt=0, description="likewise of an acceleration, metres a second squared"
    )
    sprint_speed: float = Field(
        7.0, gt=0, description="metres a second from which running is a sprint"
    )
    sprint_seconds: float = Field(
        1.0, ge=0, description="seconds that it has to last to be counted"
    )
