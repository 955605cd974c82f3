"""How a detector errs. Defaults are measured on football; shares lie in 0..1, times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from touchline.config import ConfigSection


class DetectorErrors(ConfigSection):
    """What a detector misses, invents and blurs; settings not given follow from the preset.

    "small" errs like a YOLOX-nano trained on everyday pictures, "large" like a YOLOX-x trained
    on people; ``docs/simulation.md`` has the measurements.
    """

    preset: Literal["small", "large", "none"] = Field(
        "small", description="network whose errors are copied; none: no errors at all"
    )
    min_score: float = Field(0.1, ge=0, lt=1, description="lowest score the detector reports")
    max_score: float = Field(0.9, gt=0, le=1, description="score of a person seen perfectly")
    score_shape: float = Field(
        8.0, gt=0, description="higher: scores of true boxes crowd below max_score"
    )
    weak_share: float = Field(
        0.08,
        ge=0,
        le=1,
        description="share of found people nearly missed: scores down to the least",
    )
    score_hidden: float = Field(
        0.35, ge=0, le=1, description="share of the score lost by somebody entirely hidden"
    )
    miss_free: float = Field(
        0.03, ge=0, le=1, description="share of people missed who stand free and are not small"
    )
    miss_hidden: float = Field(
        0.6, ge=0, le=1, description="share missed of people who are entirely hidden"
    )
    miss_hidden_power: float = Field(
        1.2, gt=0, description="above 1: little occlusion hardly leads to misses"
    )
    miss_small: float = Field(0.25, ge=0, le=1, description="share missed of people who are tiny")
    small_height: float = Field(
        0.06, gt=0, le=1, description="people below this share of the picture's height are small"
    )
    steady_seconds: float = Field(
        1.5, gt=0, description="time constant with which the slow part of every error changes"
    )
    flicker_seconds: float = Field(
        0.07, gt=0, description="time constant of the fast part of every error"
    )
    score_steady: float = Field(
        0.62, ge=0, le=1, description="slow part in scores and misses: higher makes longer streaks"
    )
    box_steady: float = Field(0.35, ge=0, le=1, description="slow part in the errors of boxes")
    centre_error: tuple[float, float] = Field(
        (0.1, 0.042), description="deviation of box centres, in widths and heights of the box"
    )
    size_error: tuple[float, float] = Field(
        (0.148, 0.072), description="deviation of box sizes, in widths and heights of the box"
    )
    box_hidden: float = Field(
        0.8, ge=0, description="by what share box errors grow for somebody entirely hidden"
    )
    box_unsure: float = Field(
        0.5, ge=0, le=3, description="how much larger box errors are where the score is low"
    )
    merge_min_iou: float = Field(
        0.4, ge=0, le=1, description="people who overlap more than this may get one common box"
    )
    merge_share: float = Field(0.15, ge=0, le=1, description="share of those who do")
    lasting_false_alarms: float = Field(
        6.5, ge=0, description="false alarms in a picture that stay in their place: boards, crowd"
    )
    lasting_seconds: float = Field(
        2.0, gt=0, description="mean time for which such a false alarm stays"
    )
    brief_false_alarms: float = Field(
        0.3, ge=0, description="false alarms of one frame, in a picture"
    )
    doubles: float = Field(
        0.22, ge=0, le=10, description="further boxes on parts of a person, for each that is found"
    )
    false_score_power: float = Field(
        3.0, gt=0, description="higher: scores of false alarms crowd above min_score"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {**_PRESETS.get(str(values.get("preset")), {}), **values}


_PRESETS: dict[str, dict[str, Any]] = {
    "large": {
        "score_shape": 12.0,
        "weak_share": 0.01,
        "score_hidden": 0.1,
        "miss_free": 0.02,
        "miss_hidden": 0.6,
        "miss_hidden_power": 4.0,
        "miss_small": 0.1,
        "score_steady": 0.9,
        "box_steady": 0.4,
        "flicker_seconds": 0.1,
        "centre_error": (0.09, 0.021),
        "size_error": (0.145, 0.033),
        "box_hidden": 0.5,
        "merge_share": 0.05,
        "lasting_false_alarms": 0.55,
        "brief_false_alarms": 0.1,
        "doubles": 0.015,
        "false_score_power": 1.0,
    },
    "none": {
        "max_score": 1.0,
        "score_shape": 1e6,
        "weak_share": 0.0,
        "score_hidden": 0.0,
        "miss_free": 0.0,
        "miss_hidden": 0.0,
        "miss_small": 0.0,
        "centre_error": (0.0, 0.0),
        "size_error": (0.0, 0.0),
        "merge_share": 0.0,
        "lasting_false_alarms": 0.0,
        "brief_false_alarms": 0.0,
        "doubles": 0.0,
    },
}
