"""Settings of the annotated picture."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection


class DrawConfig(ConfigSection):
    """What is drawn. Every size follows the height of the picture."""

    style: Literal["ellipse", "box"] = Field(
        default="ellipse", description="a ring on the grass at the feet, or a box around the body"
    )
    colour_by: Literal["identity", "team"] = Field(
        default="identity", description="what shares a colour; live sources know no teams"
    )
    trail_seconds: float = Field(
        default=1.0, ge=0.0, le=10.0, description="length of the fading path behind the feet"
    )
    show_ids: bool = Field(default=True, description="number or name, at the feet")
    min_confidence: float = Field(
        default=0.7, ge=0.0, le=1.0, description="identities less sure get a question mark"
    )
    show_roles: bool = Field(default=True, description="GK and REF beside the number")
    label_scale: float = Field(
        default=1.0, ge=0.5, le=3.0, description="size of the labels, times the usual"
    )
    header: str = Field(default="", max_length=80, description="text in the upper left corner")
