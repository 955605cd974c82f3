"""Tables as spreadsheets write them are read as what programs write: one reader for all."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import FormatError
from touchline.formats.matches_csv import read_matches
from touchline.formats.mot import read_detections, read_mot
from touchline.formats.players import PLAYERS_HEADER, read_players
from touchline.formats.roles_csv import TrueRoles, read_roles_csv
from touchline.formats.table import HEADER, read_csv
from touchline.identities import Identities
from touchline.reid.manifest import read_manifest
from touchline.text_tables import table_rows

Writer = Callable[[list[list[str]]], bytes]


def spreadsheet(
    rows: list[list[str]], mark: str = ";", quote: bool = False, hint: bool = False
) -> bytes:
    """The rows with decimal commas, as a spreadsheet exports them."""
    lines = [mark.join(f'"{f}"' if quote else f for f in row) for row in rows]
    lines = [line.replace(".", ",") for line in lines]
    return (
        codecs.BOM_UTF8
        + "".join(line + "\r\n" for line in ([f"sep={mark}"] * hint + lines)).encode()
    )


WRITERS: dict[str, Writer] = {
    "semicolons": spreadsheet,
    "tabs": lambda rows: spreadsheet(rows, "\t"),
    "quotes": lambda rows: spreadsheet(rows, quote=True),
    "a hint": lambda rows: spreadsheet(rows, hint=True),
    "semicolons and points": lambda rows: "".join(";".join(row) + "\n" for row in rows).encode(),
    "an empty last column": lambda rows: spreadsheet([[*row, ""] for row in rows]),
    "quoted commas": lambda rows: "".join(
        ",".join(f'"{field.replace(".", ",")}"' for field in row) + "\n" for row in rows
    ).encode(),
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)

BOXES = [
    ["1", "-1", "12.5", "30.25", "14.0", "36.0", "0.95"],
    ["2", "-1", "13", "31", "14", "36", "1"],
]


@every_writer
def test_boxes_of_a_spreadsheet_are_those_of_a_program(tmp_path: Path, write: Writer) -> None:
    file = tmp_path / "det.csv"
    file.write_bytes(write(BOXES))
    table = read_detections(file)
    assert table.frames.tolist() == [0, 1]
    assert table.detections.boxes.tolist() == [[12.5, 30.25, 26.5, 66.25], [13, 31, 27, 67]]
    assert table.detections.scores.tolist() == [0.95, 1.0]
    assert len(read_mot(file, seventh="anything")) == 2


@every_writer
def test_tracks_of_a_spreadsheet_are_those_of_a_program(tmp_path: Path, write: Writer) -> None:
    rows = [["3", "0.08", "7", "1.25", "2.5", "11.75", "40.5", "0.5", "player", "detected"]]
    (tmp_path / "plain.csv").write_text(",".join(HEADER) + "\n" + ",".join(rows[0]) + "\n")
    if write is WRITERS["a hint"]:
        return  # no program writes that
    (tmp_path / "sheet.csv").write_bytes(write([list(HEADER), *rows]))
    plain, sheet = (read_csv(tmp_path / name) for name in ("plain.csv", "sheet.csv"))
    for name in ("frames", "times", "ids", "boxes", "scores", "roles", "interpolated"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(sheet, name))


@every_writer
def test_names_of_a_spreadsheet_are_those_of_a_program(tmp_path: Path, write: Writer) -> None:
    (tmp_path / "roles.csv").write_bytes(
        write([["Track_ID", "Role", "Team"], ["7", "goalkeeper", "left"], ["8", "other", ""]])
    )
    known = TrueRoles({7: "goalkeeper", 8: "person"}, {7: "left"})
    assert read_roles_csv(tmp_path / "roles.csv") == known
    (tmp_path / "matches.csv").write_bytes(write([["sequence", "match"], ["a", "final"]]))
    assert read_matches(tmp_path / "matches.csv") == {"a": "final"}


@every_writer
def test_crops_and_people_of_a_spreadsheet_are_read(tmp_path: Path, write: Writer) -> None:
    crops = tmp_path / "crops.csv"
    header = ["path", "identity", "time", "height"]
    row = ["a/one", "5", "1.5", "80.25"]
    if write is not WRITERS["an empty last column"]:
        crops.write_bytes(write([header, row]))
        manifest = read_manifest(crops)
        assert (manifest.times.tolist(), manifest.heights.tolist()) == ([1.5], [80.25])
    players = tmp_path / "players.csv"
    seen = ["0.0", "9.5", "3.5", "0.1", "2.0", "0.8", "0.75", "0.0"]
    values = ["1", "Müller", "A", "player", "", *seen, "2", "known", "0.9", "", ""]
    players.write_bytes(write([list(PLAYERS_HEADER), values]))
    one = read_players(players, Identities.nothing_known(np.array([1])))
    assert (one.names.tolist(), one.team_confidences.tolist()) == (["Müller"], [0.75])
    assert (one.numbers.tolist(), one.persons.tolist()) == ([-1], [2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frame;id;x;y;w;h\n1;1;2;3;4;5\n", "line 1: 'frame' is not a number: take the header out"),
        ("1;-1;2,5;3;4;5\n2;-1;2,5;drei;4;5\n", "line 2: 'drei' is not a number"),
        ("1;-1;2,5;3;4;5\n2;-1;1.234,56;3;4;5\n", "line 2: '1.234,56' is not a number"),
        ("sep=;\n1;-1;2,5;3;4;5\n2;-1;2\n", "line 3: 3 columns where the first line has 6"),
        ('1;-1;"2,5;3;4;5\n', "the first line has 3 columns"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "det.csv"
    file.write_text(text)
    with pytest.raises(FormatError) as raised:
        read_detections(file)
    assert said in str(raised.value)


words = st.text("aß7.-=", min_size=1, max_size=5)


@given(rows=st.lists(st.lists(words, min_size=2, max_size=4), min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_every_separator_gives_the_same_rows(rows: list[list[str]]) -> None:
    for mark in (",", ";", "\t"):
        lines = [mark.join(row) + "\n" for row in rows]
        assert [row for _, row in table_rows(lines)] == rows
