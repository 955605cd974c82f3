"""What a long command says while it works: one time left for all steps, and no more than asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from clips import Clip

from touchline.cli.main import main
from touchline.cli.progress import MINUTE, minute_lines
from touchline.cli.time_left import TimeLeft


def test_one_time_counts_down_over_all_steps() -> None:
    now = [0.0]
    left = TimeLeft(lambda: now[0])
    left.plan(["observe", "link", "draw"])
    left.update("observe", 100, 1000)  # goes on from frame 100
    assert left.seconds() is None
    now[0] = 10.0
    left.update("observe", 200, 1000)
    assert left.seconds() == pytest.approx(80 + 6 + 30)  # 0.1 s a frame, then the usual paces
    left.update("observe", 1000, 1000)
    left.update("link", 0, 1000)
    assert left.seconds() == pytest.approx(6 + 30)
    left.update("draw", 0, 1000)
    now[0] = 12.0
    left.update("draw", 50, 1000)
    assert left.seconds() == pytest.approx(38)


def test_a_job_of_one_step_needs_no_plan() -> None:
    now = [0.0]
    left = TimeLeft(lambda: now[0])
    left.update("trials", 0, 10)
    now[0] = 20.0
    left.update("trials", 5, 10)
    assert left.seconds() == pytest.approx(20)


def test_without_a_terminal_a_line_comes_every_minute() -> None:
    now = [0.0]
    said: list[str] = []
    left = TimeLeft(lambda: now[0])
    left.plan(["observe"])
    tell = minute_lines(left, "frames", said.append, lambda: now[0])
    for done in range(0, 2500, 10):
        now[0] = done * 0.1
        left.update("observe", done, 10_000)
        tell("observe", done, 10_000)
    assert MINUTE == 60.0
    assert len(said) == 4
    assert said[0] == "observe: 600 of 10000 frames, 10.0 frames/s, 0:15:40 left"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_a_command_says_as_much_as_it_is_asked(clip: Clip, tmp_path: Path) -> None:
    options = ["--detections", clip.detections, "--reid", "none", "--no-video", "--out"]
    quiet = run("track", clip.video, *options, tmp_path / "a", "--quiet")
    assert quiet.stdout == quiet.stderr == ""
    assert json.loads((tmp_path / "a" / "run.json").read_text())["complete"]
    assert "seconds:" not in run("info", tmp_path / "a").stdout
    assert "seconds:" in run("--verbose", "info", tmp_path / "a").stdout


def test_opposites_are_refused_and_the_version_is_short_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["touchline", "info", "x", "--quiet", "--verbose"])
    with pytest.raises(SystemExit):
        main()
    assert "--quiet and --verbose are opposites" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["touchline", "-V"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith("touchline 0.")
