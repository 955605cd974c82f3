"""Names are drawn in letters that the font has."""

from __future__ import annotations

import pytest

from touchline.video.plain_text import plain_text


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Martin Ødegaard", "Martin Odegaard"),
        ("Łukasz Fabiański?", "Lukasz Fabianski?"),
        ("Müller", "Muller"),
        ("Groß", "Gross"),
        ("Яшин", ""),  # better his number than question marks
        ("", ""),
    ],
)
def test_accents_go_and_other_scripts_give_nothing(name: str, drawn: str) -> None:
    assert plain_text(name) == drawn
