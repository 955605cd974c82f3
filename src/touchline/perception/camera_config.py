"""Settings of the camera motion estimate."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class CameraConfig(ConfigSection):
    """How the motion between two frames is measured. Pixels are those of the reduced picture."""

    enabled: bool = Field(default=True, description="off: every motion is the identity")
    width: int = Field(default=320, ge=32, description="width of the reduced picture, in pixels")
    grid_step: int = Field(default=14, ge=2, description="distance of the grid's points, in pixels")
    window: int = Field(
        default=9, ge=5, description="side of the patch that is followed, in pixels"
    )
    max_residual: float = Field(
        default=0.5, gt=0, description="error of a point that still fits, pixels"
    )
    min_points: int = Field(default=16, ge=3, description="fewer fitting points are no measurement")
    min_fitting_share: float = Field(
        default=0.2, ge=0, le=1, description="least share of the followed points that must fit"
    )
    max_shift: float = Field(
        default=0.25, gt=0, description="longest believable shift of the centre, in picture widths"
    )
    max_zoom: float = Field(default=0.15, gt=0, description="greatest believable change of scale")
    max_rotation_degrees: float = Field(default=8.0, gt=0, description="greatest believable turn")
