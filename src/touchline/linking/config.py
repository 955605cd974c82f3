"""Settings of linking a whole clip."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection
from touchline.linking.interpolation_config import InterpolationConfig


class LinkConfig(ConfigSection):
    """What happens to the tracks of the online tracker once the whole clip is known."""

    interpolation: InterpolationConfig = Field(
        default_factory=InterpolationConfig, description="filling of short gaps"
    )
