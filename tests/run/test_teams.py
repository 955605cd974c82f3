"""A run says which team every identity plays for, in a table and in the colours of its video."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

from touchline.errors import UsageError
from touchline.formats.players import PLAYERS_HEADER
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.link_step import link_run
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.run.tables import identities_of_run
from touchline.run.track import track_run
from touchline.types import Detections
from touchline.video.reader import open_video


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
    table = rows(tmp_path / "players.csv")
    assert report.counts.identities is not None
    assert [int(row["identity"]) for row in table] == list(range(1, report.counts.identities + 1))
    assert report.files["players"] == "players.csv"
    assert len(identities_of_run(tmp_path)) == len(table)


def test_without_shirts_everybody_has_a_row_without_a_team(clip: Clip, tmp_path: Path) -> None:
    track_run(request(clip, tmp_path, shirts={"enabled": False}), quiet, never)
    table = rows(tmp_path / "players.csv")
    assert [row["identity"] for row in table] == ["1", "2", "3", "4"]
    assert list(table[0]) == list(PLAYERS_HEADER)
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
    table = {int(row["identity"]): {row["role"]} for row in rows(tmp_path / "players.csv")}
    assert table == said
    assert identities_of_run(tmp_path).roles.tolist() == [
        row["role"] for row in rows(tmp_path / "players.csv")
    ]


def test_teams_of_a_run_that_was_not_linked_are_refused(clip: Clip, tmp_path: Path) -> None:
    observe_run(request(clip, tmp_path), quiet, never)
    with pytest.raises(UsageError, match="has no tracks yet"):
        identities_of_run(tmp_path)


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
