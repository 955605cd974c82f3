"""The commands do what their names say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from clips import Clip

from touchline.cli.arguments import asked_settings, default_out
from touchline.clock_times import parse_time
from touchline.errors import UsageError


def touchline(*arguments: object, cwd: Path | None = None) -> str:
    command = [sys.executable, "-m", "touchline", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_help_names_every_command() -> None:
    output = touchline("--help")
    for command in ("track", "observe", "link", "draw", "info", "demo", "reid"):
        assert command in output


def test_demo_tracks_the_shipped_clip_and_says_where_the_video_lies(tmp_path: Path) -> None:
    output = touchline("demo", "--end", "1", cwd=tmp_path)
    assert "runs/demo/annotated.mp4" in output
    assert "the pitch: recognised in 25 of 25 frames\n" in output
    assert (tmp_path / "runs" / "demo" / "annotated.mp4").stat().st_size > 0


def test_the_steps_one_by_one_make_what_track_makes(clip: Clip, tmp_path: Path) -> None:
    # Otherwise x264 does not always write the same bytes.
    same_bytes = ("-s", "writer.threads=1", "-s", "writer.preset=ultrafast")
    inputs = (clip.video, "--detections", clip.detections, *same_bytes, "--out")
    touchline("track", *inputs, tmp_path / "whole")
    touchline("observe", *inputs, tmp_path / "steps")
    touchline("link", tmp_path / "steps")
    touchline("draw", tmp_path / "steps")
    for name in ("tracks.txt", "tracks.csv", "annotated.mp4"):
        assert (tmp_path / "steps" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_command_that_has_nothing_to_do_says_so(clip: Clip, tmp_path: Path) -> None:
    whole = ("track", clip.video, "--detections", clip.detections, "--out", tmp_path)
    assert "nothing to do" not in touchline(*whole)
    assert "nothing to do: this run is finished" in touchline(*whole)
    assert "nothing to do: this video was observed" in touchline("observe", *whole[1:])
    assert "nothing to do: these are the tracks" in touchline("link", tmp_path)
    assert "nothing to do: annotated.mp4 shows" in touchline("draw", tmp_path)
    assert (
        json.loads(touchline("draw", tmp_path, "--json", "-"))["files"]["video"] == "annotated.mp4"
    )
    assert "nothing to do" not in touchline("draw", tmp_path, "-s", "draw.style=box")


def test_link_keeps_the_settings_of_the_run_and_takes_new_ones(clip: Clip, tmp_path: Path) -> None:
    touchline(
        *("observe", clip.video, "--detections", clip.detections, "--out", tmp_path),
        *("-s", "tracker.max_lost_seconds=7"),
    )
    report = json.loads(touchline("link", tmp_path, "--preset", "botsort", "--json", "-"))
    assert report["settings"]["tracker"]["max_lost_seconds"] == 7.0
    assert report["settings"]["tracker"]["preset"] == "botsort"
    assert report["settings"]["tracker"]["fusion"] == "min"


def test_info_describes_a_video_and_a_run(clip: Clip, tmp_path: Path) -> None:
    facts = json.loads(touchline("info", clip.video, "--json", "-"))
    assert (facts["width"], facts["height"], facts["frame_count"]) == (320, 240, clip.frames)
    touchline("observe", clip.video, "--detections", clip.detections, "--out", tmp_path)
    assert json.loads(touchline("info", tmp_path, "--json", "-"))["counts"]["frames"] == clip.frames
    assert f"{clip.frames} frames" in touchline("info", tmp_path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12.5", 12.5), ("00:41", 41.0), ("1:02:03.5", 3723.5), ("0", 0.0)],
)
def test_times_are_seconds_or_clock_times(text: str, seconds: float) -> None:
    assert parse_time(text, "--start") == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:2:3:4", "nan"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--end"):
        parse_time(text, "--end")


def test_the_run_folder_is_named_after_the_clip() -> None:
    assert default_out("videos/derby.mp4") == Path("runs/derby")
    assert default_out("SNMOT-060/img1") == Path("runs/SNMOT-060")
    assert default_out("rtsp://camera/1").parent == Path("runs")


def test_options_go_over_the_file_and_single_settings_over_both(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("tracker: {preset: touchline, min_score: 0.3}\n")
    tree = asked_settings(
        file, ["tracker.min_score=0.2"], {"tracker.preset": "botsort", "models.reid": None}
    )
    assert tree == {"tracker": {"preset": "botsort", "min_score": 0.2}}
    digits = asked_settings(None, None, {"models.detections": "007", "detector.size": 640})
    assert digits == {"models": {"detections": "007"}, "detector": {"size": 640}}
