"""One function reads the tracks of a clip, whatever holds them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from touchline.errors import FormatError, InputError, UsageError
from touchline.formats.mot import write_mot
from touchline.formats.table import write_csv
from touchline.formats.track_files import read_tracks
from touchline.types import TrackTable

MARKED = "1,4,10,20,30,60,1,1,1\n2,4,11,20,30,60,1,1,1\n2,7,50,20,30,60,0,1,1\n"


@pytest.fixture
def table(tmp_path: Path) -> TrackTable:
    file = tmp_path / "made.txt"
    file.write_text("1,4,10,20,30,60,0.5\n3,4,11,20,30,60,0.25\n", encoding="utf-8")
    return read_tracks(file, frame_rate=10)


def test_a_run_folder_gives_its_table_and_a_text_file_its_scores(
    table: TrackTable, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    write_csv(table, run / "tracks.csv")
    write_mot(table, run / "tracks.txt")
    for source in (run, run / "tracks.csv", str(run / "tracks.txt")):
        again = read_tracks(source, frame_rate=10)
        assert again.frames.tolist() == [0, 2]
        assert again.times.tolist() == [0.0, 0.2]
        assert again.scores.tolist() == [0.5, 0.25]


@pytest.mark.parametrize("source", ["clip", "clip/gt", "clip/gt/gt.txt", "clip.gt.txt"])
def test_boxes_of_truth_that_are_marked_0_are_left_out(source: str, tmp_path: Path) -> None:
    (tmp_path / "clip" / "gt").mkdir(parents=True)
    (tmp_path / "clip" / "gt" / "gt.txt").write_text(MARKED, encoding="utf-8")
    (tmp_path / "clip.gt.txt").write_text(MARKED, encoding="utf-8")
    (tmp_path / "clip" / "roles.csv").write_text("track_id,role\n4,referee\n", encoding="utf-8")
    tracks = read_tracks(tmp_path / source, frame_rate=25)
    assert tracks.ids.tolist() == [4, 4]
    assert set(tracks.roles.tolist()) == {"person" if source == "clip.gt.txt" else "referee"}


def test_the_frame_rate_comes_from_the_file_beside_it_or_is_said_to_be_assumed(
    table: TrackTable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "tracks.txt"
    write_mot(table, file)
    with caplog.at_level(logging.WARNING):
        assert read_tracks(file).times.tolist() == [0.0, 2 / 25]
    assert "nothing gives the frame rate; 25 is assumed" in caplog.text
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nframeRate=50\n", encoding="utf-8")
    assert read_tracks(file).times.tolist() == [0.0, 2 / 50]


def test_what_holds_no_tracks_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no tracks: looked for tracks\.csv"):
        read_tracks(tmp_path)
    (tmp_path / "observations.sqlite").touch()
    with pytest.raises(UsageError, match=r"touchline link .* makes them"):
        read_tracks(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        read_tracks(tmp_path / "gone.txt")
    with pytest.raises(InputError, match="frame rate 0"):
        read_tracks(tmp_path, frame_rate=0)
    (tmp_path / "words.csv").write_text("who,where\n", encoding="utf-8")
    with pytest.raises(FormatError, match="line 1: the header must be frame"):
        read_tracks(tmp_path / "words.csv")
