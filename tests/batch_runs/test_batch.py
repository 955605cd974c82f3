"""Many real clips, tracked by real processes that are stopped and killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from clips import make_clip

from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.ray_cluster import RayShare
from touchline.batch_runs.records import BatchSummary, ClipRecord
from touchline.cli.batch_progress import batch_reporting
from touchline.errors import UsageError

SETTINGS = {
    "models": {"reid": "none"},
    "numbers": {"read": "never"},
    "video": {"decode_threads": 1},
}
FILES = ("tracks.csv", "tracks.txt", "links.json", "players.csv")

Told = Callable[[str], None]


class View:
    """Remembers which clips ended how; calls ``told`` when a worker is at a clip."""

    def __init__(self, told: Told = lambda _clip: None) -> None:
        self.told, self.states = told, list[tuple[str, str]]()

    def working(self, _worker: int, clip: str, *_far: object) -> None:
        self.told(clip)

    def ended(self, record: ClipRecord, *_far: object) -> None:
        self.states.append((record.clip, record.state))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest of three clips and one that is broken."""
    folder = tmp_path_factory.mktemp("clips")
    made = make_clip(folder, frames=12)
    (folder / "broken.mp4").write_bytes(b"no video")
    rows = [f"clip.mp4,{name},{end},det.txt" for name, end in (("a", ""), ("b", 0.3), ("c", 0.2))]
    text = "\n".join(["video,name,end,detections", *rows, "broken.mp4,,,det.txt"])
    assert made.video.name == "clip.mp4"
    (folder / "clips.csv").write_text(text + "\n")
    return folder / "clips.csv"


def request(clips: Path, out: Path, **more: object) -> BatchRequest:
    return BatchRequest([str(clips)], out, SETTINGS, draw_video=False, **more)  # type: ignore[arg-type]


def tracked(clips: Path, out: Path, view: View | None = None, **more: object) -> BatchSummary:
    return run_batch(request(clips, out, **more), view or View(), lambda: False)


