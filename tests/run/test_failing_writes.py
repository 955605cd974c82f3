"""Whichever write fails: one clear error, nothing that is half, and the same command mends it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from clips import Clip, make_clip
from failing_writes import Writes

from touchline.errors import TouchlineError
from touchline.run.draw_step import draw_run
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run

FRAMES = 4
TEXTS = ("tracks.txt", "tracks.csv", "links.json", "players.csv")

MADE = {"link": ("tracks.txt",), "draw": ("annotated.mp4",)}

Step = Callable[[Path], object]


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("short"), frames=FRAMES)


@pytest.fixture(scope="module")
def whole(short: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    track(short, draw_video=True)(out)
    return out


def track(clip: Clip, *, draw_video: bool = False) -> Step:
    # Drawing has a test of its own.
    settings = {
        "models": {"detections": str(clip.detections), "reid": "none"},
        "numbers": {"read": "never"},
        "video": {"decode_threads": 1},
        "writer": {"threads": 1, "preset": "ultrafast"},
    }
    return lambda out: track_run(
        RunRequest(str(clip.video), out, settings, draw_video=draw_video), quiet, never
    )


def link(out: Path) -> None:
    link_run(out, stored_settings(out), quiet)


def draw(out: Path) -> None:
    draw_run(out, stored_settings(out), quiet, never)


def images(video: Path) -> int:
    with av.open(str(video)) as container:
        return sum(1 for _ in container.decode(video=0))


def error_of(step: Step, out: Path) -> str | None:
    """The error that a step ends with; any that is not ours is raised."""
    try:
        step(out)
    except TouchlineError as error:
        return str(error)
    return None


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in TEXTS if (out / name).exists()}


@pytest.mark.parametrize("name", ["track", "link", "draw"])
def test_every_failing_write_is_one_error_and_the_same_command_mends_it(
    name: str, short: Clip, whole: Path, tmp_path: Path
) -> None:
    step = {"track": track(short), "link": link, "draw": draw}[name]
    expected = contents(whole)
    number = 0
    while True:
        number += 1
        out = tmp_path / str(number)
        if name != "track":
            shutil.copytree(whole, out)
            for file in MADE[name]:  # a finished run is left alone
                (out / file).unlink()
        writes = Writes(failing=number)
        with writes.happening():
            said = error_of(step, out)
        if len(writes.done) < number:
            break  # there was no write of this number: all were tried
        assert said is None or "\n" not in said, writes.done[-1]
        for file, content in contents(out).items():
            assert content == expected[file], f"{file} is half after {writes.done[-1]}"
        step(out)
        assert contents(out) == expected, writes.done[number - 1]
        # The encoder does not promise the same bytes.
        assert name == "track" or images(out / "annotated.mp4") == FRAMES, writes.done[number - 1]
        assert not list(out.glob(".*.part")), writes.done[number - 1]
        shutil.rmtree(out)
    assert number > 10
    kinds = {what.split()[0] for what in writes.done}
    assert kinds == {"sqlite", "open", "fsync", "replace"} | (
        {"mkdir"} if name == "track" else set()
    )
