"""``touchline pitch``, from a folder or a picture to its answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from drawn_pitches import drawn_pitch

from touchline.image_files import image_size, write_image
from touchline.pitch.camera import PitchCamera


def pitch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", "pitch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_show_draws_a_picture_and_says_where_its_camera_stands(tmp_path: Path) -> None:
    camera = PitchCamera(0, -66, 18, 0.05, 0.27, 0.0, 1.1)
    write_image(tmp_path / "view.png", drawn_pitch(camera))
    done = pitch("show", tmp_path / "view.png", "--out", tmp_path / "out", "--json", "-")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert abs(row["camera"]["pan"] - 0.05) < 0.01
    assert image_size(Path(row["file"])) == (960, 540)


def test_evaluate_refuses_a_folder_without_points_in_one_line(tmp_path: Path) -> None:
    done = pitch("evaluate", "--data", tmp_path)
    assert done.returncode == 2
    assert "points.csv is missing" in done.stderr
    assert len(done.stderr.splitlines()) == 1
