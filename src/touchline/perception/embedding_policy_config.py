"""Settings of the choice of boxes to embed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection


class EmbeddingPolicyConfig(ConfigSection):
    """When a box is worth an appearance vector. Only the first three act in mode ``every``."""

    mode: Literal["every", "sparse"] = Field(
        default="sparse", description="every box of every frame, or those that tell something new"
    )
    min_score: float = Field(default=0.5, ge=0, le=1, description="least score of a box to embed")
    min_height: float = Field(default=20.0, ge=0, description="least height of a box, in pixels")
    max_age_seconds: float = Field(
        default=0.4, gt=0, description="a vector older than this is renewed"
    )
    min_chain_iou: float = Field(
        default=0.3, gt=0, le=1, description="overlap with a box of the frame before to continue it"
    )
    max_covered_share: float = Field(
        default=0.3, ge=0, le=1, description="a box covered more by another is embedded each frame"
    )
