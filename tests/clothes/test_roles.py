"""One role for each person of a clip, from classes of single frames, clothes and counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dressed_people import BLACK, NAVY, RED, WHITE, YELLOW, Rows, people
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.clothes.role_model import LABELS, REASONS
from touchline.clothes.teams import TeamTable
from touchline.identities import OFFICIALS, UNKNOWN

STRIPES = (128, 128, 128, 90, 3, 3, 40, 128, 128, 45, 128, 128)
GREEN_ALL = (140, 60, 165, 9, 3, 3, 138, 62, 163, 140, 62, 165)
PINK_ALL = (160, 180, 130, 9, 3, 3, 158, 178, 132, 160, 178, 130)
YELLOW_ALL = (205, 120, 205, 8, 3, 4, 203, 121, 203, 200, 120, 200)
COAT = (30, 128, 128, 9, 2, 2, 22, 128, 128, 20, 128, 128)

LEFT_END, RIGHT_END = (50.0, 500.0), (950.0, 500.0)
TOUCHLINE, BENCHES = (500.0, 50.0), (500.0, 950.0)


def called(rows: Rows, person: int, role: str, share: float) -> None:
    """Let the detector say so of somebody in this share of the boxes."""
    mine = np.flatnonzero(rows.ids == person)
    rows.roles[mine[: round(share * len(mine))]] = role


def role_of(table: TeamTable, person: int) -> str:
    return str(table.roles[table.track_ids == person][0])


@pytest.mark.parametrize("kit", [STRIPES, BLACK])
def test_a_team_whose_kit_looks_like_a_referees_has_no_referee(kit: tuple[float, ...]) -> None:
    rows = people([WHITE] * 8 + [kit] * 8, role="player")
    for person, share in zip(range(9, 17), np.linspace(0.4, 1.0, 8).tolist(), strict=True):
        called(rows, person, "referee", share)
    table = rows.teams()
    assert table.roles.tolist() == ["player"] * 16
    assert table.teams.tolist() == [0] * 8 + [1] * 8


def test_nobody_in_a_teams_kit_is_a_referee_or_keeper_whatever_the_detector_says() -> None:
    rows = people([WHITE] * 6 + [RED] * 6, role="player")
    called(rows, 1, "referee", 1.0)
    called(rows, 2, "goalkeeper", 1.0)
    table = rows.teams()
    assert table.roles.tolist() == ["player"] * 12
    assert table.teams.tolist() == [0] * 6 + [1] * 6


def test_few_frames_of_a_class_are_enough_for_who_wears_neither_kit() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [BLACK, GREEN_ALL], role="player")
    called(rows, 13, "referee", 0.35)
    called(rows, 14, "goalkeeper", 0.35)
    table = rows.teams()
    assert table.roles.tolist() == ["player"] * 12 + ["referee", "goalkeeper"]
    assert table.teams.tolist() == [0] * 6 + [1] * 6 + [OFFICIALS, UNKNOWN]
    assert (table.confidences > 0.6).all()


def test_a_keeper_in_a_referees_colours_is_told_by_shorts_and_place() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [YELLOW, YELLOW_ALL])
    rows.stand(14, *LEFT_END)
    table = rows.teams()
    assert table.roles[-2:].tolist() == ["referee", "goalkeeper"]


def test_each_keeper_may_wear_another_colour() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [GREEN_ALL, PINK_ALL, YELLOW])
    rows.stand(13, *LEFT_END)
    rows.stand(14, *RIGHT_END)
    assert rows.teams().roles[-3:].tolist() == ["goalkeeper", "goalkeeper", "referee"]


def test_the_keeper_of_one_side_alone_is_found_with_no_referee_in_sight() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [GREEN_ALL])
    rows.stand(13, *LEFT_END)
    assert rows.teams().roles.tolist() == ["player"] * 12 + ["goalkeeper"]


def test_two_who_dress_alike_at_once_are_no_keepers() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [GREEN_ALL, GREEN_ALL], role="player")
    called(rows, 13, "goalkeeper", 0.2)
    table = rows.teams()
    assert table.roles[-2:].tolist() != ["goalkeeper", "goalkeeper"]


def test_staff_in_dark_clothes_at_the_side_are_no_officials() -> None:
    rows = people([WHITE] * 7 + [RED] * 7 + [YELLOW] + [COAT] * 3)
    for person in (16, 17, 18):
        rows.stand(person, *BENCHES)
    assert rows.teams().roles[-4:].tolist() == ["referee", "person", "person", "person"]


def test_an_assistant_in_another_light_is_known_by_the_referees_kit() -> None:
    shaded = np.array(YELLOW, float)
    shaded[[0, 6, 9]] = 120.0, 60.0, 60.0
    rows = people([WHITE] * 7 + [RED] * 7 + [YELLOW, shaded.tolist()])
    rows.stand(16, *TOUCHLINE)
    alone = people([WHITE] * 7 + [RED] * 7 + [shaded.tolist()])
    alone.stand(15, *TOUCHLINE)
    assert rows.teams().roles[-1] == "referee"
    chance = rows.teams().why.probabilities[-1, 2]
    assert chance > alone.teams().why.probabilities[-1, 2]


def test_officials_are_no_team_where_the_other_team_is_out_of_sight() -> None:
    rows = people([WHITE] * 8 + [YELLOW, YELLOW], role="player")
    called(rows, 9, "referee", 0.5)
    called(rows, 10, "referee", 0.5)
    table = rows.teams()
    assert table.teams.tolist() == [0] * 8 + [OFFICIALS] * 2
    assert table.roles.tolist() == ["player"] * 8 + ["referee"] * 2


def test_two_of_a_team_in_view_are_a_team() -> None:
    assert people([WHITE] * 8 + [NAVY, NAVY]).teams().roles.tolist() == ["player"] * 10


def test_a_class_that_is_never_named_says_nothing() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [GREEN_ALL])
    rows.stand(13, *LEFT_END)
    anybody = rows.teams()
    rows.roles[:] = "player"
    players = rows.teams()
    assert anybody.roles[-1] == players.roles[-1] == "goalkeeper"
    assert (anybody.why.reasons[..., REASONS.index("detector")] == 0).all()


def test_without_clothes_and_classes_nobody_has_a_role() -> None:
    rows = people([WHITE] * 3)
    rows.shirts[:] = np.nan
    assert rows.teams().roles.tolist() == ["person"] * 3


def test_without_clothes_the_role_is_what_the_detector_says() -> None:
    rows = people([WHITE] * 3, role="player")
    rows.shirts[:] = np.nan
    called(rows, 1, "goalkeeper", 0.6)
    called(rows, 2, "referee", 0.6)
    table = rows.teams()
    assert table.roles.tolist() == ["goalkeeper", "referee", "player"]
    assert table.teams.tolist() == [UNKNOWN, OFFICIALS, UNKNOWN]
    assert 0.65 < table.confidences[1] < 1.0


def test_a_ball_stays_a_ball() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [WHITE], role="player")
    called(rows, 13, "ball", 0.9)
    table = rows.teams()
    assert (role_of(table, 13), table.teams[-1]) == ("ball", UNKNOWN)


def test_the_reasons_name_what_speaks_for_a_role() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [YELLOW], role="player")
    called(rows, 13, "referee", 0.5)
    said = rows.teams().why.reasons
    assert said.shape == (13, len(LABELS), len(REASONS))
    for reason in ("detector", "shorts"):
        keeper, referee = said[-1, 1:3, REASONS.index(reason)]
        assert referee > keeper
    assert (said[:, LABELS.index("person")] == 0).all()
    assert said[0, 0, REASONS.index("kit")] > 4
    assert said[-1, 0, REASONS.index("kit")] < -4


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(1, 17)))
def test_the_order_of_people_does_not_matter(order: list[int]) -> None:
    kits = [WHITE] * 5 + [RED] * 5 + [GREEN_ALL, PINK_ALL, YELLOW, YELLOW, COAT, BLACK]
    rows = people(kits, seconds=3.0, role="player")
    rows.stand(11, *LEFT_END)
    rows.stand(12, *RIGHT_END)
    rows.stand(15, *BENCHES)
    called(rows, 13, "referee", 0.3)
    numbers = np.array([0, *order])
    before, after = rows.teams(), replace(rows, ids=numbers[rows.ids]).teams()
    places = np.argsort(np.array(order))
    assert after.roles.tolist() == before.roles[places].tolist()
    np.testing.assert_allclose(
        after.why.probabilities, before.why.probabilities[places], rtol=0, atol=1e-9
    )
