"""cameras.csv: what is written is read back, and what is none is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError, UsageError
from touchline.formats.cameras_csv import CAMERAS_HEADER, read_cameras, write_cameras
from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import REFUSAL_WORDS, PitchCameras

SIZE = (1280, 720)
HEADER = ",".join(CAMERAS_HEADER) + "\n"
COLUMNS = ("frames", "places", "angles", "focals", "bends", "confidences", "refusals")


def made_up(count: int) -> PitchCameras:
    random = np.random.default_rng(count)
    codes = random.integers(0, len(REFUSAL_WORDS), count).astype(np.uint8)
    rows = np.tile(PitchCamera(0, -80, 18, 0.0, 0.22, 0.01, 1.4, -0.05).parameters(), (count, 1))
    rows += random.normal(0, 0.1, rows.shape)
    rows[codes > 0] = np.nan
    frames = np.cumsum(random.integers(1, 4, count)) - 1
    return PitchCameras.from_parameters(frames, rows, codes, SIZE, random.random(count))


@pytest.mark.parametrize("rounded", [True, False])
def test_cameras_are_read_back_bit_for_bit(rounded: bool, tmp_path: Path) -> None:
    cameras = made_up(200).rounded() if rounded else made_up(200)
    write_cameras(cameras, tmp_path / "cameras.csv")
    back = read_cameras(tmp_path / "cameras.csv", SIZE)
    for name in COLUMNS:
        assert np.array_equal(getattr(back, name), getattr(cameras, name), equal_nan=True), name
    assert back.image_size == SIZE


def test_frames_count_from_1_and_the_refusal_is_said(tmp_path: Path) -> None:
    rows = np.full((2, 8), np.nan)
    rows[0] = PitchCamera(0.5, -80, 18, 0.1, 0.22, 0, 1.5).parameters()
    cameras = PitchCameras.from_parameters(
        np.array([0, 4]), rows, np.array([0, 3], np.uint8), SIZE, np.array([0.9, 0.25])
    )
    write_cameras(cameras.rounded(), tmp_path / "cameras.csv")
    assert (tmp_path / "cameras.csv").read_text() == (
        HEADER + "1,0.5,-80.0,18.0,0.1,0.22,0.0,1.5,0.0,0.9,found\n5,,,,,,,,,0.25,no-lines\n"
    )


def test_a_clip_without_frames_is_a_header(tmp_path: Path) -> None:
    write_cameras(PitchCameras.none(np.empty(0, int), SIZE, "open"), tmp_path / "cameras.csv")
    assert (tmp_path / "cameras.csv").read_text() == HEADER
    assert len(read_cameras(tmp_path / "cameras.csv", SIZE)) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frame,x\n", "line 1: the header must be frame,x,y,z,pan"),
        (HEADER + "1,a,2,3,0,0,0,1,0,0.5,found\n", "line 2: no camera of a frame"),
        (HEADER + "1,1,2,3,0,0,0,1,0,1.5,found\n", "line 2: no camera"),
        (HEADER + "1,1,2,-3,0,0,0,1,0,0.5,found\n", "line 2: no camera"),
        (HEADER + "1,1,2,3,0,0,0,0,0,0.5,found\n", "line 2: no camera"),
        (HEADER + "1,1,2,nan,0,0,0,1,0,0.5,found\n", "line 2: no camera"),
        (HEADER + "1,1,2,3,0,0,0,1,0,0.5,lost\n", "line 2: no camera"),
        (HEADER + "1,1,2,3,0,0,0,1,0,0.5,no-lines\n", "line 2: no camera"),
        (HEADER + "1,,,,,,,,,0.5,found\n", "line 2: no camera"),
        (HEADER + "2,,,,,,,,,0,open\n2,,,,,,,,,0,open\n", "line 3: .* after 2"),
    ],
)
def test_what_is_no_camera_is_refused_with_its_line(
    text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_cameras(file, SIZE)


def test_a_missing_table_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_cameras(tmp_path / "cameras.csv", SIZE)
