"""Settings of looking at clothes."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class ShirtsConfig(ConfigSection):
    """Which boxes show the colours of clothes well enough to tell teams apart."""

    enabled: bool = Field(default=True, description="measure the colours of shirts; tells teams")
    interval_seconds: float = Field(
        default=0.1, ge=0, description="least time between two frames that are looked at"
    )
    min_height: float = Field(default=20.0, ge=8, description="least height of a box, in pixels")
    max_covered_share: float = Field(
        default=0.4, ge=0, le=1, description="a box covered more by one in front is not measured"
    )
    min_inside_share: float = Field(
        default=0.85, gt=0, le=1, description="least share of a box that lies in the picture"
    )
