"""Settings of joining a whole clip's tracklets to people."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class GlobalLinkConfig(ConfigSection):
    """How sure joining must be, and which evidence it takes. Odds are natural logarithms."""

    prior_odds: float = Field(
        default=0.4,
        description="log odds that two tracklets are one person before anything is known of them",
    )
    min_margin: float = Field(
        default=0.5,
        ge=0,
        description="log odds by which a join must beat the next best explanation, as that two "
        "people are exchanged: else who follows is somebody new",
    )
    unseen_penalty: float = Field(
        default=1.25,
        ge=0,
        description="log odds taken off where one of the two has no appearance: motion alone",
    )
    appearance: bool = Field(default=True, description="what people look like is evidence")
    motion: bool = Field(default=True, description="where people leave and return is evidence")
    teams: bool = Field(default=True, description="teams, from the colours of shirts, are evidence")
    numbers: bool = Field(default=True, description="shirt numbers are evidence, where read")
    max_motion_seconds: float = Field(
        default=30.0, ge=0, description="longest gap over which motion says anything"
    )
    max_gap_seconds: float = Field(
        default=0.3,
        ge=0,
        description="tracks are cut at longer gaps, and joined again where evidence says so",
    )
    max_change_odds: float = Field(
        default=-1.0,
        description="tracks are cut where looks before and after have log odds below this of being "
        "one person's",
    )
    split: bool = Field(default=True, description="cut tracks where their looks change")
    border_widths: float = Field(
        default=1.0, ge=0, description="boxes nearer than so many of their widths are at the border"
    )
    side_size: int | None = Field(
        default=11,
        ge=1,
        description="players of a team who can be on the pitch: where more identities wear its "
        "kit, the likeliest are joined, if likelier than not; null: any number",
    )
    roster_size: int | None = Field(
        default=None,
        ge=1,
        description="how many people there are at most, if known: the likeliest are joined until "
        "no more are left, as far as nobody is in two places; null: not known",
    )
    sure_confidence: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="two different teams or numbers this sure are never one person",
    )
