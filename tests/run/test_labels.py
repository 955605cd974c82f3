"""What stands at somebody's feet, and the colour of their ring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from touchline.clothes.collection import Clothes
from touchline.clothes.shirt_means import MIN_ROWS, shirt_means
from touchline.config import load_config
from touchline.identities import Identities
from touchline.run.labels import person_labels, ring_colours
from touchline.types import ROLES
from touchline.video.config import DrawConfig
from touchline.video.palette import NO_TEAM_COLOUR, OFFICIALS_COLOUR, TEAM_COLOURS, lab_colour

PEOPLE = replace(
    Identities.nothing_known(np.arange(1, 8)),
    names=np.array(["Ann", "Bo", "", "", "", "", ""]),
    doubtful=np.array([False, True, False, False, False, True, False]),
    numbers=np.array([10, 4, 8, 9, -1, -1, -1]),
    number_confidences=np.array([1.0, 0.9, 0.9, 0.65, 0.0, 0.0, 0.0]),
    persons=np.array([1, 2, -1, -1, 15, 16, -1]),
    teams=np.array([0, 1, 0, 1, 2, -1, 1]),
)
WHITE, RED = (230, 235, 228), (40, 40, 200)


def drawn(**values: str) -> DrawConfig:
    return load_config(DrawConfig, values=values)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("auto", {1: "Ann", 2: "#4", 3: "#8", 5: "P15"}),
        ("name", {1: "Ann", 2: "Bo?", 5: "P15"}),
        ("number", {1: "#10", 2: "#4", 3: "#8"}),
        ("id", {}),
    ],
)
def test_a_label_says_what_is_known_and_sure(label: str, shown: dict[int, str]) -> None:
    assert person_labels(PEOPLE, drawn(label=label)) == shown


def test_rings_have_the_colours_of_the_kits_where_these_tell_teams_apart() -> None:
    colours = ring_colours(PEOPLE, {0: WHITE, 1: RED}, DrawConfig())
    assert colours is not None
    assert min(colours[1]) > 235  # white as it looks, not as it is in the shade
    assert colours[2][2] > 180 > 60 > max(colours[2][:2])
    assert colours[5] == OFFICIALS_COLOUR
    assert colours[6] == NO_TEAM_COLOUR
    assert ring_colours(PEOPLE, {0: RED, 1: (50, 60, 190)}, DrawConfig()) is None
    assert ring_colours(PEOPLE, {0: WHITE}, DrawConfig()) is None
    assert ring_colours(PEOPLE, {0: WHITE, 1: RED}, drawn(colour_by="identity")) is None
    by_team = ring_colours(PEOPLE, {}, drawn(colour_by="team"))
    assert by_team is not None
    assert (by_team[1], by_team[2]) == TEAM_COLOURS


def test_kits_that_are_nearly_white_both_do_not_tell_teams_apart() -> None:
    assert ring_colours(PEOPLE, {0: (183, 188, 178), 1: (113, 166, 136)}, drawn()) is None


def test_a_black_kit_shows_on_grass() -> None:
    colours = ring_colours(PEOPLE, {0: WHITE, 1: (8, 8, 8)}, DrawConfig())
    assert colours is not None
    assert max(colours[2]) >= 60


def test_the_shirts_of_a_team_are_the_median_of_what_was_measured() -> None:
    count = 3 * MIN_ROWS
    shirts = np.tile(np.arange(12, dtype=np.float32), (count, 1))
    shirts[:, 0] = 200
    shirts[0, 0] = 9.0  # one box that shows somebody else
    ids = np.repeat([1, 2, 5], MIN_ROWS)
    shirts[-1] = np.nan  # the officials lack one box
    clothes = Clothes(
        ids,
        np.zeros(count),
        np.zeros((count, 2), np.float32),
        shirts,
        np.full(count, ROLES.index("player"), np.uint8),
        np.ones(count),
        np.full(count, -1),
        np.zeros(count, np.float32),
    )
    assert shirt_means(clothes, PEOPLE) == {0: (200, 1, 2), 1: (200, 1, 2)}
    assert lab_colour((255, 128, 128)) == (255, 255, 255)
