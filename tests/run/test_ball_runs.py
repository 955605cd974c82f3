"""ball.csv of a run: what a detector that finds balls leads to, and what one without leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clips import Clip
from detector_networks import ULTRALYTICS, grid, save_network

import touchline
from touchline.errors import Interrupted
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


def ball_finder(folder: Path) -> Path:
    """A network that finds one player and one ball, always at the same place."""
    found = grid(7, {0: [40, 30, 10, 20, 0, 0, 0.9], 1: [20, 50, 4, 4, 0.8, 0, 0]})
    return save_network(folder / "finder.onnx", {"output": found.T}, ULTRALYTICS)


def request(clip: Clip, out: Path, models: dict[str, str], batch: int = 8) -> RunRequest:
    settings: dict[str, Any] = {
        "models": {"reid": "none", **models},
        "detector": {"batch_size": batch, "device": "cpu", "tiles": "off"},
        "numbers": {"read": "never"},
    }
    return RunRequest(str(clip.video), out, settings, draw_video=False)


def test_the_ball_of_a_run_is_in_its_folder_its_report_and_in_python(
    clip: Clip, tmp_path: Path
) -> None:
    models = {"detector": str(ball_finder(tmp_path))}
    report = track_run(request(clip, tmp_path / "run", models), quiet, never)
    assert report.files["ball"] == "ball.csv"
    assert (report.counts.ball_seen, report.counts.ball_bridged) == (clip.frames, 0)
    ball = touchline.open_run(tmp_path / "run").ball
    assert ball.frames.tolist() == list(range(clip.frames))
    linked = touchline.link(tmp_path / "run").ball
    assert linked.boxes.tobytes() == ball.boxes.tobytes()
    assert linked.confidences.tolist() == ball.confidences.tolist()


def test_a_stopped_run_and_another_batch_give_the_same_bytes(clip: Clip, tmp_path: Path) -> None:
    models = {"detector": str(ball_finder(tmp_path))}
    track_run(request(clip, tmp_path / "whole", models), quiet, never)
    answers = iter([False, False, True])
    with pytest.raises(Interrupted):
        track_run(request(clip, tmp_path / "parts", models, 3), quiet, lambda: next(answers, True))
    assert (tmp_path / "parts" / "ball.csv").stat().st_size > 0
    track_run(request(clip, tmp_path / "parts", models, 3), quiet, never)
    whole, parts = ((tmp_path / name / "ball.csv").read_bytes() for name in ("whole", "parts"))
    assert whole == parts


def test_where_nobody_looks_for_a_ball_the_table_says_so(clip: Clip, tmp_path: Path) -> None:
    models = {"detections": str(clip.detections)}
    report = track_run(request(clip, tmp_path / "run", models), quiet, never)
    assert (report.counts.ball_seen, report.counts.ball_bridged) == (0, 0)
    (why,) = (tmp_path / "run" / "ball.csv").read_text().splitlines()[1:]
    assert why == f"# the boxes come from {clip.detections.name}, which does not say what is a ball"
    link_run(tmp_path / "run", {**_settings(tmp_path), "link": {"ball": {"enabled": False}}}, quiet)
    assert touchline.open_run(tmp_path / "run").ball.why_empty == "link.ball.enabled is off"


def _settings(folder: Path) -> dict[str, Any]:
    from touchline.run.folder import stored_settings

    return dict(stored_settings(folder / "run"))


def test_a_detector_without_a_ball_is_named(clip: Clip, tmp_path: Path) -> None:
    metadata = {**ULTRALYTICS, "names": "{0: 'player', 1: 'goalkeeper', 2: 'referee'}"}
    found = grid(7, {0: [40, 30, 10, 20, 0.9, 0, 0]})
    file = save_network(tmp_path / "people.onnx", {"output": found.T}, metadata)
    track_run(request(clip, tmp_path / "run", {"detector": str(file)}), quiet, never)
    why = touchline.open_run(tmp_path / "run").ball.why_empty
    assert why == "people.onnx does not find the ball (it finds player, goalkeeper, referee)"
