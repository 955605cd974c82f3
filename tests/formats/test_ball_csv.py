"""ball.csv: what is written is read back, and what is none is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from touchline.ball_track import BallTrack
from touchline.errors import FormatError, InputError, UsageError
from touchline.formats.ball_csv import read_ball, write_ball

HEADER = "frame,x,y,w,h,confidence,source\n"


def made_up(count: int) -> BallTrack:
    random = np.random.default_rng(count)
    corners = random.uniform(0, 1000, (count, 2))
    boxes = np.empty((count, 4))
    boxes[:, :2], boxes[:, 2:] = corners, corners + random.uniform(2, 20, (count, 2))
    frames = np.cumsum(random.integers(1, 4, count)) - 1
    return BallTrack(
        frames, np.round(boxes, 2), np.round(random.random(count), 4), random.random(count) < 0.5
    )


def test_a_track_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    track = made_up(500)
    write_ball(track, tmp_path / "ball.csv")
    back = read_ball(tmp_path / "ball.csv")
    for name in ("frames", "boxes", "confidences", "bridged"):
        assert np.array_equal(getattr(back, name), getattr(track, name))


def test_frames_count_from_1_and_the_source_is_said(tmp_path: Path) -> None:
    boxes = np.array([[10.5, 20, 18.5, 29], [11, 20, 19, 29]])
    track = BallTrack(np.array([0, 4]), boxes, np.array([0.9, 0.25]), np.array([False, True]))
    write_ball(track, tmp_path / "ball.csv")
    text = (tmp_path / "ball.csv").read_text()
    assert text == HEADER + "1,10.5,20.0,8.0,9.0,0.9,seen\n5,11.0,20.0,8.0,9.0,0.25,bridged\n"


def test_a_table_without_rows_says_why(tmp_path: Path) -> None:
    why = "yolo.onnx does not find the ball (it finds player, person)"
    write_ball(BallTrack.empty(why), tmp_path / "ball.csv")
    assert (tmp_path / "ball.csv").read_text() == f"{HEADER}# {why}\n"
    assert read_ball(tmp_path / "ball.csv").why_empty == why
    (tmp_path / "ball.csv").write_text(HEADER)
    assert read_ball(tmp_path / "ball.csv").why_empty == "the table has no rows"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frame,x\n", "line 1: the header must be frame,x,y,w,h,confidence,source"),
        (HEADER + "1,a,2,3,4,0.5,seen\n", "line 2: no row of a ball"),
        (HEADER + "1,1,2,0,4,0.5,seen\n", "line 2: no row of a ball"),
        (HEADER + "1,1,2,3,4,1.5,seen\n", "line 2: no row of a ball"),
        (HEADER + "1,1,2,3,4,0.5,guessed\n", "line 2: no row of a ball"),
        (HEADER + "2,1,2,3,4,0.5,seen\n2,1,2,3,4,0.5,seen\n", "line 3: .* after frame 2"),
    ],
)
def test_what_is_no_ball_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "ball.csv"
    file.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_ball(file)


def test_a_missing_table_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_ball(tmp_path / "ball.csv")


def test_columns_of_unequal_length_are_refused() -> None:
    none = np.empty(0)
    with pytest.raises(InputError, match="boxes of BallTrack"):
        BallTrack(np.array([1]), np.empty((0, 4)), none, none.astype(bool))
    with pytest.raises(InputError, match="ascend"):
        BallTrack(np.array([2, 1]), np.zeros((2, 4)), np.zeros(2), np.zeros(2, bool))
