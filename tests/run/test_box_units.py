"""Boxes in other units than pixels of the video are said, with the number that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip
from numpy.typing import NDArray
from typer.testing import CliRunner

import touchline
from touchline.cli.main import app
from touchline.errors import UsageError
from touchline.run.box_units import unit_warnings

Rows = NDArray[np.float64]


def people(seed: int = 0, count: int = 600, width: int = 1280, height: int = 720) -> Rows:
    """(N, 4) x, y, width, height of people all over an image, cut at its border."""
    numbers = np.random.default_rng(seed)
    tall = numbers.uniform(0.06, 0.12, count) * height
    wide = 0.4 * tall
    middle = numbers.uniform(0, width, count)
    feet = numbers.uniform(0.3 * height, 1.02 * height, count)
    corners = np.column_stack([middle - wide / 2, feet - tall, middle + wide / 2, feet])
    corners = corners.clip(0, [width, height, width, height])
    return np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])


def warnings_of(rows: Rows) -> list[str]:
    """Of rows as a file has them, read as x, y, width, height."""
    return unit_warnings(np.column_stack([rows[:, :2], rows[:, :2] + rows[:, 2:]]), 1280, 720)


@pytest.mark.parametrize("seed", range(20))
def test_pixels_are_not_doubted(seed: int) -> None:
    assert warnings_of(people(seed)) == []
    near = people(seed, count=40)
    near[:, 0] = near[:, 0].clip(900)  # a goal at the right of a near camera
    assert warnings_of(near) == []
    assert warnings_of(np.array([[10.0, 5.0, 1200.0, 700.0]])) == []  # one who fills the image
    assert unit_warnings(np.empty((0, 4)), 1280, 720) == []


def test_shares_of_the_image_are_refused() -> None:
    with pytest.raises(UsageError, match=r"fractions .* multiply x and width by 1280, y .* by 720"):
        warnings_of(people() / [1280, 720, 1280, 720])


def corners(rows: Rows) -> Rows:
    return np.column_stack([rows[:, :2], rows[:, :2] + rows[:, 2:]])


def middles(rows: Rows) -> Rows:
    return np.column_stack([rows[:, :2] + rows[:, 2:] / 2, rows[:, 2:]])


def test_corners_are_refused_with_how_far_they_would_reach() -> None:
    with pytest.raises(UsageError, match=r"% of the boxes reach beyond .*corners x1,y1,x2,y2\?"):
        warnings_of(corners(people()))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda rows: rows * 1.5, "detections_scale"),
        (lambda rows: rows / 1.5, r"reaches beyond 8.., 4..* of .*detections_scale=1.5"),
        (lambda rows: rows / 2, r"detections_scale=2 would"),
        (lambda rows: rows * 100 / [1280, 720, 1280, 720], r"percent of it.* by 12.8.* by 7.2"),
        (middles, r"over the right or lower border, by up to 5\d% .*is x,y their middle"),
        (lambda rows: rows - [640, 360, 0, 0], "lie outside"),  # counted from the middle
    ],
)
def test_other_units_are_a_warning_with_the_cure(made: Callable[[Rows], Rows], said: str) -> None:
    (warning,) = warnings_of(made(people()))
    assert re.search(said, warning), warning


def written(file: Path, rows: Rows) -> Path:
    np.savetxt(file, rows, fmt="%g", delimiter=",")
    return file


def test_boxes_behind_the_end_are_counted(clip: Clip, tmp_path: Path) -> None:
    rows = np.loadtxt(clip.detections, delimiter=",")
    rows[:, 0] += clip.frames // 2
    late = written(tmp_path / "late.txt", rows)
    arguments = ["track", str(clip.video), "--detections", str(late), "--reid", "none"]
    result = CliRunner().invoke(app, [*arguments, "--no-video", "-o", str(tmp_path / "run")])
    assert result.exit_code == 0
    assert "(50%) lie behind the end of the video, up to frame" in result.stderr
    whole = [*arguments, "--no-video", "--end", "0.8", "-o", str(tmp_path / "part")]
    assert "behind the end" not in CliRunner().invoke(app, whole).stderr


def test_boxes_that_end_early_are_said(clip: Clip, tmp_path: Path) -> None:
    rows = np.loadtxt(clip.detections, delimiter=",")
    early = written(tmp_path / "early.txt", rows[rows[:, 0] <= clip.frames // 2])
    with pytest.warns(UserWarning, match="the last detection is in frame"):
        list(touchline.track(clip.video, detections=early, reid="none"))


def test_another_unit_empties_no_earlier_run(clip: Clip, tmp_path: Path) -> None:
    arguments = ["track", str(clip.video), "--reid", "none", "--no-video", "-o", str(tmp_path)]
    first = CliRunner().invoke(app, [*arguments, "--detections", str(clip.detections)])
    assert first.exit_code == 0
    rows = np.loadtxt(clip.detections, delimiter=",")
    rows[:, 2:6] /= [WIDTH, HEIGHT, WIDTH, HEIGHT]
    shares = written(tmp_path / "shares.txt", rows)
    again = CliRunner().invoke(app, [*arguments, "--overwrite", "--detections", str(shares)])
    assert isinstance(again.exception, UsageError)
    assert (tmp_path / "tracks.txt").stat().st_size > 0
    with pytest.raises(UsageError, match="fractions"):
        touchline.track(clip.video, detections=shares, reid="none")
