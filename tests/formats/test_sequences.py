"""Truth and results are found and read in every usual folder layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import FormatError, InputError, UsageError
from touchline.formats.gameinfo import read_gameinfo
from touchline.formats.layouts import result_files, truth_files
from touchline.formats.matches_csv import read_matches
from touchline.formats.mot import read_mot
from touchline.formats.roles_csv import read_roles_csv
from touchline.formats.run_info import read_run_info
from touchline.formats.sequences import read_results, read_truth
from touchline.formats.table import write_csv
from touchline.sequence_info import SequenceInfo, read_seqinfo

ROWS = "1,1,10,20,30,40,1,-1,-1,-1\n2,1,11,20,30,40,1,-1,-1,-1\n2,2,90,20,30,40,1,-1,-1,-1\n"
SEQINFO = "[Sequence]\nname=x\nimDir=img1\nframeRate=50\nseqLength=4\nimWidth=1920\nimHeight=1080\n"


def put(file: Path, text: str = ROWS) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")
    return file


def put_sequence(folder: Path, rows: str = ROWS, seqinfo: str | None = SEQINFO) -> Path:
    put(folder / "gt" / "gt.txt", rows)
    if seqinfo is not None:
        put(folder / "seqinfo.ini", seqinfo)
    return folder


@contextmanager
def no_warnings(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.clear()
    yield
    assert [record.getMessage() for record in caplog.records] == []


# Truth


def test_sequence_folder_and_its_gt_file_are_the_same_truth(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_sequence(tmp_path / "SNMOT-060")
    monkeypatch.chdir(tmp_path / "SNMOT-060")
    with no_warnings(caplog):
        for path in (tmp_path / "SNMOT-060", tmp_path / "SNMOT-060" / "gt" / "gt.txt", "."):
            truth = read_truth(path)
            assert list(truth) == ["SNMOT-060"]
            sequence = truth["SNMOT-060"]
            assert (sequence.frame_rate, sequence.frame_count) == (50.0, 4)
            assert sequence.image_size == (1920, 1080)
            assert sequence.tracks.frames.tolist() == [0, 1, 1]
            assert sequence.tracks.times.tolist() == [0.0, 0.02, 0.02]
            assert sequence.tracks.boxes[2].tolist() == [90.0, 20.0, 120.0, 60.0]
            assert not sequence.has_roles


@pytest.mark.parametrize("below", ["", "train", "dataset/train"])
def test_folder_of_sequence_folders_is_read_up_to_three_levels_down(
    tmp_path: Path, below: str
) -> None:
    for name in ("b", "a"):
        put_sequence(tmp_path / below / name)
    assert list(read_truth(tmp_path)) == ["a", "b"]


def test_sportsmot_has_ids_from_zero_and_blanks_behind_commas(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "splits_txt" / "train.txt", "clip_c001\n")
    put_sequence(
        tmp_path / "dataset" / "train" / "clip_c001",
        "1, 0, 36, 352, 46, 100, 1, 1, 1\n1, 1, 74, 288, 28, 88, 1, 1, 1\n",
        SEQINFO.rstrip("\n"),
    )
    for path in (tmp_path, tmp_path / "dataset", tmp_path / "dataset" / "train"):
        with no_warnings(caplog):
            [sequence] = read_truth(path).values()
        assert sequence.name == "clip_c001"
        assert sequence.tracks.ids.tolist() == [0, 1]
        assert sequence.tracks.boxes[0].tolist() == [36.0, 352.0, 82.0, 452.0]


def test_folder_of_files_and_single_files_are_named_after_the_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "a" / "match2_a.gt.txt")
    put(tmp_path / "a" / "notes.txt", "no truth, and not read where there is NAME.gt.txt")
    put(tmp_path / "b" / "clip 1.5.txt")
    put(tmp_path / "b" / "._clip 1.5.txt", "\0")
    assert list(read_truth(tmp_path / "a")) == ["match2_a"]
    assert list(read_truth(tmp_path / "a" / "match2_a.gt.txt")) == ["match2_a"]
    assert list(read_truth(tmp_path / "b")) == ["clip 1.5"]
    assert "match2_a: no seqinfo.ini gives the frame rate; 25 is assumed" in caplog.text
    with no_warnings(caplog):
        [sequence] = read_truth(tmp_path / "b", frame_rate=30.0).values()
    assert sequence.frame_rate == 30.0


def test_given_frame_rate_goes_before_the_one_in_the_file(tmp_path: Path) -> None:
    assert read_truth(put_sequence(tmp_path / "a"), frame_rate=29.97)["a"].frame_rate == 29.97
    with pytest.raises(InputError, match="frame rate 0 is refused"):
        read_truth(tmp_path / "a", frame_rate=0)


def test_truth_rows_marked_0_are_left_out_even_doubled(tmp_path: Path) -> None:
    rows = "1,1,1,2,3,4,1,1,1\n1,2,1,2,3,4,0,1,1\n1,2,1,2,3,4,0,7,1\n2,2,1,2,3,4,-1,1,1\n"
    [sequence] = read_truth(put_sequence(tmp_path / "a", rows)).values()
    assert sequence.tracks.ids.tolist() == [1, 2]
    assert sequence.tracks.frames.tolist() == [0, 1]
    with pytest.raises(FormatError, match=r"gt\.txt, line 3: this id already has a box"):
        read_truth(put_sequence(tmp_path / "b", rows.replace("4,0,", "4,1,")))


def test_empty_truth_is_a_sequence_without_tracks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [sequence] = read_truth(put_sequence(tmp_path / "a", "")).values()
    assert (len(sequence.tracks), sequence.frame_count) == (0, 4)
    assert "empty: there are no tracks" in caplog.text


def test_path_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none does not exist"):
        truth_files(tmp_path / "none")
    with pytest.raises(UsageError, match=r"holds no truth: looked for gt/gt\.txt, NAME/gt/gt"):
        truth_files(tmp_path)
    put_sequence(tmp_path / "train" / "a")
    put_sequence(tmp_path / "test" / "a")
    with pytest.raises(UsageError, match=r"two sequences are called a: .*test.*train"):
        truth_files(tmp_path)


def test_truth_behind_the_stated_end_is_refused(tmp_path: Path) -> None:
    put_sequence(tmp_path / "a", ROWS + "5,1,1,2,3,4,1\n")
    with pytest.raises(FormatError, match=r"gt\.txt: frame 5 lies behind the end, .*seqLength=4"):
        read_truth(tmp_path)


def test_bad_line_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = put_sequence(tmp_path / "a", ROWS + "3.5,1,1,2,3,4,1\n") / "gt" / "gt.txt"
    with pytest.raises(FormatError) as error:
        read_truth(tmp_path)
    assert str(error.value) == f"{file}, line 4: the frame must be a whole number"


# What lies beside


@pytest.mark.parametrize(
    "text",
    [
        SEQINFO,
        "\ufeff" + SEQINFO.replace("\n", "\r\n"),
        SEQINFO.removeprefix("[Sequence]\n"),
        SEQINFO.upper().replace("=", " = "),
        SEQINFO.replace("=", ": ") + "\n; end\n# end\n[More]\nname=y%\n",
    ],
)
def test_seqinfo_is_read_whatever_its_looks(tmp_path: Path, text: str) -> None:
    file = put(tmp_path / "seqinfo.ini", text)
    assert read_seqinfo(file) == SequenceInfo(50.0, 4, (1920, 1080))


def test_what_seqinfo_does_not_say_is_unknown(tmp_path: Path) -> None:
    assert read_seqinfo(put(tmp_path / "a.ini", "")) == SequenceInfo()
    assert read_seqinfo(put(tmp_path / "b.ini", "imWidth=5\nframerate=29.97")) == SequenceInfo(
        29.97
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("frameRate=fast", "framerate 'fast' is not a number above 0"),
        ("frameRate=0", "framerate '0' is not a number above 0"),
        ("frameRate=inf", "framerate 'inf' is not a number above 0"),
        ("frameRate=", "framerate '' is not a number above 0"),
        ("seqLength=7.5", "seqlength '7.5' is not a whole number above 0"),
        ("imWidth=-1", "imwidth '-1' is not a whole number above 0"),
        ("frameRate 25", "'frameRate 25' is not of the form key=value"),
    ],
)
def test_bad_seqinfo_is_refused_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    file = put(tmp_path / "seqinfo.ini", f"[Sequence]\n\n{line}\n")
    with pytest.raises(FormatError) as error:
        read_seqinfo(file)
    assert str(error.value) == f"{file}, line 3: {reason}"


def test_gameinfo_gives_roles(tmp_path: Path) -> None:
    put_sequence(tmp_path / "a")
    file = put(
        tmp_path / "a" / "gameinfo.ini",
        "[Sequence]\nname=SNMOT-060\ngameID=4\nnum_tracklets=8\n"
        "trackletID_1= player team left;10\ntrackletID_2= goalkeepers team left;y\n"
        "trackletID_3= goalkeeper team right;X\ntrackletID_4= referee;main\n"
        "trackletID_5= ball;1\ntrackletID_6= other;\ntrackletID_7= ball boy;\ntrackletID_8=\n",
    )
    expected = ["player", "goalkeeper", "goalkeeper", "referee", "ball", *["person"] * 3]
    info = read_gameinfo(file)
    assert info.roles == dict(enumerate(expected, start=1))
    assert info.teams == {1: "left", 2: "left", 3: "right"}
    assert info.game_id == "4"
    sequence = read_truth(tmp_path)["a"]
    assert sequence.has_roles
    assert sequence.teams == info.teams
    assert sequence.tracks.roles.tolist() == ["player", "player", "goalkeeper"]
    put(file, "trackletID_x= ball;1")
    with pytest.raises(FormatError, match="line 1: 'trackletid_x' names no track id"):
        read_truth(tmp_path)


def test_role_files_know_the_words_that_class_names_know(tmp_path: Path) -> None:
    info = put(tmp_path / "gameinfo.ini", "trackletID_1= Torwart;1\ntrackletID_2= team left;7\n")
    assert read_gameinfo(info).roles == {1: "goalkeeper", 2: "player"}
    table = put(tmp_path / "roles.csv", "track_id,role\n1,Jugador con balón\n2,GK\n3,Other\n")
    assert read_roles_csv(table).roles == {1: "player", 2: "goalkeeper", 3: "person"}


def test_roles_csv_goes_before_gameinfo_and_may_leave_tracks_out(tmp_path: Path) -> None:
    put_sequence(tmp_path / "a")
    put(tmp_path / "a" / "gameinfo.ini", "trackletID_1= player team left;10\n")
    put(tmp_path / "a" / "roles.csv", "\ufefftrack_id,role,team\r\n1,Ball,\r\n\r\n9,other,x\r\n")
    assert read_truth(tmp_path)["a"].tracks.roles.tolist() == ["ball", "ball", "person"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: the header needs track_id and role"),
        ("id,role\n", "line 1: the header needs track_id and role"),
        ("track_id,role\n1,player\nx,player\n", "line 3: track_id 'x' is not a whole number"),
        ("track_id,role\n1,coach\n", "line 2: role 'coach' is unknown; roles are player, "),
        ("role,track_id\nplayer\n", "line 2: track_id '' is not a whole number"),
        ("track_id,role\n1,ball\n1,ball\n1,player\n", "line 4: track 1 is player here and ball "),
    ],
)
def test_bad_roles_are_refused_with_their_line(tmp_path: Path, text: str, reason: str) -> None:
    file = put(tmp_path / "roles.csv", text)
    with pytest.raises(FormatError) as error:
        read_roles_csv(file)
    assert str(error.value).startswith(f"{file}, {reason}")


def test_run_report_says_size_and_rate_and_warns_of_a_part(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    report = {"complete": True, "selection": {"start": None, "end": None}}
    report |= {"video": {"width": 1280, "height": 720, "fps": 25.0, "frame_count": 9}}
    file = put(tmp_path / "run.json", json.dumps(report))
    with no_warnings(caplog):
        assert read_run_info(file) == SequenceInfo(25.0, None, (1280, 720))
    read_run_info(put(file, json.dumps({**report, "selection": {"start": 1.0, "end": None}})))
    assert "saw only part of the clip" in caplog.text
    for text in ("", "[]", "{}", '{"video": {"width": Infinity}}'):
        caplog.clear()
        assert read_run_info(put(file, text)) == SequenceInfo()
        assert "is not the report of a run" in caplog.text


# Results


@pytest.mark.parametrize(
    "layout",
    ["{n}.txt", "data/{n}.txt", "{n}/tracks.txt", "{n}/{n}.txt", "{n}.csv", "{n}/tracks.csv"],
)
def test_results_of_many_sequences_are_found(
    tmp_path: Path, layout: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain = put(tmp_path / "plain.txt")
    for name in ("a", "b"):
        file = put(tmp_path / "out" / layout.format(n=name))
        if file.suffix == ".csv":
            write_csv(read_mot(plain), file)
    with no_warnings(caplog):
        found = read_results(tmp_path / "out", ["a", "b"], frame_rate=50.0)
    assert list(found) == ["a", "b"]
    assert found["b"].tracks.ids.tolist() == [1, 1, 2]
    assert found["b"].frame_rate == 50.0
    assert found["b"].has_roles == layout.endswith("csv")


def test_braces_in_the_path_stand_for_the_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path / name / "trackers" / "bytetrack.txt")
    pattern = tmp_path / "{name}" / "trackers" / "bytetrack.txt"
    assert list(read_results(pattern, ["a", "b"])) == ["a", "b"]
    with pytest.raises(UsageError, match=r"no result for 1 of 3 sequences \(c\): .* that file, or"):
        read_results(pattern, ["a", "b", "c"])


def test_braces_in_the_path_may_name_run_folders(tmp_path: Path) -> None:
    runs = {name: put(tmp_path / f"{name}_new" / "tracks.txt") for name in ("a", "b")}
    assert result_files(tmp_path / "{name}_new", ["a", "b"]) == runs


def test_single_sequence_takes_a_single_file_or_run_whatever_its_name(tmp_path: Path) -> None:
    file = put(tmp_path / "runs" / "derby" / "tracks.txt")
    for path in (file, file.parent):
        assert result_files(path, ["SNMOT-060"]) == {"SNMOT-060": file}
    only = put(tmp_path / "other" / "data" / "result.txt")
    assert result_files(tmp_path / "other", ["SNMOT-060"]) == {"SNMOT-060": only}
    assert result_files(tmp_path / "other", ["a", "b"]) == {}


def test_run_folder_gives_its_table_first(tmp_path: Path) -> None:
    put(tmp_path / "tracks.txt")
    put(tmp_path / "gt" / "gt.txt")
    write_csv(read_mot(tmp_path / "tracks.txt"), tmp_path / "tracks.csv")
    assert result_files(tmp_path, ["x"]) == {"x": tmp_path / "tracks.csv"}


def test_run_folder_that_was_not_linked_names_the_cure(tmp_path: Path) -> None:
    put(tmp_path / "observations.sqlite", "")
    with pytest.raises(UsageError, match="holds no tracks yet: touchline link"):
        result_files(tmp_path, ["x"])


def test_one_file_for_several_sequences_counts_for_the_one_it_names(tmp_path: Path) -> None:
    file = put(tmp_path / "a.txt")
    assert result_files(file, ["a", "b"]) == {"a": file}
    assert result_files(put(tmp_path / "b" / "tracks.txt"), ["a", "b"]).keys() == {"b"}
    with pytest.raises(UsageError, match=r"x\.txt is one result, the truth has 2 sequences"):
        result_files(put(tmp_path / "x.txt"), ["a", "b"])


def test_missing_results_are_named_or_counted_as_empty(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "b.txt")
    names = list("abcdefgh")
    with pytest.raises(UsageError) as error:
        read_results(tmp_path, names)
    assert "no result for 7 of 8 sequences (a, c, d, e, f and 2 more)" in str(error.value)
    assert "looked for NAME.csv, NAME.txt, data/NAME.csv" in str(error.value)
    assert "--allow-missing" in str(error.value)
    found = read_results(tmp_path, names, allow_missing=True)
    assert [len(found[name].tracks) for name in names] == [0, 3, 0, 0, 0, 0, 0, 0]
    assert "no result for 7 of 8" in caplog.text
    with pytest.raises(UsageError, match="none does not exist"):
        read_results(tmp_path / "none", names, allow_missing=True)


def test_results_without_truth_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a", "b", "c"):
        put(tmp_path / f"{name}.txt")
    read_results(tmp_path, ["b"])
    assert "results without a truth are left out (2): a, c" in caplog.text


def test_scores_of_a_result_are_not_looked_at_and_ids_may_be_anything(tmp_path: Path) -> None:
    rows = f"1.0,{2**53 - 1},1,2,3,4,93.5\n1,-7,1,2,0,0,-1\n2,0,1,2,3,4,nan\n"
    [result] = read_results(put(tmp_path / "r.txt", rows), ["a"]).values()
    assert result.tracks.ids.tolist() == [-7, 2**53 - 1, 0]
    assert result.tracks.scores.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("12.5,1,1,2,3,4,1", "the frame must be a whole number"),
        ("0,1,1,2,3,4,1", "frames count from 1"),
        ("3,1.5,1,2,3,4,1", "the id must be a whole number"),
        ("3,1e18,1,2,3,4,1", "an id must lie below 2^53"),
        ("3,1,1,2,nan,4,1", "NaN and infinity have no place"),
        ("3,1,1,2,-3,4,1", "width and height cannot be negative"),
        ("1,1,1,2,3,4,1", "this id already has a box in this frame"),
    ],
)
def test_bad_result_is_refused_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    file = put(tmp_path / "r.txt", f"{ROWS}\n{row}\n")
    with pytest.raises(FormatError) as error:
        read_results(file, ["a"])
    assert f"{file}, line 5: {reason}" in str(error.value)


@settings(max_examples=40, deadline=None)
@given(
    boxes=st.lists(
        st.tuples(*[st.floats(-1e5, 1e5)] * 2, *[st.floats(0, 1e5)] * 2), min_size=1, max_size=15
    )
)
def test_numbers_of_truth_and_result_are_those_of_the_file_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, boxes: list[tuple[float, ...]]
) -> None:
    rows = "".join(
        f"{frame},{-frame},{','.join(map(repr, box))},1\n" for frame, box in enumerate(boxes, 1)
    )
    file = put(tmp_path_factory.mktemp("exact") / "r.txt", rows)
    [truth] = read_truth(file, frame_rate=25.0).values()
    [result] = read_results(file, ["r"]).values()
    expected = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes])
    assert truth.tracks.boxes.tobytes() == result.tracks.boxes.tobytes() == expected.tobytes()


def test_real_layouts_are_read(football_data: Path) -> None:
    sportsmot = read_truth(football_data / "mot_gt_only" / "sportsmot_football")
    assert len(sportsmot) == 15
    assert {sequence.image_size for sequence in sportsmot.values()} == {(1280, 720)}
    assert min(int(sequence.tracks.ids.min()) for sequence in sportsmot.values()) == 0
    [snmot] = read_truth(football_data / "mot" / "SNMOT-060").values()
    assert (len(snmot.tracks), snmot.frame_count) == (13540, 750)
    assert np.unique(snmot.tracks.ids[snmot.tracks.roles == "ball"]).tolist() == [18]
    rendered = read_truth(football_data / "rendered", frame_rate=25.0)
    assert list(rendered) == ["demo", "match2_a", "match2_b", "match3_a"]


@pytest.mark.parametrize("place", ["clip/gt.txt", "gt/boxes.txt"])
def test_only_gt_txt_in_gt_belongs_to_the_folder_above(tmp_path: Path, place: str) -> None:
    put(tmp_path / "seqinfo.ini", "[Sequence]\nframeRate=50\nseqLength=1000\n")
    put(tmp_path / "roles.csv", "track_id,role\n1,ball\n")
    put(tmp_path / place)
    (sequence,) = read_truth(tmp_path / place).values()
    assert sequence.frame_rate == 25.0
    assert sequence.frame_count is None
    assert not sequence.has_roles


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",derby", "line 3: sequence '' and match are needed"),
        ("clip2,", "line 3: sequence 'clip2' and match are needed"),
        (" , ", None),  # a row of blanks is no row
        ("clip1,final", "line 3: sequence 'clip1' is there twice"),
        ("clip2", "line 3: sequence 'clip2' and match are needed"),
    ],
)
def test_a_match_list_takes_no_empty_and_no_repeated_name(
    tmp_path: Path, row: str, words: str | None
) -> None:
    file = tmp_path / "matches.csv"
    put(file, f"sequence,match\nclip1,derby\n{row}\n")
    if words is None:
        assert read_matches(file) == {"clip1": "derby"}
        return
    with pytest.raises(FormatError, match=words):
        read_matches(file)
