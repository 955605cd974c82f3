"""Settings for filling the gaps of a track."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class InterpolationConfig(ConfigSection):
    """When a gap between two detections of one person is filled with a straight line.

    On SoccerNet and SportsMOT truth a line over a full second without camera compensation still
    meets the person (IoU >= 0.5) in 76 % and 62 % of the frames, over two seconds in 46 % and
    29 %: beyond about a second more false boxes than true ones are drawn.
    """

    max_gap_seconds: float = Field(
        default=1.0,
        ge=0.0,
        description="longest time between two detections that is filled; 0: none",
    )
    border_fraction: float = Field(
        default=0.01,
        ge=0.0,
        le=0.5,
        description="a gap is left open when both its ends are this close to the picture's border "
        "(share of the width): the person was outside",
    )
    max_overlap: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="no box is filled in that overlaps (IoU) a detected box of somebody else more "
        "than this: two rings on one person; 1: all are, who is hidden behind another too",
    )
