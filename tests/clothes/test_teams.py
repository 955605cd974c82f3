"""Teams from the colours of clothes: who wears what most people wear, and who does not."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.clothes.kits import two_kits
from touchline.clothes.teams import SIDE_SIZE, TeamTable, find_teams
from touchline.identities import OFFICIALS, UNKNOWN
from touchline.perception.shirts import shirt_colours
from touchline.types import Roles
from touchline.video.reader import open_video

WHITE = (225, 128, 130, 8, 2, 3, 215, 128, 130, 205, 128, 130)
RED = (110, 185, 165, 9, 3, 3, 105, 183, 162, 112, 184, 160)
NAVY = (60, 135, 105, 7, 2, 3, 62, 134, 106, 70, 134, 108)
BLACK = (45, 128, 128, 7, 2, 3, 40, 128, 128, 50, 128, 128)
YELLOW = (205, 120, 205, 8, 3, 4, 45, 128, 128, 45, 128, 128)
GREEN = (150, 80, 165, 9, 3, 3, 150, 80, 165, 150, 80, 165)

ROW_NOISE = np.array([14, 4, 4, 6, 2, 2.5, 14, 3, 4, 12, 3.5, 4])
PERSON_NOISE = 0.4 * ROW_NOISE


@dataclass(frozen=True)
class Rows:
    """Boxes of a clip, and what they show."""

    ids: NDArray[np.int64]
    times: NDArray[np.float64]
    shirts: NDArray[np.float32]
    roles: Roles

    def teams(self, side_size: int | None = SIDE_SIZE) -> TeamTable:
        scores = np.ones(len(self.ids))
        return find_teams(self.ids, self.times, self.shirts, self.roles, scores, side_size)


def people(
    kits: Sequence[Sequence[float]], seconds: float = 8.0, seed: int = 0, role: str = "person"
) -> Rows:
    """One tracklet for each of ``kits``, numbered from 1, all in the image all the time."""
    numbers = np.random.default_rng(seed)
    times = np.arange(0.0, seconds, 0.1)
    parts = [
        np.array(kit)
        + numbers.normal(0, PERSON_NOISE)
        + numbers.normal(0, ROW_NOISE, (len(times), 12))
        for kit in kits
    ]
    ids = np.repeat(np.arange(1, len(kits) + 1), len(times))
    return Rows(
        ids,
        np.tile(times, len(kits)),
        np.concatenate(parts).astype(np.float32),
        np.full(len(ids), role, "<U10"),
    )


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
    assert table.roles[-3:].tolist() == ["referee", "referee", "person"]


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
    tracklet_ids = Rows(
        rows.ids * 100 + (rows.times // 1.0).astype(np.int64), rows.times, rows.shirts, rows.roles
    )
    long, short = rows.teams(), tracklet_ids.teams()
    truth = np.where(short.track_ids < 900, 0, 1)
    known = short.teams != UNKNOWN
    assert known.mean() > 0.95
    assert (short.teams == truth)[known].all()
    assert np.median(short.confidences) < np.median(long.confidences)


def test_the_detector_tells_keepers_and_referees_when_it_is_sure() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [BLACK, RED])
    rows.roles[rows.ids == 13] = "referee"
    rows.roles[rows.ids == 14] = "goalkeeper"
    rows.roles[(rows.ids == 1) & (rows.times < 2.0)] = "referee"  # now and then is not sure
    table = rows.teams()
    assert table.teams.tolist() == [0] * 6 + [1] * 6 + [OFFICIALS, UNKNOWN]
    assert table.roles[-2:].tolist() == ["referee", "goalkeeper"]
    assert table.roles[0] == "player"


def test_votes_and_kits_together_make_one_role() -> None:
    rows = people([WHITE] * 6 + [RED] * 6 + [BLACK, YELLOW, GREEN], role="player")
    early = rows.times < 3.0
    rows.roles[(rows.ids == 1) & (rows.times < 6.0)] = "referee"  # 75 %, in a team's kit
    rows.roles[(rows.ids == 13) & early] = "referee"
    rows.roles[(rows.ids == 14) & early] = "goalkeeper"
    table = rows.teams()
    # Who wears neither kit is what the detector says of them beside player, if it says anything.
    assert table.roles.tolist() == ["player"] * 12 + ["referee", "goalkeeper", "player"]
    assert table.teams.tolist() == [0] * 6 + [1] * 6 + [OFFICIALS, UNKNOWN, UNKNOWN]
    assert (table.confidences > 0.6).all()


def test_officials_are_referees_for_a_detector_that_knows_players_alone() -> None:
    table = people([WHITE] * 8 + [RED] * 8 + [YELLOW, YELLOW], role="player").teams()
    assert table.roles.tolist() == ["player"] * 16 + ["referee"] * 2


def test_without_clothes_the_role_is_what_the_detector_says_most() -> None:
    rows = people([WHITE] * 3)
    rows.shirts[:] = np.nan
    for track, second in ((1, "goalkeeper"), (2, "referee"), (3, "person")):
        rows.roles[rows.ids == track] = "player"
        rows.roles[(rows.ids == track) & (rows.times < 5.0)] = second  # 62 %
    table = rows.teams()
    assert table.roles.tolist() == ["goalkeeper", "referee", "person"]
    assert table.teams.tolist() == [UNKNOWN, OFFICIALS, UNKNOWN]
    assert table.confidences[1] == pytest.approx(0.625, abs=0.01)


def test_a_kit_that_contradicts_a_sure_detector_lends_it_no_confidence() -> None:
    rows = people([WHITE] * 6 + [RED] * 6)
    rows.roles[rows.ids == 1] = "referee"
    rows.roles[rows.ids == 2] = "goalkeeper"
    table = rows.teams()
    assert table.roles[:2].tolist() == ["referee", "goalkeeper"]
    assert table.teams[:2].tolist() == [OFFICIALS, UNKNOWN]
    assert table.confidences[:2].tolist() == [0.8, 0.8]


def test_a_tracklet_of_two_people_of_two_teams_is_unknown() -> None:
    rows = people([WHITE] * 6 + [RED] * 6)
    ids = np.where((rows.ids == 12) & (rows.times < 4.0), 1, rows.ids)
    ids = np.where((rows.ids == 1) & (rows.times < 4.0), 99, ids)
    table = Rows(ids, rows.times, rows.shirts, rows.roles).teams()
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
    mixed = Rows(rows.ids[order], rows.times[order], rows.shirts[order], rows.roles[order])
    before, after = rows.teams(), mixed.teams()
    assert before.teams.tolist() == after.teams.tolist()
    np.testing.assert_allclose(before.confidences, after.confidences)


def test_nobody_plays_for_no_team() -> None:
    nobody = np.empty(0)
    table = find_teams(
        nobody.astype(np.int64),
        nobody,
        np.empty((0, 12), np.float32),
        nobody.astype("<U10"),
        nobody,
    )
    assert len(table) == 0
    assert len(TeamTable.empty()) == 0


def test_every_player_of_a_real_match_is_in_his_team(football_data: Path) -> None:
    folder = football_data / "mot" / "SNMOT-060"
    with (folder / "roles.csv").open() as file:
        teams = {int(row["track_id"]): (row["role"], row["team"]) for row in csv.DictReader(file)}
    truth = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",", usecols=range(6))
    truth = truth[truth[:, 1] != 18]  # the ball
    truth[:, 2:] *= 2 / 3  # the truth is of a larger image
    ids, times, shirts = [], [], []
    with open_video(str(folder / "video_1280x720.mp4")) as video:
        for frame in video:
            if frame.index % 10:
                continue
            rows = truth[truth[:, 0] == frame.index + 1]
            boxes = np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]])
            ids.append(rows[:, 1].astype(np.int64))
            times.append(np.full(len(rows), frame.time))
            shirts.append(shirt_colours(frame.image, boxes))
    every = np.concatenate(ids)
    seen = Rows(
        every, np.concatenate(times), np.concatenate(shirts), np.full(len(every), "person", "<U10")
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
