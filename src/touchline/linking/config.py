"""Settings of linking a whole clip."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection
from touchline.linking.global_config import GlobalLinkConfig
from touchline.linking.interpolation_config import InterpolationConfig


class LinkConfig(ConfigSection):
    """What happens to the tracks of the online tracker once the whole clip is known."""

    method: Literal["online", "global"] = Field(
        default="global",
        description="identities as the online tracker decided them, or by weighing the whole clip",
    )
    whole: GlobalLinkConfig = Field(
        default_factory=GlobalLinkConfig, description="how method global decides"
    )
    max_double_share: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="a track, or a piece of one, is dropped as somebody's double where a larger "
        "share of its boxes lies inside those of one other person; 1: none is",
    )
    interpolation: InterpolationConfig = Field(
        default_factory=InterpolationConfig, description="filling of short gaps"
    )
