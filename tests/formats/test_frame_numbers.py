"""Frames count from 0 in the program, and from 1 in files and in what people read."""

from __future__ import annotations

import re
from pathlib import Path

import touchline
from touchline.formats.frame_numbers import frame_index, frame_number

SOURCE = Path(touchline.__file__).parent
WRITTEN = re.compile(r'(?:str\(|\{|": )[^{}\n]*\bframes?\)?(?:\[[^\]]*\])* \+ 1')
"""A frame's index with 1 added where a text or a value for people is made."""


def test_the_first_frame_is_number_one() -> None:
    assert frame_number(0) == 1
    assert frame_index(frame_number(7)) == 7


def test_nobody_but_the_formats_adds_the_one() -> None:
    assert WRITTEN.search('f"frame {clip.frames[row] + 1} is"')
    files = [file for file in SOURCE.rglob("*.py") if file.parent.name != "formats"]
    found = {file.name for file in files if WRITTEN.search(file.read_text(encoding="utf-8"))}
    assert not found, "use touchline.formats.frame_numbers"
