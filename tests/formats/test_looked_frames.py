"""Which frames somebody looked at, told by the frames that have rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.formats.looked_frames import looked_frames
from touchline.formats.mot import read_detections


def unseen(rows: list[int], length: int) -> list[int]:
    looked = looked_frames(np.array(rows, np.int64))
    return [frame for frame in range(length) if frame not in looked]


@given(step=st.integers(2, 12), first=st.integers(0, 11), count=st.integers(4, 60))
@settings(deadline=None)
def test_regular_gaps_were_not_looked_at(step: int, first: int, count: int) -> None:
    first %= step
    rows = [first + step * number for number in range(count)]
    expected = [frame for frame in range(rows[-1] + 1) if frame not in rows]
    assert unseen(rows, rows[-1] + 1) == expected


@given(data=st.data(), count=st.integers(12, 60))
@settings(deadline=None)
def test_a_frame_in_its_turn_without_rows_is_empty(data: st.DataObject, count: int) -> None:
    empty = data.draw(st.sets(st.integers(1, count - 2), max_size=count // 8))
    rows = [3 * number for number in range(count) if number not in empty]
    assert unseen(rows, 3 * count) == [frame for frame in range(3 * count) if frame % 3]


def test_ten_of_twenty_five_frames_are_every_second_or_third() -> None:
    rows = [round(2.5 * number) for number in range(30)]
    looked = looked_frames(np.array(rows))
    assert looked.words == "every 2nd or 3rd frame"
    assert unseen(rows, rows[-1] + 1) == [f for f in range(rows[-1] + 1) if f not in rows]


def test_one_frame_out_of_turn_does_not_hide_the_rule() -> None:
    rows = [*range(0, 300, 4), 298]
    assert looked_frames(np.array(rows)).words == "every 4th frame"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [5],
        [3, 40],
        list(range(50)),
        [frame for frame in range(100) if frame % 3],  # an empty one in three
        [0, 2, 3, 7, 8, 9, 14],
        [0, 5, 7, 20, 29, 31, 44, 58, 59, 77, 83, 99, 107],  # a ball, now and then
        [0, 7, 9, 11],
    ],
)
def test_frames_without_rows_are_empty_where_nothing_is_regular(rows: list[int]) -> None:
    assert unseen(rows, 110) == []


@given(share=st.floats(0.05, 1.0), seed=st.integers(0, 10_000))
@settings(deadline=None)
def test_chance_is_no_rule(share: float, seed: int) -> None:
    rows = np.flatnonzero(np.random.default_rng(seed).random(750) < share)
    assert looked_frames(rows).step == 1


def test_a_file_with_boxes_in_every_third_frame_says_so_once(tmp_path: Path) -> None:
    file = tmp_path / "det.txt"
    file.write_text("".join(f"{frame},-1,10,10,20,40,0.9\n" for frame in range(2, 60, 3)))
    table = read_detections(file)
    (warning,) = table.warnings
    assert "boxes in every 3rd frame only (20 frames): in the others the detector" in warning
    assert [frame in table.looked for frame in range(6)] == [False, True, False, False, True, False]


def test_a_row_left_out_still_says_that_somebody_looked(tmp_path: Path) -> None:
    file = tmp_path / "det.txt"
    every = [f"{f},-1,10,10,{20 if f % 3 == 0 else 'nan'},40,0.9\n" for f in range(1, 60)]
    file.write_text("".join(every))
    assert read_detections(file).looked.step == 1
