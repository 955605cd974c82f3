"""Teams from the colours of clothes: who wears what most people wear, and who does not."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dressed_people import BLACK, GREEN, NAVY, RED, WHITE, YELLOW, Rows, people

from touchline.clothes.kits import two_kits
from touchline.clothes.teams import TeamTable
from touchline.identities import OFFICIALS, UNKNOWN
from touchline.perception.shirts import shirt_colours
from touchline.video.reader import open_video


@pytest.mark.parametrize("kits", [(WHITE, RED), (WHITE, GREEN), (NAVY, BLACK), (RED, BLACK)])
def test_two_kits_are_two_teams_the_lighter_first(kits: tuple[tuple[float, ...], ...]) -> None:
    table = people([kits[0]] * 8 + [kits[1]] * 7).teams()
    assert table.track_ids.tolist() == list(range(1, 16))
    assert table.teams.tolist() == [0] * 8 + [1] * 7
    assert (table.confidences > 0.8).all()
    assert set(table.roles) == {"player"}
    np.testing.assert_allclose(table.kits, kits, atol=10)


def test_keepers_wear_neither_kit_and_two_who_dress_alike_are_officials() -> None:
    table = people([WHITE] * 8 + [RED] * 8 + [YELLOW, YELLOW, GREEN]).teams()
    assert table.teams.tolist() == [0] * 8 + [1] * 8 + [OFFICIALS, OFFICIALS, UNKNOWN]
    assert table.confidences[-1] > 0.8  # surely of neither team
    assert table.roles[-3:].tolist() == ["referee", "referee", "goalkeeper"]


@pytest.mark.parametrize(("apart", "teams"), [(3.0, 1), (4.0, 2), (5.0, 2)])
def test_kits_are_two_teams_from_three_and_a_half_units_of_noise_apart(
    apart: float, teams: int
) -> None:
    population = np.random.default_rng(3).normal(0, 0.2, (16, 12))
    places = population + np.where(np.arange(16) < 8, 0.0, apart / np.sqrt(12))[:, None]
    centres = two_kits(places, np.full(16, 8.0))
    assert np.isfinite(centres).all(axis=1).sum() == teams


def test_one_team_in_view_is_one_team() -> None:
    table = people([RED] * 6 + [YELLOW]).teams()
    assert table.teams.tolist() == [0] * 6 + [UNKNOWN]
    assert np.isnan(table.kits[1]).all()


def test_both_teams_in_one_kit_are_unknown_and_not_one_team() -> None:
    table = people([BLACK] * 20).teams()
    assert (table.teams == UNKNOWN).all()
    assert (table.confidences == 0).all()


@pytest.mark.parametrize(("side_size", "team"), [(11, 0), (9, UNKNOWN), (7, UNKNOWN), (None, 0)])
def test_as_many_in_one_kit_as_two_teams_depends_on_the_size_of_a_team(
    side_size: int | None, team: int
) -> None:
    assert (people([BLACK] * 12).teams(side_size).teams == team).all()


def test_short_tracklets_are_told_apart_with_less_confidence() -> None:
    rows = people([WHITE] * 8 + [RED] * 8)
    tracklet_ids = replace(rows, ids=rows.ids * 100 + (rows.times // 1.0).astype(np.int64))
    long, short = rows.teams(), tracklet_ids.teams()
    truth = np.where(short.track_ids < 900, 0, 1)
    known = short.teams != UNKNOWN
    assert known.mean() > 0.95
    assert (short.teams == truth)[known].all()
    assert np.median(short.confidences) < np.median(long.confidences)


def test_officials_are_referees_for_a_detector_that_knows_players_alone() -> None:
    table = people([WHITE] * 8 + [RED] * 8 + [YELLOW, YELLOW], role="player").teams()
    assert table.roles.tolist() == ["player"] * 16 + ["referee"] * 2


def test_a_tracklet_of_two_people_of_two_teams_is_unknown() -> None:
    rows = people([WHITE] * 6 + [RED] * 6)
    ids = np.where((rows.ids == 12) & (rows.times < 4.0), 1, rows.ids)
    ids = np.where((rows.ids == 1) & (rows.times < 4.0), 99, ids)
    table = replace(rows, ids=ids).teams()
    assert table.teams[table.track_ids == 1] == UNKNOWN


def test_who_is_never_seen_well_is_unknown() -> None:
    rows = people([WHITE] * 5 + [RED] * 5)
    rows.shirts[rows.ids == 3] = np.nan
    table = rows.teams()
    assert table.teams[2] == UNKNOWN
    assert table.confidences[2] == 0.0
    rows.shirts[:] = np.nan
    assert (rows.teams().teams == UNKNOWN).all()


def test_the_answer_does_not_depend_on_the_order_of_boxes() -> None:
    rows = people([WHITE] * 5 + [RED] * 5 + [YELLOW])
    order = np.random.default_rng(1).permutation(len(rows.ids))
    before, after = rows.teams(), rows[order].teams()
    assert before.teams.tolist() == after.teams.tolist()
    np.testing.assert_allclose(before.confidences, after.confidences)


def test_nobody_plays_for_no_team() -> None:
    table = people([WHITE])[np.zeros(80, np.bool_)].teams()
    assert len(table) == 0
    assert len(TeamTable.empty()) == 0


def test_every_player_of_a_real_match_is_in_his_team(football_data: Path) -> None:
    folder = football_data / "mot" / "SNMOT-060"
    with (folder / "roles.csv").open() as file:
        teams = {int(row["track_id"]): (row["role"], row["team"]) for row in csv.DictReader(file)}
    truth = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",", usecols=range(6))
    truth = truth[truth[:, 1] != 18]  # the ball
    truth[:, 2:] *= 2 / 3  # the truth is of a larger image
    ids, times, feet, shirts = [], [], [], []
    with open_video(str(folder / "video_1280x720.mp4")) as video:
        for frame in video:
            if frame.index % 10:
                continue
            rows = truth[truth[:, 0] == frame.index + 1]
            boxes = np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]])
            ids.append(rows[:, 1].astype(np.int64))
            times.append(np.full(len(rows), frame.time))
            feet.append(np.column_stack([boxes[:, ::2].mean(axis=1), boxes[:, 3]]))
            shirts.append(shirt_colours(frame.image, boxes))
    every = np.concatenate(ids)
    seen = Rows(
        every,
        np.concatenate(times),
        np.concatenate(feet).astype(np.float32),
        np.concatenate(shirts),
        np.full(len(every), "person", "<U10"),
    )
    table = seen.teams()
    said = {int(track): int(team) for track, team in zip(table.track_ids, table.teams, strict=True)}
    white = [track for track, (role, team) in teams.items() if (role, team) == ("player", "white")]
    green = [track for track, (role, team) in teams.items() if (role, team) == ("player", "green")]
    assert len(white) + len(green) == 20
    assert {track: said[track] for track in white} == dict.fromkeys(white, 0)
    assert {track: said[track] for track in green} == dict.fromkeys(green, 1)
    # Keepers and officials are in neither team.
    assert all(said[track] not in (0, 1) for track in set(said) - {*white, *green})
