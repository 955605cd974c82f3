"""Settings of a gallery of people."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class GalleryConfig(ConfigSection):
    """How the people of a clip are recognised among those that a gallery holds."""

    min_confidence: float = Field(
        default=0.8,
        ge=0.5,
        lt=1.0,
        description="least confidence at which an identity takes over a person's name",
    )
    unknown_fraction: float = Field(
        default=0.1,
        gt=0.0,
        lt=1.0,
        description="fraction of a clip's people expected not to be in the gallery yet",
    )
    min_seconds: float = Field(
        default=2.0,
        ge=0.0,
        description="an identity seen for less does not become a new person",
    )
    min_team_confidence: float = Field(
        default=0.8,
        ge=0.0,
        le=1.0,
        description="identities of two teams are two people if both are at least this certain",
    )
    min_number_confidence: float = Field(
        default=0.8,
        ge=0.0,
        le=1.0,
        description="the same for shirt numbers",
    )
    max_embeddings: int = Field(
        default=64, ge=2, le=1024, description="most embeddings kept of one person"
    )
