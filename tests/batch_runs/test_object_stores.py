"""Clips from an object store, and runs to one: a real S3 server where moto and s3fs are."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from clips import make_clip

from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.clips import find_clips
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.places import (
    fetch,
    files_in,
    is_object_store,
    is_there,
    mark_of,
    publish,
    put,
    remove,
)
from touchline.errors import StoreError, UsageError

SERVER = shutil.which(
    "moto_server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
)

needs_fsspec = pytest.mark.skipif(
    find_spec("fsspec") is None, reason="fsspec is not installed: pip install 'touchline[remote]'"
)
needs_server = pytest.mark.skipif(
    SERVER is None or find_spec("s3fs") is None,
    reason="s3fs or moto's server is not installed: pip install s3fs, then 'moto[server]'",
)


class View:
    """Remembers which clips ended how."""

    def __init__(self) -> None:
        self.states = list[tuple[str, str]]()

    def working(self, *_far: object) -> None: ...

    def ended(self, record: Any, *_far: object) -> None:
        self.states.append((record.clip, record.state))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of an empty bucket of a server of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    assert SERVER is not None
    server = subprocess.Popen(
        [SERVER, "-p", str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        for _ in range(300):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        import fsspec

        fsspec.config.set_conf_env(fsspec.config.conf)
        fsspec.filesystem("s3").mkdir("games")
        yield "s3://games"
    finally:
        server.kill()
        server.wait()


@needs_server
@pytest.mark.filterwarnings("ignore")
def test_a_batch_from_a_bucket_to_a_bucket_goes_on_after_what_is_done(
    bucket: str, tmp_path: Path
) -> None:
    made = make_clip(tmp_path, frames=12)
    for name in ("1st/a.mp4", "2nd/b.mp4"):
        put(made.video, f"{bucket}/clips/{name}")
    put(Path(__file__), f"{bucket}/clips/notes.py")
    for name in "ab":
        shutil.copy(made.detections, tmp_path / f"{name}.txt")
    shutil.copy(made.detections, tmp_path / "clip.txt")
    settings = {
        "models": {"reid": "none", "detections": f"{tmp_path}/{{stem}}.txt"},
        "numbers": {"read": "never"},
        "lines": {"every": 0},
    }
    out = f"{bucket}/clips/runs"
    request = BatchRequest([f"{bucket}/clips"], out, settings, draw_video=False)
    first = View()
    summary = run_batch(request, first, lambda: False)
    assert [(one.clip, one.state, one.failure) for one in summary.clips] == [
        ("a", "done", None),
        ("b", "done", None),
    ]
    there = {file.removeprefix(f"{out}/") for file in files_in(out)}
    assert {"summary.csv", "a/run.json", "b/tracks.csv", ".batch/records/a.json"} <= there
    one = BatchRequest([str(made.video)], tmp_path / "one", settings, draw_video=False)
    run_batch(one, View(), lambda: False)
    copy = fetch(f"{out}/a/tracks.csv", tmp_path / "copy")
    assert copy.read_bytes() == (tmp_path / "one" / "clip" / "tracks.csv").read_bytes()
    # On a machine that knows nothing of it, with one run that was cut off before its end.
    shutil.rmtree(request.home)
    remove(f"{out}/b/run.json")
    before = mark_of(f"{out}/a/run.json")
    run_batch(request, View(), lambda: False)
    assert mark_of(f"{out}/a/run.json") == before
    assert is_there(f"{out}/b/run.json")


@needs_fsspec
def test_a_run_folder_is_whole_in_the_store_only_with_its_last_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, put_there = tmp_path / "run", list[str]()
    run.mkdir()
    for name in ("run.json", "tracks.csv", "a.csv", ".x.part"):
        (run / name).write_text(name)
    monkeypatch.setattr(
        "touchline.batch_runs.places.put", lambda _, address: put_there.append(address)
    )
    publish(run, "memory://runs/a")
    assert put_there == [f"memory://runs/a/{name}" for name in ("a.csv", "tracks.csv", "run.json")]


@needs_fsspec
def test_files_of_an_object_store_are_found_copied_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    for name in ("clips/a.mp4", "clips/b/c.MKV", "clips/done/annotated.mp4", "clips/note.txt"):
        put(file, f"memory://{name}")
    put(file, "memory://clips/done/observations.sqlite")
    put(file, "memory://clips/out/d.mp4")
    found = find_clips(["memory://clips"], "memory://clips/out")
    assert [(clip.name, clip.source) for clip in found] == [
        ("a", "memory://clips/a.mp4"),
        ("c", "memory://clips/b/c.MKV"),
    ]
    assert [clip.name for clip in find_clips(["memory://clips/*.mp4"])] == ["a"]
    assert fetch("memory://clips/b/c.MKV", tmp_path / "new").read_bytes() == b"film"
    remove("memory://clips/a.mp4")
    assert not is_there("memory://clips/a.mp4")
    assert mark_of("memory://clips/a.mp4") == ""
    with pytest.raises(StoreError, match=r"memory://clips/a.mp4"):
        fetch("memory://clips/a.mp4", tmp_path)
    with pytest.raises(UsageError, match="holds no videos"):
        find_clips(["memory://nothing"])


def test_files_of_a_folder_are_taken_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    put(file, str(tmp_path / "new" / "b.mp4"))
    assert fetch(str(tmp_path / "new" / "b.mp4"), tmp_path / "unused").read_bytes() == b"film"
    assert not is_object_store(str(tmp_path))
    assert not is_object_store("rtsp://camera/1")
    assert is_object_store("s3://bucket/a.mp4")
