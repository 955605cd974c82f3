"""Plain decimals are read as ``float`` reads them; anything else is left to the careful reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import FormatError
from touchline.formats.decimal_text import read_decimals
from touchline.formats.number_text import read_numbers

DIGITS = st.text("0123456789", max_size=7)
NUMBERS = st.tuples(st.sampled_from(["", "-"]), DIGITS, st.sampled_from(["", "."]), DIGITS).map(
    "".join
)
FIELDS = st.one_of(NUMBERS, st.text("0123456789.-,\n e+", max_size=6))


@given(st.lists(NUMBERS.filter(lambda text: any(map(str.isdigit, text))), min_size=6, max_size=6))
def test_decimals_are_those_of_float_to_the_last_bit(fields: list[str]) -> None:
    text = "\n".join(",".join(fields[row : row + 3]) for row in (0, 3))
    expected = np.array([float(field) for field in fields]).reshape(2, 3)
    for line_end in ("\n", "\r\n"):
        read = read_decimals((text.replace("\n", line_end) + line_end).encode())
        assert read is not None
        np.testing.assert_array_equal(read, expected)
        np.testing.assert_array_equal(np.signbit(read), np.signbit(expected))


@given(st.lists(st.lists(FIELDS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_is_not_plain_is_left_alone_and_never_misread(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in rows) + "\n"
    read = read_decimals(text.encode())
    if read is None:
        return
    lines = text.replace(", ", ",").splitlines()
    assert read.tolist() == [[float(field) for field in line.split(",")] for line in lines]


@pytest.mark.parametrize(
    "text", ["", "\n", "1,2\n3\n", "1,,2\n", "1 2,3\n", "1-2\n", "1.2.3\n", "-\n", "nan\n", "1e5\n"]
)
def test_other_text_is_not_read(text: str) -> None:
    assert read_decimals(text.encode()) is None


def test_long_numbers_are_left_to_float() -> None:
    assert read_decimals(b"0.123456789012345\n") is None  # 16 digits
    long = read_decimals(b"0.12345678901234,123456789012345\n")
    assert long is not None
    assert long.tolist() == [[0.12345678901234, 123456789012345.0]]


def test_a_file_of_many_pieces_reads_as_one(tmp_path: Path) -> None:
    rows = np.round(np.random.default_rng(0).normal(0, 500, (20_000, 7)), 3)
    file = tmp_path / "numbers.txt"
    np.savetxt(file, rows, fmt="%.3f", delimiter=",")
    np.testing.assert_array_equal(read_numbers(file, 6, 6), rows[:, :6])
    with file.open("a") as text:
        text.write("1,2,3,4,5,6,x\n")
    np.testing.assert_array_equal(read_numbers(file, 6, 6)[:-1], rows[:, :6])
    with file.open("a") as text:
        text.write("1,2,3,4,5\n")
    with pytest.raises(FormatError, match=r"line 20002: 5 columns where the first line has 7"):
        read_numbers(file, 6, 6)
