"""Exports in metres: what other programs read is where people are, and who."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from paced_people import RATE, SIZE, runner, seen_by, turning

from touchline.ball_track import BallTrack
from touchline.formats.ball_in_metres import BallInMetres
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.formats.writers import METRE_WRITERS
from touchline.identities import UNKNOWN, Identities
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.positions import find_positions

COUNT = 50


@pytest.fixture(scope="module")
def people() -> PeopleInMetres:
    """Two of team A (on the right), one of B, B's keeper, the referee; 4 is away at the end."""
    cameras = turning(COUNT)
    away = runner((-6, 3), (-3, 0), COUNT)
    away[30:] = np.nan
    paths = {
        1: runner((8, 2), (2, 1), COUNT),
        2: runner((6, -8), (0, 3), COUNT),
        4: away,
        5: runner((-29, 20), (0.5, 0), COUNT),
        9: runner((0, 5), (0, 0), COUNT),
    }
    table = seen_by(cameras, paths)
    identities = replace(
        Identities.nothing_known(np.array([1, 2, 4, 5, 9])),
        roles=np.array(["player", "player", "player", "goalkeeper", "referee"], "<U10"),
        teams=np.array([0, 0, 1, UNKNOWN, 2]),
        numbers=np.array([10, UNKNOWN, 7, 1, UNKNOWN]),
        names=np.array(["Ada Lund", "", "", "", ""]),
    )
    positions = find_positions(table, cameras, PitchConfig(), PositionsConfig())
    clip = ClipFacts("derby", *SIZE, RATE, COUNT)
    return PeopleInMetres(
        clip, table, identities, positions, cameras, rolling(cameras), 105.0, 68.0
    )


def rolling(cameras: PitchCameras) -> BallInMetres:
    """A ball at (4, 1) in frame 10, at (8, 1) in frame 30, and above the horizon in frame 40."""
    frames = np.array([10, 30, 40])
    feet = cameras.image_points(frames, np.array([[4.0, 1.0], [8.0, 1.0], [0.0, 0.0]]))
    feet[2, 1] = -1000.0
    boxes = np.column_stack([feet[:, 0] - 5, feet[:, 1] - 10, feet[:, 0] + 5, feet[:, 1]])
    track = BallTrack(frames, boxes, np.ones(3), np.array([False, True, False]))
    return BallInMetres.of_track(track, cameras, 0.3, (60.0, 40.0))


def written(people: PeopleInMetres, name: str, folder: Path) -> Path:
    out = folder / f"{name}{METRE_WRITERS[name].ending}"
    METRE_WRITERS[name].write(people, out)
    return out


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_sides_follow_from_where_people_are(people: PeopleInMetres) -> None:
    assert people.left_team() == 1
    assert people.playing_teams().tolist() == [0, 0, 1, 1, UNKNOWN]  # the keeper by their side
    assert [people.label(row) for row in (0, 1, 3)] == [
        "Ada Lund",
        "anonymous 2 of A",
        "anonymous 5",
    ]


def test_game_states_are_those_of_soccernet(people: PeopleInMetres, tmp_path: Path) -> None:
    content = json.loads(written(people, "game-state", tmp_path).read_text())
    first = {one["track_id"]: one for one in content["predictions"] if one["image_id"] == "000000"}
    assert first[1]["attributes"] == {"role": "player", "jersey": "10", "team": "right"}
    assert first[2]["attributes"] == {"role": "player", "jersey": None, "team": "right"}
    assert first[5]["attributes"] == {"role": "goalkeeper", "jersey": None, "team": "left"}
    assert first[9]["attributes"] == {"role": "referee", "jersey": None, "team": None}
    place = first[1]["bbox_pitch"]
    assert place["x_bottom_middle"] == pytest.approx(8, abs=0.1)
    assert place["y_bottom_middle"] == pytest.approx(-2, abs=0.1)  # theirs runs to the camera
    assert place["x_bottom_left"] < place["x_bottom_middle"] < place["x_bottom_right"]
    assert len(content["predictions"]) == people.positions.known.sum()


def test_common_data_names_home_and_away(people: PeopleInMetres, tmp_path: Path) -> None:
    folder = written(people, "cdf", tmp_path)
    meta, frames = json.loads((folder / "meta.json").read_text()), lines(folder / "tracking.jsonl")
    assert [one["id"] for one in meta["teams"]["away"]["players"]] == ["4", "5"]
    assert meta["match"]["periods"][0]["left_team_id"] == "team_b"
    assert (frames[0]["frame_id"], frames[0]["timestamp"]) == (0, "1970-01-01T00:00:00.000Z")
    home = {one["id"]: one for one in frames[20]["teams"]["home"]["players"]}
    assert home["1"]["vel"] == pytest.approx(5**0.5, abs=0.2)
    assert [one["id"] for one in frames[0]["officials"]] == ["9"]


