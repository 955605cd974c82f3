"""MOTChallenge text: what is read, what is left out, what is refused, and the way back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import FormatError, InputError, StoreError, UsageError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.mot import read_detections, read_mot, write_mot
from touchline.types import TrackTable

LINE = "1,-1,10,20,30,40,0.9"


def _file(folder: Path, text: str) -> Path:
    file = folder / "boxes.txt"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "3,-1,10.5,20,30,40,0.75,-1,-1,-1\n",
        "3, -1, 10.5, 20, 30, 40, 0.75\n",
        "3 -1 10.5 20 30 40 0.75 -1 -1 -1\n",
        "3\t-1\t10.5\t20\t30\t40\t0.75\n",
        "\n3,-1,10.5,20,30,40,0.75,1,0.3\r\n\n \t\n",
        "\ufeff3,-1,10.5,20,30,40,0.75,",
        "3.0,-1.0,1.05e1,20,30,40,.75",
    ],
)
def test_every_common_way_to_write_a_row_is_read(tmp_path: Path, text: str) -> None:
    table = read_detections(_file(tmp_path, text))
    assert table.frames.tolist() == [2]
    assert table.detections.boxes.tolist() == [[10.5, 20.0, 40.5, 60.0]]
    assert table.detections.scores.tolist() == [0.75]
    assert table.detections.roles.tolist() == ["person"]
    assert table.warnings == ()


@pytest.mark.parametrize("text", ["1,-1,1,2,3,4\n2,-1,1,2,3,4\n", "1,1,1,2,3,4,-1\n2,1,1,2,3,4,-1"])
def test_missing_score_counts_as_certain(tmp_path: Path, text: str) -> None:
    assert read_detections(_file(tmp_path, text)).detections.scores.tolist() == [1.0, 1.0]


def test_name_of_the_file_may_be_text(tmp_path: Path) -> None:
    name = str(_file(tmp_path, "1,4,10,20,30,40,0.9\n"))
    assert len(read_detections(name)) == len(read_mot(name)) == 1
    write_mot(read_mot(name), name)
    assert read_mot(name).ids.tolist() == [4]


def test_rows_of_one_frame_keep_the_order_of_the_file_and_duplicates(tmp_path: Path) -> None:
    rows = ["2,-1,5,0,1,1,0.5", "1,-1,9,0,1,1,0.5", "2,-1,3,0,1,1,0.5", "2,-1,5,0,1,1,0.5"]
    table = read_detections(_file(tmp_path, "\n".join(rows)))
    assert table.frames.tolist() == [0, 1, 1, 1]
    assert table.at(1).boxes[:, 0].tolist() == [5.0, 3.0, 5.0]
    assert table.at(0).boxes[:, 0].tolist() == [9.0]
    assert [len(table.at(frame)) for frame in (-1, 2, 1000)] == [0, 0, 0]


def test_scale_brings_boxes_to_the_resolution_of_the_video(tmp_path: Path) -> None:
    table = read_detections(_file(tmp_path, "1,-1,300,600,30,60,0.9"), scale=2 / 3, role="player")
    assert table.detections.boxes == pytest.approx(np.array([[200.0, 400.0, 220.0, 440.0]]))
    assert table.detections.roles.tolist() == ["player"]


def test_rows_that_are_no_box_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = ["1,-1,nan,2,3,4,1", "1,-1,1,2,0,4,1", "1,-1,1,2,3,inf,1", "1,-1,1,2,3,4,nan"]
    bad += ["1,-1,1,2,-3,4,1", "1,-1,1e300,2,1e-300,4,1"]
    table = read_detections(_file(tmp_path, "\n".join(["", LINE, *bad, LINE])))
    assert len(table) == 2
    [warning, negative] = table.warnings
    assert "left out 5 NaN" in warning
    assert "line 3, 4, 5, ..." in warning
    assert "left out 1 boxes of negative width or height (line 7)" in negative
    assert warning in caplog.text
    assert negative in caplog.text


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_empty_file_gives_no_detections_and_a_warning(tmp_path: Path, text: str) -> None:
    table = read_detections(_file(tmp_path, text))
    assert len(table) == 0
    assert len(table.at(0)) == 0
    assert "empty" in table.warnings[0]


def test_file_of_bad_boxes_only_gives_no_detections(tmp_path: Path) -> None:
    table = read_detections(_file(tmp_path, "1,-1,nan,nan,nan,nan,0.5"))
    assert len(table.at(0)) == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,-1,ten,20,30,40,0.9", "'ten' is not a number"),
        ("1,-1,1_0,20,30,40,0.9", "'1_0' is not a number"),
        ("1,-1,10,,30,40,0.9", "'' is not a number"),
        ("1,-1,10,20", "4 columns"),
        ("0,-1,10,20,30,40,0.9", "frames count from 1"),
        ("1.5,-1,10,20,30,40,0.9", "whole number"),
        ("nan,-1,10,20,30,40,0.9", "whole number"),
        ("1e300,-1,10,20,30,40,0.9", "whole number"),
        ("1,-1,10,20,30,40,93", "is not in 0..1"),
        ("1,-1,10,20,30,40,-0.5", "is not in 0..1"),
    ],
)
def test_wrong_row_is_refused_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    file = _file(tmp_path, f"{LINE}\n\n{row}\n{LINE}\n")
    with pytest.raises(FormatError) as error:
        read_detections(file)
    assert f"{file}, line 3: " in str(error.value)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_line_with_more_columns_than_a_file_without_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line 2: 7 columns where the first line has 6"):
        read_detections(_file(tmp_path, "1,-1,10,20,30,40\n1,-1,10,20,30,40,0.5\n"))


def test_files_that_are_no_boxes_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="2 columns, at least 6"):
        read_detections(_file(tmp_path, "a,b\n"))
    with pytest.raises(FormatError, match="line 1: 'frame' is not a number"):
        read_detections(_file(tmp_path, "frame,id,x,y,w,h,score\n" + LINE))
    binary = tmp_path / "clip.mp4"
    binary.write_bytes(b"\x00\x00\x00\x20ftypisom\xff\xfe\n\xd9")
    with pytest.raises(FormatError, match="not a text file"):
        read_detections(binary)


def test_missing_file_folder_and_bad_options_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.txt does not exist"):
        read_detections(tmp_path / "none.txt")
    with pytest.raises(UsageError, match="cannot be read"):
        read_detections(tmp_path)
    with pytest.raises(InputError, match="scale"):
        read_detections(_file(tmp_path, LINE), scale=0.0)
    with pytest.raises(InputError, match="unknown role 'striker'"):
        read_detections(_file(tmp_path, LINE), role="striker")


def test_ground_truth_is_read_exactly_with_ids_from_zero_and_empty_boxes(tmp_path: Path) -> None:
    text = "2, 0, 690.1, 385, 30, 86, 1, 1, 1\n1, 7, 0.3, 1, 0, 86, 0, 1, 1\n"
    table = read_mot(_file(tmp_path, text), frames_per_second=50.0)
    assert table.ids.tolist() == [7, 0]
    assert table.frames.tolist() == [0, 1]
    assert table.times.tolist() == [0.0, 0.02]
    assert table.boxes.tolist() == [[0.3, 1.0, 0.3, 87.0], [690.1, 385.0, 690.1 + 30, 471.0]]
    assert table.scores.tolist() == [0.0, 1.0]
    assert not table.interpolated.any()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,5,10,20,30,40,0.9", "already has a box"),
        ("2,1.5,10,20,30,40,0.9", "id must be a whole number"),
        ("2,1,nan,20,30,40,0.9", "NaN"),
        ("2,1,10,20,-30,40,0.9", "negative"),
        ("2,1,10,20,1e300,40,0.9", "no image reaches as far"),
    ],
)
def test_wrong_track_row_is_refused_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(FormatError, match=f"line 2: .*{reason}"):
        read_mot(_file(tmp_path, f"1,5,1,2,3,4,1\n{row}\n"))


def test_no_tracks_make_an_empty_file_and_back(tmp_path: Path) -> None:
    write_mot(TrackTable.empty(), tmp_path / "tracks.txt")
    assert (tmp_path / "tracks.txt").read_text(encoding="utf-8") == ""
    assert len(read_mot(tmp_path / "tracks.txt")) == 0


def test_tracks_are_written_with_ten_columns_from_frame_one(tmp_path: Path) -> None:
    table = TrackTable(
        np.array([4, 4]),
        np.array([0.16, 0.16]),
        np.array([12, 3]),
        np.array([[10.0, 20.0, 40.0, 60.5], [-0.001, 1.2345, 9.999, 7.0]]),
        np.array([0.87654, 1.0]),
        np.array(["player", "player"], dtype="<U10"),
        np.zeros(2, np.bool_),
    )
    write_mot(table, tmp_path / "tracks.txt")
    assert (tmp_path / "tracks.txt").read_text(encoding="utf-8") == (
        "5,3,0.00,1.23,10.00,5.77,1.0000,-1,-1,-1\n5,12,10.00,20.00,30.00,40.50,0.8765,-1,-1,-1\n"
    )


coordinates = st.floats(-2000, 8000)
sizes = st.floats(0.01, 4000)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.integers(-5, 10**6),
            st.tuples(coordinates, coordinates, sizes, sizes),
            st.floats(0, 1),
        ),
        max_size=30,
        unique_by=lambda row: row[:2],
    )
)
def test_written_tracks_come_back_within_the_written_precision(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, tuple[float, float, float, float], float]],
) -> None:
    frames = np.array([row[0] for row in rows], np.int64)
    corners = [(x, y, x + w, y + h) for _, _, (x, y, w, h), _ in rows]
    table = TrackTable(
        frames,
        frames / 25.0,
        np.array([row[1] for row in rows], np.int64),
        np.array(corners, np.float64).reshape(-1, 4),
        np.array([row[3] for row in rows], np.float64),
        np.full(len(rows), "person", "<U10"),
        np.zeros(len(rows), np.bool_),
    ).sorted()
    file = tmp_path_factory.mktemp("mot") / "tracks.txt"
    write_mot(table, file)
    back = read_mot(file)
    assert back.frames.tolist() == table.frames.tolist()
    assert back.ids.tolist() == table.ids.tolist()
    assert back.boxes == pytest.approx(table.boxes, abs=0.00501)
    assert back.scores == pytest.approx(table.scores, abs=0.0000501)


def test_failed_write_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "tracks.txt"
    file.write_text("old", encoding="utf-8")
    broken = TrackTable.empty()
    object.__setattr__(broken, "ids", np.array([1]))
    with pytest.raises((ValueError, IndexError)):
        write_mot(broken, file)
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_unwritable_place_is_one_line_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        write_mot(TrackTable.empty(), tmp_path / "none" / "tracks.txt")


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Reading and writing at once, so that neither end waits for the other.
    reader = os.open(pipe, os.O_RDWR)
    try:
        with atomic_text(pipe) as text:
            text.write("scores")
        assert os.read(reader, 100) == b"scores"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_replaced_and_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "there" / "notes.txt"
    elsewhere.parent.mkdir()
    elsewhere.write_text("mine", encoding="utf-8")
    link, draft = tmp_path / "link.txt", tmp_path / ".link.txt.part"
    link.symlink_to(elsewhere)
    draft.symlink_to(elsewhere)  # a name that is written to on the way
    with atomic_text(link) as text:
        text.write("tracks")
    assert not link.is_symlink()
    assert link.read_text(encoding="utf-8") == "tracks"
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert {file.name for file in tmp_path.iterdir()} == {"there", "link.txt"}


def test_real_detections_and_truth_are_read(football_data: Path) -> None:
    sequence = football_data / "mot" / "SNMOT-060"
    detections = read_detections(sequence / "det_yolox_nano_1280.txt")
    truth = read_mot(sequence / "gt" / "gt.txt")
    assert len(detections) == 20_089
    assert detections.warnings == ()
    assert len(truth) == 13_540
    assert len(np.unique(truth.ids)) == 26
    assert len(detections.at(0)) + len(detections.at(749)) > 20


def test_ids_of_tracks_are_kept_for_each_frame(tmp_path: Path) -> None:
    text = "2,0,10,20,30,40,1\n1,7,50,20,30,40,1\n1,0,10,20,30,40,0.5\n"
    table = read_detections(_file(tmp_path, text), tracked=True)
    ids = [table.at(frame).track_ids for frame in range(3)]
    assert [None if one is None else one.tolist() for one in ids] == [[7, 0], [0], []]
    assert read_detections(_file(tmp_path, text)).at(0).track_ids is None


def test_boxes_that_a_tracker_gave_no_id_are_left_out_and_counted(tmp_path: Path) -> None:
    text = "1,7,50,20,30,40\n1,-1,10,20,30,40\n1,-1,10,20,30,40\n2,7,50,20,30,40\n"
    table = read_detections(_file(tmp_path, text), tracked=True)
    assert len(table) == 2
    (warning,) = table.warnings
    assert "left out 2 boxes without an id; touchline track --detections takes all" in warning
    assert "(line 2, 3)" in warning


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,-1,10,20,30,40\n2,-1,10,20,30,40", "no row has an id .* these are detections"),
        ("1,4,10,20,30,40\n1,4,11,20,30,40", "line 2: this id already has a box in this frame"),
        ("1,4.5,10,20,30,40", "line 1: the id must be a whole number"),
        ("1,nan,10,20,30,40", "line 1: the id must be a whole number"),
    ],
)
def test_what_is_no_track_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_detections(_file(tmp_path, text), tracked=True)
    read_detections(_file(tmp_path, text))  # as detections ids do not matter
