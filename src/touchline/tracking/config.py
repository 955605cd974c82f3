"""Settings of the online tracker. Distances lie in 0..1, times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, Self, cast

from pydantic import Field, field_validator, model_validator

from touchline.config import ConfigSection
from touchline.tracking.presets import PRESETS, Preset

Role = Literal["player", "goalkeeper", "referee", "ball", "person"]

_SUITED = "unless given, the shipped detector brings a limit that suits it"


class ReentryConfig(ConfigSection):
    """When a new track is matched to a lost player, by appearance and motion.

    Log odds are natural logarithms.
    """

    enabled: bool = Field(default=True, description="look for returning players at all")
    max_absent_seconds: float = Field(
        default=30.0, ge=0, description="longest absence after which a player is still recognised"
    )
    min_seconds: float = Field(
        default=0.4, ge=0, description="how long a new track is observed before the first decision"
    )
    max_seconds: float = Field(
        default=2.5,
        ge=0,
        description="age at which a track that was not recognised keeps its new id",
    )
    prior_log_odds: float = Field(
        default=-1.25,
        description="log odds that an absent and a new player are one person before anything is "
        "known of them",
    )
    unseen_penalty: float = Field(
        default=1.25,
        ge=0,
        description="log odds taken off where one of the two has no appearance: motion alone",
    )
    min_margin: float = Field(
        default=0.0,
        ge=0,
        description="by how much the log odds of the next best explanation must be lower",
    )
    border_widths: float = Field(
        default=1.0,
        ge=0,
        description="boxes within this many of their widths of the edge are at the border",
    )
    min_cosine: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="instead of all that: the likeliest pairs whose mean embeddings have at least "
        "this cosine are one person; null: log odds decide",
    )


class TrackerConfig(ConfigSection):
    """Settings of the online tracker; those not given follow from the preset."""

    preset: Preset = Field(
        default="touchline", description="where settings that are not given come from"
    )
    roles: tuple[Role, ...] = Field(
        default=("player", "goalkeeper", "referee", "person"), description="roles that are tracked"
    )
    min_score: float = Field(
        default=0.15,
        ge=0,
        le=1,
        description=f"detections below are ignored; {_SUITED}",
    )
    min_high_score: float = Field(
        default=0.5, ge=0, le=1, description="detections below only continue a track, by motion"
    )
    min_new_score: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description=f"detections below never start a track; {_SUITED}",
    )
    min_new_rare_score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="the same for goalkeepers and referees, whose role detectors are less sure of; "
        f"null: as all others; {_SUITED}",
    )
    min_new_ball_score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description=f"the same for the ball, if it is tracked; null: as all others; {_SUITED}",
    )
    confirm_seconds: float = Field(
        default=0.03,
        ge=0,
        description="a new track is shown when it was seen again, this long after",
    )
    expansion: float = Field(
        default=0.5, ge=0, description="widen boxes by this share on every side to measure overlap"
    )
    height_overlap: bool = Field(
        default=False, description="multiply overlap by that of the boxes' vertical extents"
    )
    min_overlap: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="first association: boxes that overlap (IoU) no more than this are no pair; "
        "0: all may be",
    )
    wider_expansion: float | None = Field(
        default=None,
        ge=0,
        description="what the first association left over is tried again with boxes widened by "
        "this; null: it is not",
    )
    later_expansion: float | None = Field(
        default=None,
        ge=0,
        description="the same in the associations after it, of low scores and of tracks not "
        "confirmed; null: as in the first",
    )
    motion_model: Literal["kalman", "last_box", "mean_step"] = Field(
        default="kalman",
        description="where a track is expected: by its filter, where it was last seen, or there "
        "moved by its mean speed over its last boxes; the camera's motion is taken out of all",
    )
    direction_weight: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="first association: weight of how far a track would go on in its direction",
    )
    direction_of: Literal["centre", "corners"] = Field(
        default="centre",
        description="that direction is of the box's centre, going on as a bonus, or of its "
        "corners, turning as a penalty",
    )
    score_weight: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="first association: weight of how far a score is from where the track's go",
    )
    low_score_distance: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="low scores take part in the first association, further away by this; "
        "null: they have one of their own",
    )
    assignment: Literal["optimal", "mutual", "components"] = Field(
        default="optimal",
        description="pairs are those with the least sum of distances; those of which each is the "
        "other's nearest, in rounds with a falling limit; or, in the first association, by groups "
        "within reach, appearance only where motion is ambiguous",
    )
    observation_update: bool = Field(
        default=False,
        description="after a gap a track has the speed that leads through it in a straight line",
    )
    last_box_distance: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="what is left over is tried with the boxes where tracks were last seen, up to "
        "this distance; null: it is not",
    )
    max_new_overlap: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="a track begins only where its box overlaps (IoU) no track and no better new "
        "box by more than this; null: anywhere",
    )
    coast_seconds: float = Field(
        default=1.0, gt=0, description="time constant with which the speed of a lost track fades"
    )
    max_distance: float = Field(
        default=0.85, ge=0, le=1, description="first association: largest distance of a pair"
    )
    max_second_distance: float = Field(
        default=0.5, ge=0, le=1, description="second association, of low scores: largest distance"
    )
    max_tentative_distance: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="association of tracks not yet confirmed: largest distance",
    )
    max_duplicate_distance: float = Field(
        default=0.15,
        ge=0,
        le=1,
        description="tracks nearer than this are duplicates; the younger is dropped",
    )
    max_shared_seconds: float = Field(
        default=0.0,
        ge=0,
        description="tracks that coexisted for longer than this are never duplicates",
    )
    max_lost_seconds: float = Field(
        default=2.5,
        ge=0,
        description="how long motion may still find a track that has no detection",
    )
    fuse_score: bool = Field(
        default=False, description="multiply overlap by the score of the detection"
    )
    fusion: Literal["additive", "min"] = Field(
        default="additive", description="how motion and appearance distances are fused"
    )
    appearance_weight: float = Field(
        default=0.4, ge=0, le=1, description="share of appearance in additive fusion"
    )
    max_appearance_distance: float = Field(
        default=0.5, gt=0, le=1, description="appearance further away than this counts as different"
    )
    max_appearance_iou_distance: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="appearance counts only where boxes are nearer than this",
    )
    appearance_memory_seconds: float = Field(
        default=7.0, gt=0, description="time constant of the running mean of a track's appearance"
    )
    appearance_keep: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="share of that mean each new embedding leaves; null: it depends on the time",
    )
    centre_appearance: bool = Field(
        default=True, description="subtract the clip's mean embedding before comparing"
    )
    output_box: Literal["detection", "filtered"] = Field(
        default="detection", description="show the detected box, or the filter's estimate of it"
    )
    reentry: ReentryConfig = Field(default_factory=ReentryConfig, description="returning players")

    @model_validator(mode="before")
    @classmethod
    def _follow_preset(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        preset = PRESETS.get(cast(Preset, str(values.get("preset", "touchline"))), {})
        merged = {**preset, **values}
        reentry = values.get("reentry")
        # Some settings of the part are given: the preset still decides the others.
        if reentry is None or isinstance(reentry, Mapping):
            merged["reentry"] = {**preset.get("reentry", {}), **(reentry or {})}
        return merged

    @field_validator("roles", mode="before")
    @classmethod
    def _role_names(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _scores_rise(self) -> Self:
        for lower, higher in pairwise(("min_score", "min_high_score", "min_new_score")):
            if getattr(self, lower) > getattr(self, higher):
                raise ValueError(
                    f"{lower} {getattr(self, lower):g} lies above {higher} "
                    f"{getattr(self, higher):g}; raise {higher} or lower {lower}"
                )
        return self