@pytest.fixture(scope="module")
def whole(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The batch that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    view = View()
    summary = tracked(clips, out, view)
    assert {name: count for name, count in summary.counts().items() if count} == {
        "clips": 4,
        "done": 3,
        "failed": 1,
    }
    assert view.states == [("a", "done"), ("b", "done"), ("c", "done"), ("broken", "failed")]
    return out


def contents(out: Path) -> dict[str, bytes]:
    return {f"{clip}/{name}": (out / clip / name).read_bytes() for clip in "abc" for name in FILES}


def kill_once(out: Path, victim: str) -> Told:
    """Kills the process that works on ``victim``, the first time it does."""
    killed: list[int] = []

    def told(clip: str) -> None:
        if clip == victim and not killed:
            claim = json.loads((out / ".batch" / "claims" / f"1.{victim}").read_text())
            killed.append(claim["pid"])
            os.kill(claim["pid"], signal.SIGKILL)

    return told


def test_a_summary_says_what_came_of_each_clip(whole: Path) -> None:
    with (whole / "summary.csv").open(newline="") as text:
        rows = {row["clip"]: row for row in csv.DictReader(text)}
    assert rows["a"]["identities"] == "4"
    assert rows["a"]["failure"] == ""
    assert float(rows["a"]["minutes"]) == pytest.approx(12 / 25 / 60, abs=1e-3)
    assert "broken.mp4" in rows["broken"]["failure"]
    said = json.loads((whole / "summary.json").read_text())
    assert (said["clips"], said["done"], said["failed"]) == (4, 3, 1)
    assert said["list"][3]["failure"] == rows["broken"]["failure"]
    assert not list((whole / ".batch" / "claims").iterdir())


def test_the_same_command_leaves_alone_what_is_done_and_tries_what_failed(
    clips: Path, whole: Path
) -> None:
    before = {name: (whole / name).stat().st_mtime_ns for name in contents(whole)}
    worked: list[str] = []
    summary = tracked(clips, whole, View(worked.append))
    assert summary.counts()["done"] == 3
    assert not set(worked) & set("abc")
    assert {name: (whole / name).stat().st_mtime_ns for name in before} == before


def test_two_shards_at_once_make_the_whole_even_if_a_worker_is_killed(
    clips: Path, whole: Path, tmp_path: Path
) -> None:
    shards = [(1, 2), (2, 2)]
    views = [View(), View(kill_once(tmp_path, "b"))]
    threads = [
        threading.Thread(target=tracked, args=(clips, tmp_path, view), kwargs={"shard": shard})
        for view, shard in zip(views, shards, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert views[0].states == [("a", "done"), ("c", "done")]
    # What failed is tried again when the others are through, and broken clips fail for good.
    assert views[1].states == [("b", "done"), ("broken", "failed")]
    assert contents(tmp_path) == contents(whole)
    assert json.loads((tmp_path / "summary.json").read_text())["done"] == 3


def test_what_somebody_else_works_on_is_left_to_them(
    clips: Path, whole: Path, tmp_path: Path
) -> None:
    states: list[tuple[str, str]] = []

    def other(clip: str) -> None:
        if clip == "a" and not states:
            view = View()
            tracked(clips, tmp_path, view)
            states.extend(view.states)

    summary = tracked(clips, tmp_path, View(other))
    assert sorted(states) == [
        ("a", "elsewhere"),
        ("b", "done"),
        ("broken", "failed"),
        ("c", "done"),
    ]
    assert summary.counts()["done"] == 3
    assert contents(tmp_path) == contents(whole)


def test_a_stop_keeps_what_is_done_and_the_same_command_goes_on(
    clips: Path, whole: Path, tmp_path: Path
) -> None:
    stop = threading.Event()
    first = run_batch(request(clips, tmp_path), View(lambda _clip: stop.set()), stop.is_set)
    assert first.counts()["waiting"] >= 2
    assert tracked(clips, tmp_path).counts()["done"] == 3
    assert contents(tmp_path) == contents(whole)


def test_a_worker_ends_with_whoever_started_it(clips: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "touchline.batch_runs.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    settings = {**SETTINGS, "models": {"detections": str(clips.parent / "det.txt"), "reid": "none"}}
    job = {"source": str(clips.parent / "clip.mp4"), "out": str(tmp_path), "settings": settings}
    process.stdin.write(json.dumps(job).encode() + b"\n")
    process.stdin.close()  # as the kernel does for a process that is killed
    answers = [json.loads(line) for line in process.stdout]
    process.stdout.close()
    assert process.wait() == 0
    assert "stopped after" in answers[-1]["stopped"]


def test_lines_of_json_say_how_far_a_batch_is_and_what_came_of_each_clip(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    record = ClipRecord(clip="a", video="clip.mp4", state="done", stamp="0")
    with batch_reporting(1, file) as (view, _):
        for done in (1, 2):
            view.working(0, "a", "observe", done, 9)
        view.working(0, "a", "link", 0, None)
        view.ended(record, 1, 3)
    first, second, last = map(json.loads, file.read_text().splitlines())
    where = {"kind": "progress", "worker": 1, "clip": "a"}
    assert first == {**where, "stage": "observe", "done": 1, "total": 9}
    assert second == {**where, "stage": "link", "done": 0, "total": None}
    assert (last["kind"], last["clip"], last["state"]) == ("clip", "a", "done")
    assert (last["clips_done"], last["clips_total"]) == (1, 3)
    assert "stamp" not in last


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_a_cluster_is_refused_with_the_cure() -> None:
    with pytest.raises(UsageError, match=r"ray is not installed: pip install 'touchline\[ray\]'"):
        RayShare("auto")


@pytest.mark.parametrize("share", [-0.5, float("nan")])
def test_a_share_of_a_cluster_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="GPU share of"):
        RayShare("auto", gpus=share)
