"""players.csv holds who is who in a clip, and gives it back."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError, UsageError
from touchline.formats.players import PLAYERS_HEADER, read_players, write_players
from touchline.identities import Identities
from touchline.people_facts import Recognised

PEOPLE = replace(
    Identities.nothing_known(np.array([1, 2, 3, 9])),
    roles=np.array(["player", "player", "referee", "goalkeeper"]),
    teams=np.array([0, 1, 2, -1]),
    team_confidences=np.array([0.9, 0.87654321, 1.0, 0.8]),
    numbers=np.array([10, -1, -1, 7]),
    number_confidences=np.array([0.8, 0.0, 0.0, 0.7]),
    seconds=np.array([2.0, 1.0, 3.0, 4.0]),
    names=np.array(["", 'Silva, "B."', "", ""]),
    first_times=np.array([0.0, 1.23456, 0.0, 2.0]),
    last_times=np.array([9.0, 3.0, 9.0, 9.5]),
    interpolated_shares=np.array([0.0, 0.25, 0.0, 0.1]),
    least_confidences=np.array([0.5, np.nan, 0.9, 0.9]),
    least_sure_times=np.array([4.0, np.nan, 0.0, 2.0]),
)
ROW = "1,,A,player,10,0.0,9.0,2.0,0.0,4.0,0.5,0.9,0.8,,,,,"


def test_known_and_unknown_are_written(tmp_path: Path) -> None:
    write_players(PEOPLE, tmp_path / "players.csv")
    lines = (tmp_path / "players.csv").read_text().splitlines()
    assert lines[:2] == [",".join(PLAYERS_HEADER), ROW]
    assert lines[2:] == [
        '2,"Silva, ""B.""",B,player,,1.235,3.0,1.0,0.25,,,0.8765,0.0,,,,,',
        "3,,officials,referee,,0.0,9.0,3.0,0.0,0.0,0.9,1.0,0.0,,,,,",
        "9,,,goalkeeper,7,2.0,9.5,4.0,0.1,2.0,0.9,0.8,0.7,,,,,",
    ]


def test_who_of_a_gallery_somebody_is_stands_in_their_row(tmp_path: Path) -> None:
    guess = Recognised(9, "doubtful", 3, "Neuer", "", 1, "player", 0.75, 4, "Ann", 2.5)
    write_players(PEOPLE, tmp_path / "players.csv", [guess])
    with (tmp_path / "players.csv").open() as text:
        row = list(csv.DictReader(text))[3]
    assert [row[name] for name in PLAYERS_HEADER[-4:]] == ["doubtful", "0.75", "4", "Ann"]
    assert read_players(tmp_path / "players.csv", PEOPLE).doubtful.tolist() == [False] * 3 + [True]


def test_what_was_written_is_read_up_to_its_rounding(tmp_path: Path) -> None:
    write_players(PEOPLE, tmp_path / "players.csv")
    seen_alone = replace(
        PEOPLE,
        roles=np.full(4, "person", "<U10"),
        teams=np.full(4, -1),
        numbers=np.full(4, -1),
        number_confidences=np.zeros(4),
        names=np.full(4, ""),
    )
    read = read_players(tmp_path / "players.csv", seen_alone)
    rounded = replace(PEOPLE, team_confidences=PEOPLE.team_confidences.round(4))
    for name in Identities.__slots__:
        np.testing.assert_array_equal(getattr(read, name), getattr(rounded, name))


def test_nobody_is_a_table_too(tmp_path: Path) -> None:
    write_players(PEOPLE[:0], tmp_path / "players.csv")
    assert len(read_players(tmp_path / "players.csv", PEOPLE[:0])) == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (",A,", ",C,"),
        (",0.9,0.8", ",1.5,0.8"),
        (",0.9,0.8", ",nan,0.8"),
        (",10,", ",100,"),
        ("player", "wizard"),
        (",0.9,0.8,,,,,", ""),
        ("1,,A", "99999999999999999999,,A"),
    ],
)
def test_a_spoilt_row_is_named_with_its_line(tmp_path: Path, before: str, after: str) -> None:
    assert before in ROW
    row = ROW.replace(before, after, 1)
    (tmp_path / "players.csv").write_text(",".join(PLAYERS_HEADER) + "\n" + row + "\n")
    with pytest.raises(
        FormatError, match=r"players\.csv, line 2: no row .*touchline link .* again"
    ):
        read_players(tmp_path / "players.csv", PEOPLE[:1])


def test_rows_of_other_people_are_refused(tmp_path: Path) -> None:
    write_players(PEOPLE[1:], tmp_path / "players.csv")
    with pytest.raises(FormatError, match=r"identities are not those of tracks\.csv; touchline"):
        read_players(tmp_path / "players.csv", PEOPLE)
    with pytest.raises(UsageError, match="does not exist"):
        read_players(tmp_path / "none.csv", PEOPLE)
