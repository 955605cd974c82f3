"""``touchline reid prepare`` as a person types it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clips import Clip
from drawn_sportsmot import walkers, write_sportsmot
from typer.testing import CliRunner, Result

from touchline.cli.main import app
from touchline.errors import TouchlineError


def reid_prepare(*words: object) -> Result:
    result = CliRunner().invoke(app, ["reid", "prepare", *map(str, words)])
    if result.exception is not None and isinstance(result.exception, TouchlineError):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def sportsmot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clips = {f"v_{match}_c00{number}": walkers(3, 100) for match in "ab" for number in range(2)}
    return write_sportsmot(tmp_path_factory.mktemp("data") / "SportsMOT", clips)


def test_summary_says_what_was_made_and_what_is_doubtful(sportsmot: Path, tmp_path: Path) -> None:
    out = tmp_path / "reid"
    result = reid_prepare("--sportsmot", sportsmot, "--out", out, "--holdout-match", "v_b")
    assert result.exit_code == 0, result.output
    assert "train:    48 crops of 6 people, 2 clips, 1 matches" in result.stdout
    assert "held out: v_b" in result.stdout
    assert "9 train, 9 held out, 0 across" in result.stdout
    assert "warning: 9 pairs of identities held out may be one person" in result.stderr
    names = {"manifest.csv", "gid2info.json", "prepare.json", "train", "val"}
    names |= {f"list_{name}.txt" for name in ("train", "query_val", "gallery_val")}
    assert {file.name for file in out.iterdir()} == names


def test_json_is_the_report_and_nothing_else(sportsmot: Path, tmp_path: Path) -> None:
    words = ["--split", "identity", "--holdout", "0.25", "--seed", "3", "--json", "-"]
    result = reid_prepare("--sportsmot", sportsmot, "--out", tmp_path / "reid", *words)
    report = json.loads(result.stdout)
    assert report == json.loads((tmp_path / "reid" / "prepare.json").read_text())
    assert report["request"]["settings"]["seed"] == 3
    assert report["splits"]["query"]["identities"] == 3


def test_settings_come_from_a_file_options_and_single_settings(
    sportsmot: Path, tmp_path: Path
) -> None:
    file = tmp_path / "prepare.yaml"
    file.write_text("min_height: 30\nmargin: 0.2\nholdout: 0.3\nmin_visible: 0.4\n")
    words = ["--config", file, "--holdout", 0.5, "-s", "margin=0.1", "-s", "crops_per_track=3"]
    report = json.loads(
        reid_prepare(
            "--sportsmot", sportsmot, "-o", tmp_path / "reid", "--json", "-", *words
        ).stdout
    )
    settings = report["request"]["settings"]
    expected = {
        "min_height": 30.0,
        "margin": 0.1,
        "holdout": 0.5,
        "min_visible": 0.4,
        "crops_per_track": 3,
    }
    assert {name: settings[name] for name in expected} == expected


def test_videos_and_truths_come_in_pairs(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(TouchlineError, match="1 times --video and 0 times --truth"):
        reid_prepare("--video", clip.video, "--out", tmp_path / "reid")


def test_matches_are_read_from_a_table(clip: Clip, tmp_path: Path) -> None:
    rows = [f"{frame},1,{40 + frame},50,40,80,1\n" for frame in range(1, 61)]
    (tmp_path / "walk.gt.txt").write_text("".join(rows))
    table = tmp_path / "matches.csv"
    words = ["--video", clip.video, "--truth", tmp_path / "walk.gt.txt", "--matches", table]
    words += ["--out", tmp_path / "reid", "--holdout", "0"]
    table.write_text("sequence,match\nwalk,derby\n")
    reid_prepare(*words)
    assert ",walk,derby," in (tmp_path / "reid" / "manifest.csv").read_text()
    table.write_text("sequence,match\nwalk,\n")
    with pytest.raises(TouchlineError, match=r"matches.csv, line 2"):
        reid_prepare(*words)


def test_ctrl_c_keeps_the_crops_and_says_how_to_go_on(tmp_path: Path) -> None:
    clips = {f"v_a_c{number:03d}": walkers(4, 250) for number in range(4)}
    root = write_sportsmot(tmp_path / "data", clips)
    out = tmp_path / "reid"
    command = [sys.executable, "-m", "touchline", "reid", "prepare", "--sportsmot", str(root)]
    command += ["--out", str(out), "--holdout", "0", "--workers", "1"]
    command += ["--set", "crops_per_track=250"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not list(out.glob("train/*/*.jpg")):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "the same command goes on from there" in errors
    assert "Traceback" not in errors
    assert 0 < len(list(out.rglob("*.jpg"))) < 4000
    assert not list(out.rglob("*.part"))
