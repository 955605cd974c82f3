"""A run whose boxes are in every n-th frame only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from clips import Clip
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore


@pytest.mark.parametrize(("step", "first"), [(2, 1), (3, 0), (3, 2)])
def test_everybody_is_tracked_and_shown_in_the_frames_between(
    clip: Clip, tmp_path: Path, step: int, first: int
) -> None:
    lines = clip.detections.read_text().splitlines()
    kept = [line for line in lines if (int(line.split(",")[0]) - 1) % step == first]
    sparse = tmp_path / "sparse.txt"
    sparse.write_text("\n".join(kept) + "\n")
    arguments = ["track", str(clip.video), "--detections", str(sparse), "--reid", "colour"]
    result = CliRunner().invoke(app, [*arguments, "--no-video", "-o", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "run/run.json").read_text())
    assert report["counts"]["identities"] == 4
    (warning,) = report["warnings"]
    assert "frame only" in warning
    table = read_csv(tmp_path / "run/tracks.csv")
    shown = np.bincount(table.frames, minlength=clip.frames)
    last = max(int(line.split(",")[0]) for line in kept)
    assert (shown[first:last] == 4).all()
    with ObservationStore.open(tmp_path / "run/observations.sqlite") as store:
        seen = list(store)
    assert [each.frame for each in seen if each.looked] == list(range(first, clip.frames, step))
    # Clothes are looked at where there are boxes, not in the turn of a frame without.
    assert sum(each.detections.shirts is not None for each in seen) >= 3
