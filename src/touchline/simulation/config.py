"""Settings of a simulated football scene. Metres on the pitch, seconds, pixels in the picture."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from touchline.config import ConfigSection
from touchline.simulation.detector_errors_config import DetectorErrors


class PlayConfig(ConfigSection):
    """How people move over the pitch."""

    max_speed: float = Field(9.0, gt=0, le=15, description="nobody is faster, metres a second")
    max_acceleration: float = Field(
        5.0, gt=0, le=50, description="nobody starts or stops harder, metres a second squared"
    )
    wander: float = Field(
        3.0, ge=0, description="deviation from the place the team's shape asks for, metres"
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
    """The broadcast camera beside the pitch. Its view leaves people out, who come back."""

    height: float = Field(20.0, gt=0, le=500, description="metres above the pitch")
    distance: float = Field(65.0, gt=34, le=1000, description="metres from the pitch's middle")
    focal: float = Field(
        1.85, gt=0.1, le=50, description="focal length in widths of the picture; higher is nearer"
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
        0.25, gt=0, le=1, description="share of a body's box in the picture from which it is truth"
    )
    shot_seconds: float | None = Field(
        None, gt=0, description="mean length of a shot until a cut to another; null: no cuts"
    )


class AppearanceConfig(ConfigSection):
    """Appearance vectors: what is shared by all, by a team, by a person, and what changes.

    The four shares of a vector's squared length are ``1 - team - person - change``, ``team``,
    ``person`` and ``change``; the defaults are those of a generic OSNet on football.
    """

    size: int = Field(
        128, ge=0, le=4096, description="numbers in an appearance vector; 0: no appearance"
    )
    team: float = Field(0.11, ge=0, le=1, description="share that people in one kit have in common")
    person: float = Field(0.02, ge=0, le=1, description="share that belongs to one person")
    change: float = Field(0.16, ge=0, le=1, description="share that changes: pose, light, blur")
    change_dimensions: int = Field(
        24, ge=1, le=4096, description="directions in which vectors change"
    )
    hidden: float = Field(
        0.8, ge=0, le=1, description="share of the occluder in the vector of somebody all hidden"
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
    width: int = Field(1280, ge=16, le=16384, description="pixels of the picture")
    height: int = Field(720, ge=16, le=16384, description="pixels of the picture")
    play: PlayConfig = PlayConfig()
    camera: SceneCameraConfig = SceneCameraConfig()
    appearance: AppearanceConfig = AppearanceConfig()
    detector: DetectorErrors = Field(default_factory=DetectorErrors)

    @property
    def frame_count(self) -> int:
        """Frames of the scene, at least one."""
        return max(1, round(self.seconds * self.frame_rate))
