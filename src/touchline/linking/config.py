"""Settings of linking: how tracklets become identities, and which gaps are filled."""

from __future__ import annotations

from typing import Literal

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
        description="a gap is left open when both its ends are this close to the image's border "
        "(share of the width): the person was outside",
    )
    max_overlap: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="a filled-in box that overlaps (IoU) somebody else's detected box by more than "
        "this is left out: two rings on one person; 1: all are filled, hidden people too",
    )


class GlobalLinkConfig(ConfigSection):
    """How sure a join must be, and which evidence counts. Log odds are natural logarithms."""

    prior_log_odds: float = Field(
        default=0.4,
        description="log odds that two tracklets are one person before anything is known of them",
    )
    min_margin: float = Field(
        default=0.5,
        ge=0,
        description="log odds by which a join must beat the next best explanation, such as a swap "
        "of two people; below it, what follows is a new person",
    )
    unseen_penalty: float = Field(
        default=1.25,
        ge=0,
        description="log odds subtracted where one of the two was never embedded: motion alone",
    )
    appearance: bool = Field(default=True, description="use appearance as evidence")
    motion: bool = Field(
        default=True, description="use motion as evidence: where people leave and return"
    )
    teams: bool = Field(default=True, description="use teams, from shirt colours, as evidence")
    numbers: bool = Field(default=True, description="use shirt numbers, where read, as evidence")
    max_motion_seconds: float = Field(
        default=30.0, ge=0, description="longest gap over which motion counts"
    )
    max_gap_seconds: float = Field(
        default=0.3,
        ge=0,
        description="tracks are cut at longer gaps, and rejoined where the evidence says so",
    )
    max_change_llr: float = Field(
        default=-1.0,
        description="tracks are cut where the log-likelihood ratio of one person, by appearance "
        "before and after, is below this",
    )
    split: bool = Field(default=True, description="cut tracks where their appearance changes")
    border_widths: float = Field(
        default=1.0,
        ge=0,
        description="boxes closer to the border than this many of their widths are at it",
    )
    side_size: int | None = Field(
        default=11,
        ge=1,
        description="most players of a team on the pitch: where more identities wear its kit, the "
        "likeliest are joined, if likelier than not; null: no limit",
    )
    min_seconds: float = Field(
        default=0.25,
        ge=0,
        description="an identity that was detected for less in the whole clip (in clips of less "
        "than ten times this: for less than a tenth of it) is dropped, unless something was stated "
        "of it; 0: everybody stays",
    )
    roster_size: int | None = Field(
        default=None,
        ge=1,
        description="maximum number of people, if known: the likeliest are joined until no more "
        "are left, as far as cannot-links allow; null: not known",
    )
    cannot_link_confidence: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="two different teams or numbers this sure are never one person",
    )


class GtaLinkConfig(ConfigSection):
    """Values of GTA-Link, for comparison."""

    min_seconds: float = Field(default=4.0, ge=0, description="shorter tracks are not split")
    eps: float = Field(
        default=0.6,
        gt=0,
        description="splitting: cosine distance within which two embeddings are neighbours",
    )
    min_samples: int = Field(
        default=10, ge=1, description="splitting: neighbours that make the middle of a cluster"
    )
    max_clusters: int = Field(
        default=3, ge=1, description="splitting: most people that one track may hold"
    )
    max_distance: float = Field(
        default=0.4, ge=0, description="joining: largest mean cosine distance"
    )
    spatial_factor: float = Field(
        default=1.0,
        ge=0,
        description="joining: farthest way from one exit to the next entry, as a share of the "
        "range of all boxes",
    )


class BallConfig(ConfigSection):
    """Which of a detector's balls may be the ball, and how long it may be out of sight."""

    enabled: bool = Field(default=True, description="find the ball's path, for ball.csv")
    min_score: float = Field(
        default=0.02, ge=0, le=1, description="balls that score lower are no candidates"
    )
    max_gap_seconds: float = Field(
        default=1.2,
        ge=0,
        description="longest time between two sightings that is bridged",
    )


class LinkConfig(ConfigSection):
    """What happens to the tracks of the online tracker once the whole clip is known."""

    method: Literal["online", "global", "gta"] = Field(
        default="global",
        description="identities from the online tracker, by clustering over the whole clip, or "
        "over the whole clip as GTA-Link does, a yardstick that keeps all embeddings in memory",
    )
    whole: GlobalLinkConfig = Field(
        default_factory=GlobalLinkConfig, description="how method global decides"
    )
    gta: GtaLinkConfig = Field(default_factory=GtaLinkConfig, description="how method gta decides")
    max_double_share: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="a track, or a piece of one, is dropped as a duplicate where a larger share of "
        "its boxes lies inside those of one other person; 1: none is",
    )
    interpolation: InterpolationConfig = Field(
        default_factory=InterpolationConfig, description="filling of short gaps"
    )
    ball: BallConfig = Field(default_factory=BallConfig, description="the ball's path")
