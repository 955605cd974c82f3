"""The whole configuration of a run: one section for each part, from one YAML file."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from touchline.config import ConfigSection
from touchline.linking.config import LinkConfig
from touchline.models.shipped import DETECTOR, shipped_models
from touchline.perception.config import (
    CameraConfig,
    DetectorConfig,
    EmbedderConfig,
    EmbeddingPolicyConfig,
    NumbersConfig,
    ShirtsConfig,
)
from touchline.pitch.config import LinesConfig, PitchConfig, PositionsConfig
from touchline.tracking.config import TrackerConfig
from touchline.video.config import DrawConfig, ShotConfig, VideoConfig, WriterConfig


class ModelsConfig(ConfigSection):
    """Where detections and embeddings come from."""

    detector: Path | None = Field(
        None, description="ONNX detector, or the name of a shipped one (the default)"
    )
    detections: Path | None = Field(
        None, description="detections in MOTChallenge text, instead of a detector"
    )
    tracks: Path | None = Field(
        None,
        description="tracks of another program in MOTChallenge text, instead of a detector and the "
        "tracker",
    )
    detections_scale: float = Field(
        1.0, gt=0, description="multiplies the boxes of either file, made at another resolution"
    )
    reid: str = Field(
        "football-reid",
        description="appearance: a shipped name, 'colour', 'none', an ONNX file or a checkpoint",
    )


class PageConfig(ConfigSection):
    """The contact sheet ``people.html`` of a run."""

    people: bool = Field(True, description="write people.html with the annotated video")
    crops: int = Field(
        8, ge=1, le=50, description="crops of each person; fewer of each in a clip of very many"
    )


class RunConfig(ConfigSection):
    """Every setting of ``touchline track``, by part."""

    models: ModelsConfig = ModelsConfig()
    video: VideoConfig = VideoConfig()
    shots: ShotConfig = ShotConfig()
    detector: DetectorConfig = DetectorConfig()
    camera: CameraConfig = CameraConfig()
    embedder: EmbedderConfig = EmbedderConfig()
    embedding: EmbeddingPolicyConfig = EmbeddingPolicyConfig()
    shirts: ShirtsConfig = ShirtsConfig()
    numbers: NumbersConfig = NumbersConfig()
    lines: LinesConfig = LinesConfig()
    tracker: TrackerConfig = TrackerConfig()
    link: LinkConfig = LinkConfig()
    pitch: PitchConfig = PitchConfig()
    positions: PositionsConfig = PositionsConfig()
    draw: DrawConfig = DrawConfig()
    writer: WriterConfig = WriterConfig()
    page: PageConfig = PageConfig()

    def tracker_in_force(self) -> TrackerConfig:
        """The tracker's settings; score limits that were not given are those that suit the
        shipped detector, where it is the one used: detectors score the same people differently.
        """
        models, tracker = self.models, self.tracker
        a_file = models.detections or models.tracks
        if a_file is not None or (models.detector and os.path.isfile(models.detector)):
            return tracker
        name = str(models.detector or DETECTOR)
        suited = next((model.tracker for model in shipped_models() if model.name == name), {})
        high, given = tracker.min_high_score, set(tracker.model_fields_set)
        if "min_new_score" in given:
            given |= {"min_new_rare_score", "min_new_ball_score"}
        # A limit that was given is not overtaken.
        limits = {
            name: min(value, high) if name == "min_score" else max(value, high)
            for name, value in suited.items()
            if name not in given
        }
        return tracker.model_copy(update=limits)


OBSERVE_SECTIONS = (
    *("shots", "detector", "camera", "embedder", "embedding", "shirts", "numbers", "lines"),
)
"""The sections that stored observations depend on; the others can change afterwards."""
