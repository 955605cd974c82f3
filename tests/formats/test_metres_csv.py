"""positions.csv and movement.csv: read back as written, and refused with the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from paced_people import RATE, runner, seen_by, turning

from touchline.errors import FormatError, UsageError
from touchline.formats.movement_csv import MOVEMENT_HEADER, read_movement, write_movement
from touchline.formats.positions_csv import POSITIONS_HEADER, read_positions, write_positions
from touchline.identities import Identities
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.movement import Movement, find_movement
from touchline.pitch.positions import Positions, find_positions

PLACES, SUMS = ",".join(POSITIONS_HEADER) + "\n", ",".join(MOVEMENT_HEADER) + "\n"


def made_up() -> Positions:
    cameras = turning(60)
    away = runner((-30, 5), (-9, 2), 60)  # out of the image
    table = seen_by(cameras, {1: runner((0, 0), (3, 1), 60), 4: away}, jitter=1.0)
    return find_positions(table, cameras, PitchConfig(), PositionsConfig())


def same(one: object, other: object, kind: type) -> None:
    for name in (part.name for part in fields(kind)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if isinstance(mine, np.ndarray):
            assert np.array_equal(mine, theirs, equal_nan=True), name
        else:
            assert mine == theirs


def test_positions_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    positions = made_up()
    assert 0 < positions.known.sum() < len(positions)
    write_positions(positions, tmp_path / "positions.csv")
    same(read_positions(tmp_path / "positions.csv"), positions, Positions)


def test_movement_is_read_back_and_teams_are_summed(tmp_path: Path) -> None:
    movement = find_movement(made_up(), RATE, PitchConfig(), PositionsConfig())
    people = replace(Identities.nothing_known(np.array([1, 4])), teams=np.array([0, 0]))
    write_movement(movement, people, tmp_path / "movement.csv")
    same(read_movement(tmp_path / "movement.csv"), movement, Movement)
    team = (tmp_path / "movement.csv").read_text().splitlines()[-1].split(",")
    assert team[:2] == ["", "A"]
    assert float(team[4]) == pytest.approx(movement.distances.sum())


def test_empty_tables_say_why(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    write_positions(Positions.none("no grass"), file)
    assert file.read_text() == PLACES + "# no grass\n"
    assert read_positions(file).why_empty == "no grass"
    write_movement(Movement.none("no grass"), Identities.nothing_known(np.array([1])), file)
    assert file.read_text() == SUMS + "# no grass\n"
    assert read_movement(file).why_empty == "no grass"


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (read_positions, "frame,x\n", "line 1: the header must be frame,time,identity,x"),
        (read_positions, PLACES + "1,0,1,a,2,3,,seen\n", "line 2: no row of positions"),
        (read_positions, PLACES + "1,0,1,1,2,3,,seen\n1,0\n", "line 3: no row of positions"),
        (read_positions, PLACES + "1,0,1,1,2,3,,lost\n", "line 2: no row of positions"),
        (read_positions, PLACES + "1,0,1,1,2,3,,unsure\n", "line 2: no row of positions"),
        (read_positions, PLACES + "1,0,1,,,,,seen\n", "line 2: no row of positions"),
        (read_positions, PLACES + "2,0,1,,,,,unsure\n" * 2, "line 3: no row of positions"),
        (read_movement, "identity\n", "line 1: the header must be identity,team"),
        (read_movement, SUMS + "1,A,1,0,a,0,0,,1,0,0,0,0\n", "line 2: no row of movement"),
        (read_movement, SUMS + "1,A,-1,0,0,0,0,,1,0,0,0,0\n", "line 2: no row of movement"),
        (read_movement, SUMS + "1,A,1,0,0,0,0,,1,0,0,0,0\n" * 2, "line 3: no row of movement"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(
    read: Callable[[Path], object], text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(FormatError, match=message):
        read(file)
    with pytest.raises(UsageError, match="does not exist"):
        read(tmp_path / "none.csv")
