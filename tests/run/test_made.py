"""What is there and would come out the same is not made again; everything else is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from clips import Clip

from touchline.cli.report import LOGGED
from touchline.errors import Interrupted, UsageError
from touchline.observations import ObservationStore
from touchline.people_facts import Recognised
from touchline.run import made
from touchline.run.draw_step import draw_run
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.people import keep_recognised
from touchline.run.request import RunRequest
from touchline.run.track import track_run

LINKING = ["link", "who is who"]


def never() -> bool:
    return False


class Stages:
    """The stages that were worked on."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, stage: str, _done: int, _total: int | None) -> None:
        if stage not in self.seen:
            self.seen.append(stage)


def track(clip: Clip, out: Path, settings: dict[str, Any] | None = None, **more: Any) -> list[str]:
    """The stages that ``track`` worked on."""
    stages = Stages()
    settings = {"models": {"detections": str(clip.detections)}, **(settings or {})}
    track_run(RunRequest(str(clip.video), out, settings, **more), stages, never)
    return stages.seen


def link(out: Path, **settings: Any) -> list[str]:
    stages = Stages()
    link_run(out, {**stored_settings(out), **settings}, stages)
    return stages.seen


def draw(out: Path, source: str | None = None, **settings: Any) -> list[str]:
    stages = Stages()
    draw_run(out, {**stored_settings(out), **settings}, stages, never, source)
    return stages.seen


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "run"
    assert track(clip, folder) == ["observe", "cameras", *LINKING, "draw"]
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A finished run that may be changed, copied as cp -r does: with other times."""
    return Path(shutil.copytree(finished, tmp_path / "run", copy_function=shutil.copyfile))


def test_a_finished_run_is_left_as_it_is(clip: Clip, finished: Path) -> None:
    before = contents(finished)
    assert track(clip, finished) == []
    assert link(finished) == []
    assert draw(finished) == []
    assert contents(finished) == before


def test_a_copied_run_is_finished_too(clip: Clip, run: Path) -> None:
    assert track(clip, run) == []


@pytest.mark.parametrize(
    ("settings", "stages"),
    [
        ({"draw": {"style": "box"}}, ["draw"]),
        ({"writer": {"crf": 30}}, ["draw"]),
        ({"link": {"method": "online"}}, [*LINKING, "draw"]),
        ({"tracker": {"preset": "botsort"}}, [*LINKING, "draw"]),
        ({"pitch": {"flip": True}}, ["cameras", *LINKING]),
    ],
)
def test_other_settings_make_what_depends_on_them_again(
    clip: Clip, run: Path, settings: dict[str, Any], stages: list[str]
) -> None:
    assert track(clip, run, settings) == stages
    assert track(clip, run, settings) == []
    assert track(clip, run) == stages


@pytest.mark.parametrize("name", ["tracks.txt", "tracks.csv", "links.json", "players.csv"])
def test_a_text_that_is_missing_is_made_again(clip: Clip, run: Path, name: str) -> None:
    before = (run / name).read_bytes()
    (run / name).unlink()
    # The video shows the same tracks still.
    assert track(clip, run) == LINKING
    assert (run / name).read_bytes() == before


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda file: os.truncate(file, 1000), lambda file: file.write_bytes(b"mine")],
)
def test_a_video_that_is_missing_or_spoilt_is_drawn_again(
    clip: Clip, run: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(run / "annotated.mp4")
    assert track(clip, run) == ["draw"]
    with av.open(str(run / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == clip.frames


def test_tracks_that_somebody_edited_are_drawn_and_made_again_with_a_word(run: Path) -> None:
    lines = (run / "tracks.csv").read_text().splitlines(keepends=True)
    (run / "tracks.csv").write_text("".join(lines[:-1]))
    assert draw(run) == ["draw"]
    assert draw(run) == []
    LOGGED.messages.clear()
    assert link(run) == [*LINKING, "people"]  # the page lacked whom they had taken out
    assert any("tracks.csv was changed since it was made" in text for text in LOGGED.messages)
    assert (run / "tracks.csv").read_text() == "".join(lines)
    assert draw(run) == ["draw"]


def test_names_of_people_are_drawn(run: Path) -> None:
    first = int((run / "tracks.csv").read_text().splitlines()[1].split(",")[2])
    for name in ("Ada", "Bo"):
        known = Recognised(first, "known", 1, name, "", None, "player", 0.9, None, "", 2.0)
        keep_recognised(run, [known])
        assert draw(run) == ["draw"]
        assert draw(run) == []
        assert link(run) == []


def test_a_stopped_drawing_is_drawn_to_its_end(clip: Clip, run: Path) -> None:
    (run / "annotated.mp4").unlink()
    asked = iter([False] * 9 + [True])
    with pytest.raises(Interrupted, match="drawing 10 of"):
        draw_run(run, stored_settings(run), Stages(), lambda: next(asked))
    assert track(clip, run) == ["draw"]


def test_a_run_of_an_earlier_version_is_linked_and_drawn_once(clip: Clip, run: Path) -> None:
    with ObservationStore.open(run / "observations.sqlite", write=True) as store:
        store.commit(tracks_made=None, video_made=None)
    assert track(clip, run) == [*LINKING, "draw"]
    assert track(clip, run) == []


def test_changed_code_of_linking_links_again_and_draws_only_other_tracks(
    clip: Clip, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = made.program_sha256
    monkeypatch.setattr(made, "program_sha256", lambda *parts: real(*parts) if parts else "later")
    assert track(clip, run) == LINKING


def test_settings_of_a_later_step_are_remembered_where_nothing_is_made(
    clip: Clip, run: Path
) -> None:
    assert track(clip, run, {"draw": {"style": "box"}}, draw_video=False) == []
    assert stored_settings(run)["draw"] == {"style": "box"}
    assert draw(run) == ["draw"]


def test_a_video_that_is_named_must_be_the_right_one_even_if_nothing_is_drawn(
    clip: Clip, run: Path
) -> None:
    assert draw(run, str(clip.video)) == []
    other = run / "annotated.mp4"
    with pytest.raises(UsageError, match="not the video that was observed"):
        draw(run, str(other))
