"""Whichever write of a batch fails: one clear error, and the same command goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest
from clips import make_clip
from failing_writes import Writes

import touchline
from touchline.batch_runs import batch
from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.records import ClipRecord
from touchline.errors import TouchlineError
from touchline.run.request import RunRequest
from touchline.run.track import track_run

CLIPS = ("a", "b")


class Unseen:
    """A view of a batch that nobody looks at."""

    def working(self, *_far: object) -> None:
        pass

    def ended(self, _record: ClipRecord, *_far: object) -> None:
        pass


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What run.json says of a real run."""
    clip = make_clip(tmp_path_factory.mktemp("clip"), frames=3)
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), clip.video.parent / "run", settings, draw_video=False)
    return dict(track_run(request, lambda *_: None, lambda: False).as_json())


@pytest.fixture
def worker(report: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces worker processes, which fail by themselves; the clips that were tracked."""
    tracked: list[str] = []

    class Worker:
        def __init__(self, _count: int) -> None:
            pass

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def pid(self) -> int:
            return os.getpid()

        def stop(self) -> None:
            pass

        def track(self, job: Mapping[str, Any], *_asked: object) -> dict[str, Any]:
            out = job["out"]
            tracked.append(os.path.basename(out))
            try:
                os.makedirs(out, exist_ok=True)
            except OSError as error:  # as a real one: the clip fails, and is tried again
                return {"failed": str(error)}
            with open(os.path.join(out, "run.json"), "w", encoding="utf-8") as text:
                json.dump(report, text)
            return {"report": report}

    monkeypatch.setattr(batch, "WorkerProcess", Worker)
    return tracked


def test_every_failing_write_is_one_error_and_the_same_command_goes_on(
    worker: list[str], tmp_path: Path
) -> None:
    for clip in CLIPS:
        (tmp_path / f"{clip}.mp4").write_bytes(b"x")
    number = 0
    while True:
        number += 1
        request = BatchRequest([str(tmp_path / "*.mp4")], tmp_path / f"out{number}")
        writes, said = Writes(failing=number), None
        worker.clear()
        with writes.happening():
            try:
                run_batch(request, Unseen(), lambda: False)
            except TouchlineError as error:
                said = str(error)
        if len(writes.done) < number:
            break  # there was no write of this number: all were tried
        what = writes.done[number - 1]
        assert said is None or "\n" not in said, what
        assert not list((request.home / ".batch" / "claims").glob("*")), what
        summary = run_batch(request, Unseen(), lambda: False)
        assert summary.counts()["done"] == len(CLIPS), what
        assert (request.home / "summary.json").is_file(), what
        assert len((request.home / "summary.csv").read_text().splitlines()) == 1 + len(CLIPS), what
        assert not list(request.home.rglob("*.part")), what
        assert worker.count("a") <= 2, what
    assert number > 10
    assert {"mkdir", "create", "open", "fsync", "replace"} <= {
        what.split()[0] for what in writes.done
    }


def test_a_clip_that_was_done_before_a_write_failed_is_not_tracked_again(
    worker: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    request = BatchRequest([str(tmp_path / "a.mp4")], tmp_path / "out")
    run_batch(request, Unseen(), lambda: False)
    (tmp_path / "out" / "summary.csv").unlink()
    summary = touchline.batch(tmp_path / "a.mp4", tmp_path / "out")
    assert summary.counts()["done"] == 1
    assert worker == ["a"]
    assert (tmp_path / "out" / "summary.csv").is_file()
