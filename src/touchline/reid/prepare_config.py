"""Settings for drawing crops from tracking ground truth."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from touchline.config import ConfigSection

_ONLY_IDENTITY = ("min_bins", "max_bins", "boxes_per_bin")

_ONLY_MATCH = (
    "holdout_matches",
    "min_height",
    "min_width",
    "min_visible",
    "margin",
    "crops_per_track",
    "min_crops",
    "min_gap_seconds",
)


class PrepareConfig(ConfigSection):
    """Which crops are drawn, and what they are for."""

    split: Literal["match", "identity"] = Field(
        "match",
        description="match: whole matches are held out, query and gallery from different times; "
        "identity: identities of all clips, exactly as the original project drew them",
    )
    holdout: float = Field(
        0.1,
        ge=0,
        le=1,
        description="fraction of the matches (or identities) held out for evaluation",
    )
    holdout_matches: tuple[str, ...] = Field(
        (), description="names of matches to hold out, whatever holdout says"
    )
    seed: int = Field(0, ge=0, description="random seed")
    min_height: float = Field(24, ge=1, description="least height of a crop in pixels")
    min_width: float = Field(8, ge=1, description="least width of a crop in pixels")
    min_visible: float = Field(
        0.5,
        ge=0,
        le=1,
        description="least fraction of a box that is inside the image and not covered by nearer "
        "people",
    )
    margin: float = Field(
        0.0, ge=0, le=1, description="margin added on each side, in widths and heights of the box"
    )
    crops_per_track: int = Field(8, ge=1, description="most crops per track")
    min_crops: int = Field(
        2, ge=1, description="least crops per person; people with fewer are left out"
    )
    min_gap_seconds: float = Field(
        2.0,
        ge=0,
        description="least time between a person's last gallery crop and their first query",
    )
    min_bins: int = Field(
        4, ge=1, description="split identity: least time bins of a track; one crop is drawn of each"
    )
    max_bins: int = Field(8, ge=1, description="split identity: most time bins of a track")
    boxes_per_bin: int = Field(
        100, ge=1, description="split identity: boxes of a track for each of its bins"
    )
    quality: int = Field(95, ge=1, le=100, description="JPEG quality")

    @model_validator(mode="after")
    def _each_split_takes_its_own(self) -> PrepareConfig:
        other = "match" if self.split == "identity" else "identity"
        for name in _ONLY_MATCH if self.split == "identity" else _ONLY_IDENTITY:
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name} acts with split {other} only")
        if self.min_bins > self.max_bins:
            raise ValueError(f"min_bins {self.min_bins} is above max_bins {self.max_bins}")
        return self
