"""Networks of other people on the command line: what is dropped, refused and told."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from cli.test_bad_input import assert_refused, touchline
from clips import Clip
from detector_networks import ULTRALYTICS, grid, save_network

ONE_PLAYER = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9]}


def network(folder: Path, names: str) -> Path:
    answers = {"output0": grid(7, ONE_PLAYER).T}
    return save_network(folder / "net.onnx", answers, {**ULTRALYTICS, "names": names})


def test_classes_that_tell_no_role_are_named_once_in_the_terminal_and_in_the_report(
    clip: Clip, tmp_path: Path
) -> None:
    file = network(tmp_path, "{0: 'ball', 1: 'kicker', 2: 'player team left'}")
    options = ("--reid", "none", "--no-video", "--end", "0.4", "--out", tmp_path / "run")
    result = touchline("track", clip.video, "--detector", file, *options)
    assert result.returncode == 0, result.stderr
    named = "tell no role are dropped: 1 kicker; "
    assert result.stderr.count(named) == 1
    report = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [named in warning for warning in report["warnings"]].count(True) == 1
    rows = (tmp_path / "run" / "tracks.csv").read_text().splitlines()[1:]
    assert rows
    assert {row.split(",")[8] for row in rows} == {"player"}


def test_a_network_without_people_is_refused_with_the_ways_to_name_them(
    clip: Clip, tmp_path: Path
) -> None:
    file = network(tmp_path, "{0: 'ball', 1: 'red', 2: 'blue'}")
    options = ("--reid", "none", "--no-video", "--end", "0.4", "--out", tmp_path / "run")
    result = touchline("track", clip.video, "--detector", file, *options)
    assert_refused(result, 1, "stands for people: 0 ball, 1 red, 2 blue", "touchline.names")
    mapped = ("-s", "detector.classes={0: ball, red: player, blue: player}")
    result = touchline("track", clip.video, "--detector", file, *options, *mapped)
    assert result.returncode == 0, result.stderr


def test_a_checkpoint_given_as_detector_is_refused_with_the_way_to_export_it(
    clip: Clip, tmp_path: Path
) -> None:
    torch.save({"model": {"a.weight": torch.zeros(2)}}, tmp_path / "best.pt")
    result = touchline("track", clip.video, "--detector", tmp_path / "best.pt", cwd=tmp_path)
    assert_refused(result, 1, "best.pt is a PyTorch checkpoint", "yolo export", "format=onnx")
