"""tracks.csv: exact in both directions, and clear about what is wrong."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import FormatError, StoreError, UsageError
from touchline.formats.table import HEADER, read_csv, write_csv
from touchline.identities import Identities
from touchline.types import ROLES, TrackTable

ROW = "1,0.0,7,1.0,2.0,3.0,4.0,0.5,player,detected"
COLUMNS = ("frames", "times", "ids", "boxes", "scores", "roles", "interpolated")

numbers = st.floats(-1e9, 1e9)
rows_of_a_table = st.lists(
    st.tuples(
        st.integers(0, 2**40),
        st.floats(0, 1e6),
        st.integers(-(2**50), 2**50),
        st.tuples(numbers, numbers, numbers, numbers),
        st.floats(0, 1),
        st.sampled_from(ROLES),
        st.booleans(),
    ),
    max_size=20,
    unique_by=lambda row: (row[0], row[2]),
)


@settings(max_examples=80, deadline=None)
@given(rows=rows_of_a_table)
def test_table_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, float, int, tuple[float, ...], float, str, bool]],
) -> None:
    corners = np.array([row[3] for row in rows], np.float64).reshape(-1, 4)
    table = TrackTable(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.int64),
        np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4),
        np.array([row[4] for row in rows], np.float64),
        np.array([row[5] for row in rows], "<U10"),
        np.array([row[6] for row in rows], np.bool_),
    ).sorted()
    file = tmp_path_factory.mktemp("csv") / "tracks.csv"
    write_csv(table, file)
    back = read_csv(file)
    for name in COLUMNS:
        written, read = getattr(table, name), getattr(back, name)
        assert read.dtype == written.dtype, name
        assert read.tobytes() == written.tobytes(), name


def test_header_and_first_frame_are_as_documented(tmp_path: Path) -> None:
    table = TrackTable(
        np.array([0]),
        np.array([0.04]),
        np.array([7]),
        np.array([[1.0, 2.5, 3.0, 4.0]]),
        np.array([0.5]),
        np.array(["goalkeeper"]),
        np.array([True]),
    )
    write_csv(table, tmp_path / "tracks.csv")
    assert (tmp_path / "tracks.csv").read_text(encoding="utf-8") == (
        "frame,time,identity,x1,y1,x2,y2,score,role,source\n"
        "1,0.04,7,1.0,2.5,3.0,4.0,0.5,goalkeeper,interpolated\n"
    )


def test_no_tracks_make_a_header_and_back(tmp_path: Path) -> None:
    file = tmp_path / "tracks.csv"
    write_csv(TrackTable.empty(), file)
    assert file.read_text(encoding="utf-8") == ",".join(HEADER) + "\n"
    assert len(read_csv(file)) == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,0.0,7,1.0,2.0,three,4.0,0.5,player,detected", "x2 'three' is not a number"),
        ("1,0.0,7,1.0,2.0,3.0,4.0,0.5,player", "9 columns; 10 are needed"),
        ("0,0.0,7,1.0,2.0,3.0,4.0,0.5,player,detected", "from 1"),
        ("1,nan,7,1.0,2.0,3.0,4.0,0.5,player,detected", "NaN"),
        ("1,0.0,7.5,1.0,2.0,3.0,4.0,0.5,player,detected", "identity must be a whole"),
        ("1,0.0,7,3.0,2.0,1.0,4.0,0.5,player,detected", "x1 <= x2"),
        ("1,0.0,7,1.0,2.0,3.0,4.0,1.5,player,detected", "score must lie in 0..1"),
        ("1,0.0,7,1.0,2.0,3.0,4.0,0.5,striker,detected", "role must be one of player"),
        ("1,0.0,7,1.0,2.0,3.0,4.0,0.5,player,guessed", "source must be one of detected"),
        ("1,0.0,7,5.0,6.0,7.0,8.0,0.5,player,detected", "identity already has a box in this frame"),
    ],
)
def test_wrong_row_is_refused_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    file = tmp_path / "tracks.csv"
    file.write_text(f"{','.join(HEADER)}\n{ROW}\n\n{row}\n", encoding="utf-8")
    with pytest.raises(FormatError) as error:
        read_csv(file)
    assert f"{file}, line 4: " in str(error.value)
    assert reason in str(error.value)


def test_name_of_the_file_may_be_text(tmp_path: Path) -> None:
    name = str(tmp_path / "tracks.csv")
    write_csv(TrackTable.empty(), name)
    assert len(read_csv(name)) == 0


def test_other_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "tracks.csv"
    with pytest.raises(UsageError, match="does not exist"):
        read_csv(file)
    for text in ("", ROW, "frame,id\n1,2\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(FormatError, match="line 1: the header must be frame,time"):
            read_csv(file)
    file.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(FormatError, match="not a text file"):
        read_csv(file)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a device that is full")
def test_full_disk_is_one_line_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = Path.open

    def open_full(self: Path, *args: str, **kwargs: str) -> object:
        target = Path("/dev/full") if self.name.endswith(".part") else self
        return real_open(target, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device; free space"):
        write_csv(TrackTable.empty(), tmp_path / "tracks.csv")
    assert list(tmp_path.iterdir()) == []


def test_who_somebody_is_stands_at_the_end_of_their_lines_and_is_not_read(tmp_path: Path) -> None:
    table = TrackTable(
        np.array([0, 0, 1]),
        np.array([0.0, 0.0, 0.04]),
        np.array([7, 9, 7]),
        np.array([[1.0, 2.5, 3.0, 4.0]] * 3),
        np.array([0.5, 0.5, 0.5]),
        np.array(["player", "referee", "player"]),
        np.zeros(3, np.bool_),
        np.array([0.75, 0.5, 1.0]),
    )
    people = replace(
        Identities.of_tracks(table, 0.04),
        teams=np.array([1, -1]),
        numbers=np.array([10, -1]),
        names=np.array(['Silva, "B."', ""]),
    )
    file = tmp_path / "tracks.csv"
    write_csv(table, file, people)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("source,confidence,team,number,name")
    assert [line.split("detected,")[1] for line in lines[1:]] == [
        '0.75,B,10,"Silva, ""B."""',
        "0.5,,,",
        '1.0,B,10,"Silva, ""B."""',
    ]
    back = read_csv(file)
    for name in (*COLUMNS, "confidences"):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))
    file.write_text("\n".join(lines).replace(",B,10", ",10"), encoding="utf-8")
    with pytest.raises(FormatError, match="line 2: 13 columns; 14 are needed"):
        read_csv(file)
