"""teams.csv holds who is who in a clip, and gives it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError, UsageError
from touchline.formats.identities import read_teams, write_teams
from touchline.identities import Identities

HEADER = "identity,role,team,team_confidence,number,number_confidence\n"

PEOPLE = Identities(
    ids=np.array([1, 2, 3, 9]),
    roles=np.array(["player", "player", "referee", "goalkeeper"]),
    teams=np.array([0, 1, 2, -1]),
    team_confidences=np.array([0.9, 0.87654321, 1.0, 0.8]),
    numbers=np.array([10, -1, -1, 7]),
    number_confidences=np.array([0.8, 0.0, 0.0, 0.7]),
    seconds=np.array([2.0, 1.0, 3.0, 4.0]),
    names=np.array(["", "Ann", "", ""]),
)


def test_known_and_unknown_are_written(tmp_path: Path) -> None:
    write_teams(PEOPLE, tmp_path / "teams.csv")
    assert (tmp_path / "teams.csv").read_text().splitlines() == [
        HEADER.strip(),
        "1,player,A,0.9,10,0.8",
        "2,player,B,0.8765,,0.0",
        "3,referee,officials,1.0,,0.0",
        "9,goalkeeper,,0.8,7,0.7",
    ]


def test_what_was_written_is_read_up_to_its_rounding(tmp_path: Path) -> None:
    write_teams(PEOPLE, tmp_path / "teams.csv")
    nothing = replace(
        PEOPLE,
        roles=np.full(4, "person", "<U10"),
        teams=np.full(4, -1),
        numbers=np.full(4, -1),
        number_confidences=np.zeros(4),
    )
    read = read_teams(tmp_path / "teams.csv", nothing)
    rounded = replace(PEOPLE, team_confidences=PEOPLE.team_confidences.round(4))
    for name in Identities.__slots__:
        np.testing.assert_array_equal(getattr(read, name), getattr(rounded, name))


def test_nobody_is_a_table_too(tmp_path: Path) -> None:
    write_teams(PEOPLE[:0], tmp_path / "teams.csv")
    assert len(read_teams(tmp_path / "teams.csv", PEOPLE[:0])) == 0


@pytest.mark.parametrize(
    "row",
    [
        "1,player,C,0.9,10,0.8",
        "1,player,A,1.5,10,0.8",
        "1,player,A,nan,10,0.8",
        "1,player,A,0.9,100,0.8",
        "1,wizard,A,0.9,10,0.8",
        "1,player,A,0.9",
        "99999999999999999999,player,A,0.9,10,0.8",
    ],
)
def test_a_spoilt_row_is_named_with_its_line(tmp_path: Path, row: str) -> None:
    (tmp_path / "teams.csv").write_text(HEADER + row + "\n")
    with pytest.raises(FormatError, match=r"teams\.csv, line 2: no row .*touchline link .* again"):
        read_teams(tmp_path / "teams.csv", PEOPLE[:1])


def test_rows_of_other_people_are_refused(tmp_path: Path) -> None:
    write_teams(PEOPLE[1:], tmp_path / "teams.csv")
    with pytest.raises(FormatError, match=r"identities are not those of tracks\.csv; touchline"):
        read_teams(tmp_path / "teams.csv", PEOPLE)
    with pytest.raises(UsageError, match="does not exist"):
        read_teams(tmp_path / "none.csv", PEOPLE)