def test_common_data_guesses_the_ball_between_its_places_and_says_so(
    people: PeopleInMetres, tmp_path: Path
) -> None:
    frames = lines(written(people, "cdf", tmp_path) / "tracking.jsonl")
    balls = [one["ball"] for one in frames]
    assert balls[10] == {"x": 4.0, "y": 1.0, "z": None}
    assert balls[20] == {"x": 6.0, "y": 1.0, "z": None, "poss_status": "unknown"}
    assert balls[45] == {"x": 8.0, "y": 1.0, "z": None, "poss_status": "unknown"}
    none = people.ball.places[:0]
    without = replace(people, ball=BallInMetres(people.ball.frames[:0], none, people.ball.seen[:0]))
    frames = lines(written(without, "cdf", tmp_path / "without") / "tracking.jsonl")
    assert frames[0]["ball"] == {"x": None, "y": None, "z": None, "poss_status": "unknown"}


def test_common_data_keeps_the_rules_of_its_validator(
    people: PeopleInMetres, tmp_path: Path
) -> None:
    """Those of common-data-format-validator 0.1.1 (MIT) at its strictest that text can break."""
    far = replace(people.ball, places=people.ball.places + np.array([55.0, 40.0]))
    folder = written(replace(people, ball=far), "cdf", tmp_path)
    assert b"\r" not in (folder / "tracking.jsonl").read_bytes()
    frames = lines(folder / "tracking.jsonl")
    numbers = [one["frame_id"] for one in frames]
    assert numbers[0] == 0
    assert (np.diff(numbers) > 0).all()
    times = [datetime.fromisoformat(one["timestamp"]) for one in frames]
    assert all(one.utcoffset() == timedelta(0) for one in times)
    assert times == sorted(times)
    for one in frames:
        assert set(one) == {
            *("frame_id", "timestamp", "period", "match", "teams", "ball", "officials")
        }
        assert set(one["ball"]) <= {"x", "y", "z", "status", "poss_team_id", "poss_status"}
        sides = [one["teams"]["home"]["players"], one["teams"]["away"]["players"]]
        people_shown = [*sides[0], *sides[1], *one["officials"]]
        for shown in people_shown:
            assert set(shown) <= {"id", "x", "y", "vel", "acc", "is_visible"}
        for place in [one["ball"], *people_shown]:
            assert -65 <= place["x"] <= 65
            assert -42.5 <= place["y"] <= 42.5
    meta = json.loads((folder / "meta.json").read_text())
    period = meta["match"]["periods"][0]
    assert period["frame_id_end"] >= numbers[-1]
    assert datetime.fromisoformat(period["start_time"]) <= times[0]
    squads = {one["id"] for side in meta["teams"].values() for one in side["players"]}
    assert {
        one["id"] for line in frames for side in line["teams"].values() for one in side["players"]
    } <= squads


def test_skillcorner_has_ten_frames_a_second_and_anonymous_players(
    people: PeopleInMetres, tmp_path: Path
) -> None:
    folder = written(people, "skillcorner", tmp_path)
    match, frames = (
        json.loads((folder / "match.json").read_text()),
        lines(folder / "tracking.jsonl"),
    )
    assert [one["frame"] for one in frames] == list(range(21))
    assert frames[5]["timestamp"] == "00:00:00.50"
    names = {one["id"]: (one["first_name"], one["last_name"]) for one in match["players"]}
    assert names[1] == ("Ada", "Lund")
    assert names[2] == ("anonymous 2 of", "A")
    assert {one["id"]: one["team_id"] for one in match["players"]} == {1: 1, 2: 1, 4: 2, 5: 2}
    balls = {one["frame"]: one["ball_data"] for one in frames}
    assert balls[4] == {"x": 4.0, "y": 1.0, "z": None, "is_detected": True}
    assert balls[12] == {"x": 8.0, "y": 1.0, "z": None, "is_detected": False}
    assert balls[16] == {"x": None, "y": None, "z": None, "is_detected": None}
    places = {one["player_id"]: one["x"] for one in frames[10]["player_data"]}
    assert places[1] == pytest.approx(10, abs=0.15)
    assert 4 not in {one["player_id"] for one in frames[-1]["player_data"]}


def test_tables_are_long_and_wide(people: PeopleInMetres, tmp_path: Path) -> None:
    with written(people, "metres-long", tmp_path).open() as text:
        long = list(csv.DictReader(text))
    assert len(long) == people.positions.known.sum()
    assert long[0]["name"] == "Ada Lund"
    with written(people, "metres-wide", tmp_path).open() as text:
        wide = list(csv.DictReader(text))
    assert len(wide) == COUNT
    assert list(wide[0])[:6] == ["frame", "time", "A_1_x", "A_1_y", "A_2_x", "A_2_y"]
    assert "none_5_x" in wide[0]
    assert wide[0]["A_1_x"] == long[0]["x"]
    assert wide[-1]["B_4_x"] == ""
