"""The tracker's limits of scores follow the shipped detector, unless they are given."""

from __future__ import annotations

from pathlib import Path

from touchline.config import load_config
from touchline.run.config import RunConfig
from touchline.tracking.config import TrackerConfig


def _tracker(*settings: str) -> TrackerConfig:
    return load_config(RunConfig, overrides=settings).tracker_in_force()


def test_the_shipped_detector_brings_its_limits_by_name_or_by_default() -> None:
    usual, suited = TrackerConfig(), _tracker()
    assert (suited.min_score, suited.min_new_score) != (usual.min_score, usual.min_new_score)
    assert _tracker("models.detector=football-detector") == suited


def test_other_detectors_and_stored_boxes_keep_the_usual_limits(tmp_path: Path) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(b"")
    assert _tracker(f"models.detector={own}") == TrackerConfig()
    assert _tracker("models.detector=missing.onnx") == TrackerConfig()
    assert _tracker("models.detections=boxes.txt") == TrackerConfig()


def test_what_was_given_stays_and_is_never_overtaken() -> None:
    low = _tracker("tracker.min_new_score=0.6")
    assert (low.min_new_score, low.min_new_rare_score) == (0.6, None)
    low, high = _tracker("tracker.min_high_score=0.3"), _tracker("tracker.min_high_score=0.7")
    assert low.min_score <= low.min_high_score == 0.3
    assert high.min_new_score >= high.min_high_score == 0.7
    preset = _tracker("tracker.preset=botsort")
    assert preset == TrackerConfig(preset="botsort")
