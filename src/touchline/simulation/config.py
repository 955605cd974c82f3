"""Settings of simulated scenes and of the simulated detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from touchline.config import ConfigSection


class DetectorErrors(ConfigSection):
    """Misses, false alarms and box errors of a detector; settings not given follow from the preset.

    "small" errs like a YOLOX-nano trained on everyday images, "large" like a YOLOX-x trained
    on people; ``docs/simulation.md`` has the measurements.
    """

    preset: Literal["small", "large", "none"] = Field(
        "small", description="network whose errors are imitated; none: no errors at all"
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
        0.35, ge=0, le=1, description="share of the score lost by somebody fully occluded"
    )
    miss_free: float = Field(
        0.03, ge=0, le=1, description="share missed of people who are unoccluded and not small"
    )
    miss_hidden: float = Field(
        0.6, ge=0, le=1, description="share missed of people who are fully occluded"
    )
    miss_hidden_power: float = Field(
        1.2, gt=0, description="above 1: little occlusion hardly leads to misses"
    )
    miss_small: float = Field(0.25, ge=0, le=1, description="share missed of people who are tiny")
    small_height: float = Field(
        0.06, gt=0, le=1, description="people below this share of the image's height are small"
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
        0.8, ge=0, description="by what share box errors grow for somebody fully occluded"
    )
    box_unsure: float = Field(
        0.5, ge=0, le=3, description="how much larger box errors are where the score is low"
    )
    merge_min_iou: float = Field(
        0.4, ge=0, le=1, description="people who overlap more than this may get one common box"
    )
    merge_share: float = Field(0.15, ge=0, le=1, description="share of those who do")
    lasting_false_alarms: float = Field(
        6.5, ge=0, description="false alarms in an image that persist in place: boards, crowd"
    )
    lasting_seconds: float = Field(
        2.0, gt=0, description="mean time for which such a false alarm persists"
    )
    brief_false_alarms: float = Field(
        0.3, ge=0, description="false alarms of one frame, in an image"
    )
    doubles: float = Field(
        0.22, ge=0, le=10, description="extra boxes on parts of a person, per detected person"
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


class PlayConfig(ConfigSection):
    """How people move over the pitch."""

    max_speed: float = Field(9.0, gt=0, le=15, description="top speed, metres a second")
    max_acceleration: float = Field(
        5.0, gt=0, le=50, description="largest acceleration, metres a second squared"
    )
    wander: float = Field(
        3.0, ge=0, description="deviation from the place in the team's shape, metres"
    )
    marking: float = Field(
        0.8, ge=0, le=1, description="how closely the team without the ball follows its opponents"
    )
    sprint_every_seconds: float = Field(
        15.0, gt=0, description="mean time between two sprints of one player"
    )
    possession_seconds: float = Field(1.8, gt=0, description="mean time until the ball is passed")
    loss_share: float = Field(0.2, ge=0, le=1, description="passes that an opponent gets")


class SceneCameraConfig(ConfigSection):
    """The broadcast camera beside the pitch. People leave its view and come back."""

    height: float = Field(20.0, gt=0, le=500, description="metres above the pitch")
    distance: float = Field(65.0, gt=34, le=1000, description="metres from the pitch's middle")
    focal: float = Field(
        1.85, gt=0.1, le=50, description="focal length in widths of the image; higher is nearer"
    )
    zoom: float = Field(
        0.12, ge=0, le=1, description="deviation of the focal length, as a share, while it zooms"
    )
    zoom_seconds: float = Field(6.0, gt=0, description="time constant of zooming")
    follow_seconds: float = Field(0.7, gt=0, description="how far the camera lags behind the ball")
    motion_error: float = Field(
        0.15, ge=0, description="error of the estimated camera motion, pixels in each frame"
    )
    min_visible: float = Field(
        0.25, gt=0, le=1, description="least share of a body's box in the image to be in the truth"
    )
    shot_seconds: float | None = Field(
        None, gt=0, description="mean length of a shot until a cut to another; null: no cuts"
    )


class AppearanceConfig(ConfigSection):
    """Appearance vectors: the parts shared by all, by a team, by a person, and the varying part.

    The four shares of a vector's squared length are ``1 - team - person - change``, ``team``,
    ``person`` and ``change``; the defaults are those of a generic OSNet on football.
    """

    size: int = Field(
        128, ge=0, le=4096, description="numbers in an appearance vector; 0: no appearance"
    )
    team: float = Field(0.11, ge=0, le=1, description="share common to people in one kit")
    person: float = Field(0.02, ge=0, le=1, description="share specific to one person")
    change: float = Field(0.16, ge=0, le=1, description="share that changes: pose, light, blur")
    change_dimensions: int = Field(
        24, ge=1, le=4096, description="directions in which vectors change"
    )
    hidden: float = Field(
        0.8,
        ge=0,
        le=1,
        description="share of the occluder in the vector of the fully occluded",
    )

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if self.team + self.person + self.change > 1.0:
            raise ValueError("the shares team, person and change add up to more than 1")
        return self


class SimulationConfig(ConfigSection):
    """Every setting of ``touchline simulate``."""

    seconds: float = Field(30.0, gt=0, le=36000, description="length of the scene")
    frame_rate: float = Field(25.0, gt=0, le=1000, description="frames a second")
    seed: int = Field(0, ge=0, description="the same seed and settings give the same scene")
    people: int = Field(11, ge=0, le=500, description="people of each team, one of them keeper")
    referees: int = Field(3, ge=0, le=20, description="referee, then assistants on the touchlines")
    kits: tuple[str, str, str, str, str] = Field(
        ("white", "red", "yellow", "green", "black"),
        description="kits of the teams, of their keepers, and of the referees",
    )
    width: int = Field(1280, ge=16, le=16384, description="pixels of the image")
    height: int = Field(720, ge=16, le=16384, description="pixels of the image")
    play: PlayConfig = PlayConfig()
    camera: SceneCameraConfig = SceneCameraConfig()
    appearance: AppearanceConfig = AppearanceConfig()
    detector: DetectorErrors = Field(default_factory=DetectorErrors)

    @property
    def frame_count(self) -> int:
        """Frames of the scene, at least one."""
        return max(1, round(self.seconds * self.frame_rate))
