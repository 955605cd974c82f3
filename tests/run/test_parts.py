"""A clip that is observed in parts, each on its own, gives the files of one run over all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from clips import Clip, make_clip

from touchline.errors import PartError
from touchline.observations import ObservationStore
from touchline.run.folder import RunFolder
from touchline.run.observe_step import observe_run
from touchline.run.parts import join_parts, plan_parts
from touchline.run.request import RunRequest
from touchline.run.track import track_run

FILES = ("tracks.csv", "tracks.txt", "links.json", "players.csv", "outside.csv")


@pytest.fixture(scope="module", autouse=True)
def short_windows() -> Iterator[None]:
    """Windows of a second, for clips of a few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("touchline.clip_windows.WINDOW_SECONDS", 1.0)
        patch.setattr("touchline.video.shots.LEAD_SECONDS", 0.3)
        patch.setattr("touchline.run.parts.LEAD_SECONDS", 0.3)
        yield


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("clip"), frames=65, key_every=9)


def asked(clip: Clip, out: Path, *, lines: float = 0.9, **more: float) -> RunRequest:
    settings = {
        "models": {"reid": "colour", "detections": str(clip.detections)},
        "numbers": {"read": "never"},
        "video": {"decode_threads": 1},
        "lines": {"every": lines},
    }
    return RunRequest(str(clip.video), out, settings, draw_video=False, **more)  # type: ignore[arg-type]


def observed(request: RunRequest) -> Path:
    assert observe_run(request, lambda *_: None, lambda: False).complete
    return RunFolder(request.out).observations


def observed_in_parts(request: RunRequest, scratch: Path, seconds: float) -> int:
    """How many parts there were."""
    parts = plan_parts(request, seconds)
    join_parts(
        request,
        [
            observed(replace(request, out=scratch / str(part.first), part=part))
            for part in reversed(parts)
        ][::-1],
    )
    return len(parts)


def content(request: RunRequest) -> list[object]:
    """All that a store holds of frames and of tracks, and what an observer goes on from."""
    file = RunFolder(request.out).observations
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT * FROM frames ORDER BY frame").fetchall()
        kept = connection.execute("SELECT name, value FROM state WHERE name != 'observer'")
        blobs = sorted(kept.fetchall())
    with ObservationStore.open(file) as store:
        state = store.state() or {}
        told = {name: value for name, value in store.facts().items() if name not in VARYING}
    return [rows, blobs, told, {name: (v.shape, v.tolist()) for name, v in state.items()}]


VARYING = ("seconds", "tracks_made", "cameras_made", "video_made")
"""Facts that hold times of the clock."""


@pytest.mark.parametrize(
    ("seconds", "count", "window"),
    [(0.5, 3, {}), (0.5, 2, {"start": 0.5, "end": 2.3})],
)
def test_parts_give_the_very_store_of_one_run(
    clip: Clip, tmp_path: Path, seconds: float, count: int, window: dict[str, float]
) -> None:
    whole, joined = (asked(clip, tmp_path / name, **window) for name in ("whole", "joined"))
    observed(whole)
    assert observed_in_parts(joined, tmp_path / "parts", seconds) == count
    observed(joined)
    assert content(joined) == content(whole)


def test_a_run_of_parts_has_the_very_files_of_one_run(clip: Clip, tmp_path: Path) -> None:
    whole, joined = (asked(clip, tmp_path / name, lines=0) for name in ("whole", "joined"))
    observed_in_parts(joined, tmp_path / "parts", 0.5)
    for request in (whole, joined):
        track_run(request, lambda *_: None, lambda: False)
    assert content(joined) == content(whole)
    for name in FILES:
        assert (joined.out / name).read_bytes() == (whole.out / name).read_bytes(), name


def test_parts_begin_at_key_frames_and_are_long_enough(clip: Clip, tmp_path: Path) -> None:
    parts = plan_parts(asked(clip, tmp_path), 1.0)
    assert [part.first for part in parts] == [0, 27]
    assert [part.lead for part in parts] == [0, 19]
    assert parts[0].end == pytest.approx(27 / 25)
    assert parts[1].end is None
    assert len(plan_parts(asked(clip, tmp_path), 60.0)) == 1


def test_a_part_that_is_missing_or_of_another_run_is_refused(clip: Clip, tmp_path: Path) -> None:
    request = asked(clip, tmp_path / "run")
    parts = plan_parts(request, 0.5)
    first, third = (
        observed(replace(request, out=tmp_path / str(number), part=parts[number]))
        for number in (0, 2)
    )
    with pytest.raises(PartError, match="does not continue the one before it, which ends with"):
        join_parts(request, [first, third])
    other = replace(
        request, out=tmp_path / "other", settings={**request.settings, "lines": {"every": 0}}
    )
    with pytest.raises(PartError, match="not observed with the same video and settings"):
        join_parts(request, [first, observed(replace(other, part=parts[1]))])


def test_a_clip_whose_frames_only_decoding_tells_is_one_part(tmp_path: Path) -> None:
    video = tmp_path / "raw.h264"
    made = make_clip(tmp_path, frames=30, key_every=5)
    with av.open(str(made.video)) as given, av.open(str(video), "w", format="h264") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = stream
                packet.pts = packet.dts = None
                out.mux(packet)
    parts = plan_parts(asked(replace(made, video=video), tmp_path / "run"), 0.2)
    assert [(part.first, part.lead, part.end) for part in parts] == [(0, 0, None)]
