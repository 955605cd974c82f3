"""Roles and the keepers' teams by where people are on the pitch."""

from __future__ import annotations

import numpy as np
import pytest
from dressed_people import BLACK, RED, WHITE, YELLOW, Rows, people

from touchline.clothes.pitch_places import CELLS, PitchPlaces, pitch_cells
from touchline.identities import OFFICIALS, UNKNOWN

SIZE = (105.0, 68.0)
YELLOW_ALL = (205, 120, 205, 8, 3, 4, 203, 121, 203, 200, 120, 200)
GREEN_ALL = (140, 60, 165, 9, 3, 3, 138, 62, 163, 140, 62, 165)


def ground_of(rows: Rows, places: dict[int, tuple[float, float]]) -> PitchPlaces:
    """Everybody runs about within 2 m of their place; nothing is known of who is not named."""
    numbers = np.random.default_rng(1)
    found = np.full((len(rows.ids), 2), np.nan)
    for person, place in places.items():
        mine = rows.ids == person
        found[mine] = place + numbers.uniform(-2, 2, (mine.sum(), 2))
    return PitchPlaces(found, SIZE)


def line_up(shift: float = 3.0) -> dict[int, tuple[float, float]]:
    """Six of each team between the penalty areas; the second team, 7 to 12, stands to the right."""
    ys = np.linspace(-25, 25, 6)
    xs = np.array([-18.0, 14, -8, 6, -2, 18])
    first = {row + 1: (float(xs[row]), float(ys[row])) for row in range(6)}
    return first | {one + 6: (x + shift, y + 3) for one, (x, y) in first.items()}


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        ((0.0, 36.0), "touchline"),
        ((20.0, -35.5), "touchline"),
        ((-57.0, 10.0), "behind-goal"),
        ((-48.0, 2.0), "goal-area"),
        ((-48.0, 28.0), "deepest"),
        ((10.0, 10.0), "in-play"),
    ],
)
def test_a_place_is_one_of_a_few(place: tuple[float, float], cell: str) -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [BLACK])
    groups = rows.ids.astype(np.intp) - 1
    players = np.arange(13) < 12
    ground = ground_of(rows, {**line_up(), 13: place})
    cells = pitch_cells(groups, rows.times, ground, players)
    assert CELLS[cells[12]] == cell
    assert CELLS[cells[2]] == "in-play"
    unknown = pitch_cells(groups, rows.times, ground_of(rows, line_up()), players)
    assert unknown[12] == -1


def test_keepers_and_an_assistant_are_told_by_their_places() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [YELLOW_ALL, GREEN_ALL, YELLOW], seconds=30)
    ground = ground_of(rows, {**line_up(), 13: (-48, 1), 14: (47, 0), 15: (-10, 34.5)})
    table = rows.teams(ground=ground)
    assert table.roles[12:].tolist() == ["goalkeeper", "goalkeeper", "referee"]
    assert table.teams[12:].tolist() == [0, 1, OFFICIALS]  # each before their own goal
    assert (table.confidences[12:14] >= 0.75).all()


def test_a_keeper_has_no_team_where_the_sides_are_not_plain() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [YELLOW_ALL, GREEN_ALL, YELLOW], seconds=30)
    ground = ground_of(rows, {**line_up(0.0), 13: (-48, 1), 14: (47, 0), 15: (-10, 34.5)})
    table = rows.teams(ground=ground)
    assert table.roles[12:14].tolist() == ["goalkeeper", "goalkeeper"]
    assert table.teams[12:14].tolist() == [UNKNOWN, UNKNOWN]


def test_without_a_known_place_nothing_changes() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [YELLOW_ALL, GREEN_ALL, YELLOW])
    plain, unknown = rows.teams(), rows.teams(ground=ground_of(rows, {}))
    assert plain.roles.tolist() == unknown.roles.tolist()
    assert plain.teams.tolist() == unknown.teams.tolist()
    assert np.array_equal(plain.why.probabilities, unknown.why.probabilities)
