"""A run that found nobody says so, with the likely cause and the number that shows it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, positions
from typer.testing import CliRunner

import touchline
from touchline.cli.main import app
from touchline.config import load_config
from touchline.run.config import RunConfig
from touchline.types import Detections, Image


class Fixed:
    """Answers every image with the same boxes."""

    def __init__(self, score: float, role: str, count: int = 4) -> None:
        boxes = positions(0)[:count]
        self._answer = Detections(boxes, np.full(count, score), [role] * count)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self._answer for _ in images]


def written(clip: Clip, folder: Path, score: float) -> Path:
    rows = np.loadtxt(clip.detections, delimiter=",")
    rows[:, 6] = score
    file = folder / "scored.txt"
    np.savetxt(file, rows, fmt="%g", delimiter=",")
    return file


def run(clip: Clip, out: Path, *options: str) -> list[str]:
    arguments = ["track", str(clip.video), "--reid", "none", "--no-video", "-o", str(out)]
    result = CliRunner().invoke(app, [*arguments, *options])
    assert result.exit_code == 0, result.output
    found: list[str] = json.loads((out / "run.json").read_text())["warnings"]
    for warning in found:
        assert result.stderr.count(warning) == 1
    return found


def test_scores_below_the_limit_are_named_and_the_cure_works(clip: Clip, tmp_path: Path) -> None:
    boxes = str(written(clip, tmp_path, 0.3))
    (warning,) = run(clip, tmp_path / "a", "--detections", boxes)
    assert "none of the 240 boxes of people scored above 0.30, and a track begins at 0.7" in warning
    cure = warning.split(": ")[-1].removesuffix(" begins lower").split()
    assert run(clip, tmp_path / "b", "--detections", boxes, *cure) == []
    report = json.loads((tmp_path / "b/run.json").read_text())
    assert report["counts"]["identities"] == 4


def test_linking_again_says_what_is_true_then(clip: Clip, tmp_path: Path) -> None:
    run(clip, tmp_path, "--detections", str(written(clip, tmp_path, 0.3)))
    limits = [f"-s tracker.{name}=0.2" for name in ("min_new_score", "min_high_score")]
    link = ["link", str(tmp_path), *" ".join(limits).split()]
    assert CliRunner().invoke(app, link).exit_code == 0
    assert json.loads((tmp_path / "run.json").read_text())["warnings"] == []


def test_roles_that_drop_everybody_are_named(clip: Clip, tmp_path: Path) -> None:
    options = ("--detections", str(clip.detections), "-s", "tracker.roles=[referee]")
    (warning,) = run(clip, tmp_path, *options)
    assert "the boxes are no people (240 person), and tracker.roles are referee" in warning


def test_boxes_that_are_never_seen_again_are_said(clip: Clip, tmp_path: Path) -> None:
    lines = clip.detections.read_text().splitlines()
    few = [line for line in lines if line.split(",")[0] in ("10", "20", "31", "33", "50")]
    (tmp_path / "few.txt").write_text("\n".join(few) + "\n")
    (warning,) = run(clip, tmp_path / "run", "--detections", str(tmp_path / "few.txt"))
    assert "20 boxes of people, the best with 0.90, gave no track" in warning


def test_a_video_without_people_is_said_once(tmp_path: Path, clip: Clip) -> None:
    for command in ("track", "observe"):
        out = tmp_path / command
        arguments = [command, str(clip.video), "--reid", "none", "-o", str(out), "--end", "0.2"]
        arguments += ["--detector-size", "160", "-s", "detector.min_score=0.99"] + [
            "--no-video"
        ] * (command == "track")
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        assert result.stderr.count("the detector found nothing in 5 frames") == 1
        (warning,) = json.loads((out / "run.json").read_text())["warnings"]
        assert "detector.min_score 0.99" in warning


@pytest.mark.parametrize(
    ("detector", "said"),
    [
        (Fixed(0.3, "player"), r"boxes of people scored above 0.30, and a track begins at"),
        (Fixed(0.9, "ball"), r"the boxes are no people \(200 ball\)"),
        (Fixed(0.9, "player", count=0), "the detector found nothing in 60 frames"),
    ],
)
def test_python_warns_once(clip: Clip, detector: Fixed, said: str) -> None:
    with pytest.warns(UserWarning, match=said) as caught:
        frames = list(touchline.track(clip.video, detector=detector, reid="none"))
    assert len(caught) == 1
    assert len(frames) == clip.frames


def test_python_says_nothing_where_somebody_was_tracked(clip: Clip) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(touchline.track(clip.video, detections=clip.detections, reid="none"))
        for frame, _ in touchline.track(clip.video, detector=Fixed(0.3, "player"), reid="none"):
            if frame.index == 3:
                break  # who stops early has not asked for all


def test_a_ball_that_is_asked_for_is_tracked_with_the_shipped_detectors_scores() -> None:
    asked = "tracker.roles=[player,goalkeeper,referee,person,ball]"
    tracker = touchline.Tracker(load_config(RunConfig, overrides=[asked]).tracker_in_force())
    for frame in range(5):
        ball = Detections([[100 + 3 * frame, 50, 110 + 3 * frame, 60]], [0.7], ["ball"])
        tracks = tracker.update(ball, time=frame / 25)
    assert tracks.roles.tolist() == ["ball"]
