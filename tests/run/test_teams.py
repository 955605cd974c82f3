"""A run says which team every identity plays for, in a table and in the colours of its video."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

from touchline.clothes.collection import Clothes
from touchline.clothes.numbers import NumberTable
from touchline.clothes.teams import TeamTable
from touchline.errors import UsageError
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.link_step import link_run
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.run.teams import HEADER, RunTeams, teams_of_run
from touchline.run.track import track_run
from touchline.types import Detections, Tracks, TrackTable
from touchline.video.palette import OFFICIALS_COLOUR, TEAM_COLOURS, UNKNOWN_COLOUR
from touchline.video.reader import open_video

BOXES = np.array([[10.0, 10, 30, 60], [100, 10, 120, 60]])


def request(clip: Clip, out: Path, **settings: object) -> RunRequest:
    models = {"detections": str(clip.detections), "reid": "none"}
    return RunRequest(str(clip.video), out, {"models": models, **settings}, draw_video=False)


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_a_run_writes_a_row_for_every_identity(clip: Clip, tmp_path: Path) -> None:
    report = track_run(request(clip, tmp_path), quiet, never)
    table = rows(tmp_path / "teams.csv")
    assert report.counts.identities is not None
    assert [int(row["identity"]) for row in table] == list(range(1, report.counts.identities + 1))
    assert report.files["teams"] == "teams.csv"
    assert len(teams_of_run(tmp_path).teams) == len(table)


def test_without_shirts_everybody_has_a_row_without_a_team(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, shirts={"enabled": False}), quiet, never)
    table = rows(tmp_path / "teams.csv")
    assert [row["identity"] for row in table] == ["1", "2", "3", "4"]
    assert list(table[0]) == list(HEADER)
    assert {(row["role"], row["team"], row["team_confidence"]) for row in table} == {
        ("person", "", "0.0")
    }


def _say(run: Path, roles: Callable[[int, int], str]) -> None:
    """Observe ``run`` again with other roles: of a frame and of a box's place in it."""
    file = run / "observations.sqlite"
    with ObservationStore.open(file) as store:
        facts, seen = store.facts(), list(store)
    file.unlink()
    with ObservationStore.create(file, facts) as store:
        for observation in seen:
            found = observation.detections
            said = [roles(observation.frame, row) for row in range(len(found))]
            renamed = Detections(found.boxes, found.scores, said, shirts=found.shirts)
            store.append(replace(observation, detections=renamed))
        store.commit()


@pytest.mark.parametrize("method", ["online", "global"])
def test_every_identity_has_one_role_the_same_in_every_file(
    clip: Clip, tmp_path: Path, method: str
) -> None:
    asked = request(clip, tmp_path, link={"method": method})
    observe_run(asked, quiet, never)

    def roles(frame: int, row: int) -> str:
        if row == 0:
            return "referee" if frame < clip.frames // 3 else "player"
        return "goalkeeper" if row == 1 and frame % 2 else "player"

    _say(tmp_path, roles)
    link_run(tmp_path, asked.settings, quiet)
    tracks = read_csv(tmp_path / "tracks.csv")
    said = {
        identity: set(tracks.roles[tracks.ids == identity].tolist())
        for identity in np.unique(tracks.ids).tolist()
    }
    assert all(len(roles) == 1 for roles in said.values())
    table = {int(row["identity"]): {row["role"]} for row in rows(tmp_path / "teams.csv")}
    assert table == said
    assert teams_of_run(tmp_path).teams.roles.tolist() == [
        row["role"] for row in rows(tmp_path / "teams.csv")
    ]


def test_who_has_no_detection_of_their_own_has_the_role_of_the_tracks() -> None:
    table = TrackTable.from_frames(
        [
            (frame, frame / 25, Tracks(np.array([4, 7]), BOXES, np.ones(2), np.array(said)))
            for frame, said in enumerate([["referee", "player"]] * 2 + [["player", "player"]])
        ]
    )
    known = RunTeams.of(Clothes.empty(), table)
    assert known.teams.track_ids.tolist() == known.numbers.track_ids.tolist() == [4, 7]
    assert known.teams.roles.tolist() == ["referee", "player"]
    assert known.named(table).roles.tolist() == ["referee", "player"] * 3
    assert known.teams.confidences.tolist() == [0.0, 0.0]
    assert len(RunTeams.of(Clothes.empty(), TrackTable.empty()).teams) == 0


def test_teams_of_a_run_that_was_not_linked_are_refused(clip: Clip, tmp_path: Path) -> None:
    observe_run(request(clip, tmp_path), quiet, never)
    with pytest.raises(UsageError, match="has no tracks yet"):
        teams_of_run(tmp_path)


def test_known_and_unknown_are_written_and_coloured(tmp_path: Path) -> None:
    ids = np.array([1, 2, 3, 9])
    teams = TeamTable(
        ids,
        np.array([0, 1, 2, -1]),
        np.array(["player", "player", "referee", "person"]),
        np.array([0.9, 0.87654321, 1.0, 0.0]),
    )
    numbers = NumberTable(ids, np.array([10, -1, -1, 7]), np.array([0.8, 0.0, 0.0, 0.7]))
    known = RunTeams(teams, numbers)
    known.write(tmp_path / "teams.csv")
    assert (tmp_path / "teams.csv").read_text().splitlines()[1:] == [
        "1,player,A,0.9,10,0.8",
        "2,player,B,0.8765,,0.0",
        "3,referee,officials,1.0,,0.0",
        "9,person,,0.0,7,0.7",
    ]
    assert list(known.colours().values()) == [*TEAM_COLOURS, OFFICIALS_COLOUR, UNKNOWN_COLOUR]


def test_a_video_can_be_drawn_by_team(clip: Clip, tmp_path: Path) -> None:
    asked = request(clip, tmp_path)
    track_run(asked, quiet, never)
    draw_run(tmp_path, asked.settings, quiet, never)
    with open_video(str(tmp_path / "annotated.mp4")) as video:
        by_identity = next(iter(video)).image
    draw_run(tmp_path, {**asked.settings, "draw": {"colour_by": "team"}}, quiet, never)
    with open_video(str(tmp_path / "annotated.mp4")) as video:
        by_team = next(iter(video)).image
    assert np.abs(by_identity.astype(int) - by_team).max() > 60
