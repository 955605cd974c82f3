"""Who is where in a football clip, and is it the same person as before?

>>> import touchline
>>> for frame, tracks in touchline.track("clip.mp4", detector="players.onnx"):
...     print(frame.time, tracks.ids, tracks.boxes)

Importing this loads nothing heavy; each public name is imported when it is first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# onnxruntime asks for a host of its maker's and keeps a device's number in the cache folder, unless
# this is set before its first import. Here, since every door to it lies behind this file.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from touchline.api.many_clips import batch
    from touchline.api.runs import Run, RunEdits, open_run
    from touchline.api.video import (
        ObservedVideo,
        load_detector,
        load_embedder,
        observe_video,
        track,
    )
    from touchline.api.whole_clip import ClipTracks, link
    from touchline.ball_track import BallTrack
    from touchline.batch_runs.records import BatchSummary, ClipRecord
    from touchline.edits.facts import Edit, SeenBox
    from touchline.embedder_facts import EmbedderFacts
    from touchline.errors import (
        ConnectionLost,
        EditRefused,
        FormatError,
        InputError,
        Interrupted,
        ModelError,
        SettingsError,
        StoreError,
        TouchlineError,
        UsageError,
        VideoError,
    )
    from touchline.evaluation.tracks import TrackEvaluation, evaluate_tracks
    from touchline.formats.track_files import read_tracks
    from touchline.identities import Identities
    from touchline.linking.config import (
        BallConfig,
        GlobalLinkConfig,
        GtaLinkConfig,
        InterpolationConfig,
        LinkConfig,
    )
    from touchline.metrics.ceilings import Ceiling, Ceilings
    from touchline.metrics.clear import ClearScores
    from touchline.metrics.hota import HotaScores
    from touchline.metrics.identity import IdentityScores
    from touchline.metrics.mistakes import Mistake
    from touchline.metrics.reentry import ReentryScores, Return
    from touchline.metrics.scores import BoxCounts, TrackScores
    from touchline.observation_rows import Observation
    from touchline.perception.config import (
        CameraConfig,
        DetectorConfig,
        EmbedderConfig,
        EmbeddingPolicyConfig,
        NumbersConfig,
        ShirtsConfig,
    )
    from touchline.perception.detector import OnnxDetector
    from touchline.perception.tiles import Tile
    from touchline.pitch.calibration import PitchCalibration, calibrate_image
    from touchline.pitch.camera import PitchCamera
    from touchline.pitch.cameras import PitchCameras
    from touchline.pitch.config import LinesConfig, PitchConfig, PositionsConfig
    from touchline.pitch.movement import Movement
    from touchline.pitch.positions import Positions
    from touchline.protocols import Detector, Embedder
    from touchline.run.changes import Changes, MovedBoxes
    from touchline.run.config import ModelsConfig, PageConfig, RunConfig
    from touchline.run.editing import Edited
    from touchline.run.facts import (
        DetectionFileFacts,
        DetectorFacts,
        InputSide,
        Machine,
        ModelsUsed,
        NumberReaderFacts,
        RunCounts,
        RunReport,
        Selection,
    )
    from touchline.run.questions import Candidate, Question
    from touchline.seen_lines import SeenLines
    from touchline.tracking.config import ReentryConfig, TrackerConfig
    from touchline.tracking.reentry import ReentryDecision
    from touchline.tracking.tracker import Tracker
    from touchline.types import Detections, Frame, Tracks, TrackTable
    from touchline.video.config import DrawConfig, ShotConfig, VideoConfig, WriterConfig
    from touchline.video.info import VideoInfo
    from touchline.video.reader import VideoReader, open_video

_HOMES = {
    "touchline.api.many_clips": "batch",
    "touchline.batch_runs.records": "BatchSummary ClipRecord",
    "touchline.api.runs": "Run RunEdits open_run",
    "touchline.api.video": "ObservedVideo load_detector load_embedder observe_video track",
    "touchline.api.whole_clip": "ClipTracks link",
    "touchline.ball_track": "BallTrack",
    "touchline.errors": (
        "ConnectionLost EditRefused FormatError InputError Interrupted ModelError "
        "SettingsError StoreError TouchlineError UsageError VideoError"
    ),
    "touchline.evaluation.tracks": "TrackEvaluation evaluate_tracks",
    "touchline.formats.track_files": "read_tracks",
    "touchline.edits.facts": "Edit SeenBox",
    "touchline.embedder_facts": "EmbedderFacts",
    "touchline.identities": "Identities",
    "touchline.linking.config": "BallConfig GlobalLinkConfig GtaLinkConfig "
    "InterpolationConfig LinkConfig",
    "touchline.metrics.ceilings": "Ceiling Ceilings",
    "touchline.metrics.clear": "ClearScores",
    "touchline.metrics.hota": "HotaScores",
    "touchline.metrics.identity": "IdentityScores",
    "touchline.metrics.mistakes": "Mistake",
    "touchline.metrics.reentry": "ReentryScores Return",
    "touchline.metrics.scores": "BoxCounts TrackScores",
    "touchline.observation_rows": "Observation",
    "touchline.perception.config": (
        "CameraConfig DetectorConfig EmbedderConfig EmbeddingPolicyConfig "
        "NumbersConfig ShirtsConfig"
    ),
    "touchline.perception.detector": "OnnxDetector",
    "touchline.perception.tiles": "Tile",
    "touchline.run.changes": "Changes MovedBoxes",
    "touchline.run.config": "ModelsConfig PageConfig RunConfig",
    "touchline.run.editing": "Edited",
    "touchline.run.facts": (
        "DetectionFileFacts DetectorFacts InputSide Machine ModelsUsed NumberReaderFacts "
        "RunCounts RunReport Selection"
    ),
    "touchline.run.questions": "Candidate Question",
    "touchline.seen_lines": "SeenLines",
    "touchline.tracking.config": "ReentryConfig TrackerConfig",
    "touchline.tracking.reentry": "ReentryDecision",
    "touchline.tracking.tracker": "Tracker",
    "touchline.pitch.calibration": "PitchCalibration calibrate_image",
    "touchline.pitch.camera": "PitchCamera",
    "touchline.pitch.cameras": "PitchCameras",
    "touchline.pitch.config": "LinesConfig PitchConfig PositionsConfig",
    "touchline.pitch.movement": "Movement",
    "touchline.pitch.positions": "Positions",
    "touchline.protocols": "Detector Embedder",
    "touchline.types": "Detections Frame TrackTable Tracks",
    "touchline.video.config": "DrawConfig ShotConfig VideoConfig WriterConfig",
    "touchline.video.info": "VideoInfo",
    "touchline.video.reader": "VideoReader open_video",
}
"""The public names, by the module that holds them."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "BallConfig",
    "BallTrack",
    "BatchSummary",
    "BoxCounts",
    "CameraConfig",
    "Candidate",
    "Ceiling",
    "Ceilings",
    "Changes",
    "ClearScores",
    "ClipRecord",
    "ClipTracks",
    "ConnectionLost",
    "DetectionFileFacts",
    "Detections",
    "Detector",
    "DetectorConfig",
    "DetectorFacts",
    "DrawConfig",
    "Edit",
    "EditRefused",
    "Edited",
    "Embedder",
    "EmbedderConfig",
    "EmbedderFacts",
    "EmbeddingPolicyConfig",
    "FormatError",
    "Frame",
    "GlobalLinkConfig",
    "GtaLinkConfig",
    "HotaScores",
    "Identities",
    "IdentityScores",
    "InputError",
    "InputSide",
    "InterpolationConfig",
    "Interrupted",
    "LinesConfig",
    "LinkConfig",
    "Machine",
    "Mistake",
    "ModelError",
    "ModelsConfig",
    "ModelsUsed",
    "MovedBoxes",
    "Movement",
    "NumberReaderFacts",
    "NumbersConfig",
    "Observation",
    "ObservedVideo",
    "OnnxDetector",
    "PageConfig",
    "PitchCalibration",
    "PitchCamera",
    "PitchCameras",
    "PitchConfig",
    "Positions",
    "PositionsConfig",
    "Question",
    "ReentryConfig",
    "ReentryDecision",
    "ReentryScores",
    "Return",
    "Run",
    "RunConfig",
    "RunCounts",
    "RunEdits",
    "RunReport",
    "SeenBox",
    "SeenLines",
    "Selection",
    "SettingsError",
    "ShirtsConfig",
    "ShotConfig",
    "StoreError",
    "Tile",
    "TouchlineError",
    "TrackEvaluation",
    "TrackScores",
    "TrackTable",
    "Tracker",
    "TrackerConfig",
    "Tracks",
    "UsageError",
    "VideoConfig",
    "VideoError",
    "VideoInfo",
    "VideoReader",
    "WriterConfig",
    "batch",
    "calibrate_image",
    "evaluate_tracks",
    "link",
    "load_detector",
    "load_embedder",
    "observe_video",
    "open_run",
    "open_video",
    "read_tracks",
    "track",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'touchline' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME_OF])
