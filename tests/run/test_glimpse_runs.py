"""A run says how many people it dropped, how long they were seen, and how to keep them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from clips import Clip
from typer.testing import CliRunner

from touchline.cli.main import app


def printed(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_number_of_dropped_people_is_told_and_the_cure_works(
    clip: Clip, tmp_path: Path
) -> None:
    rows = np.loadtxt(clip.detections, delimiter=",")
    briefly = rows[:5].copy()
    briefly[:, 0] = np.arange(20, 25)
    briefly[:, 2:4] = 200, 15
    boxes, run = tmp_path / "det.txt", tmp_path / "run"
    np.savetxt(boxes, np.concatenate([rows, briefly]), fmt="%g", delimiter=",")
    fast = ("-s", "camera.enabled=false", "-s", "numbers.read=never")
    options = ("--detections", boxes, "--reid", "none", "--no-video", *fast, "-o", run)
    said = printed("track", clip.video, *options)
    line = "dropped: 1 identity, seen for 0.16 s at most"
    assert said.count(line) == 1
    assert printed("info", run).count(line) == 1
    counts = json.loads((run / "run.json").read_text())["counts"]
    assert (counts["identities"], counts["glimpses"], counts["glimpse_seconds"]) == (4, 1, 0.16)
    assert "dropped:" not in printed("link", run, "-s", "link.whole.min_seconds=0")
    counts = json.loads((run / "run.json").read_text())["counts"]
    assert (counts["identities"], counts["glimpses"], counts["glimpse_seconds"]) == (5, 0, 0.0)
