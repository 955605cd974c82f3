"""A live source is tracked and drawn while it runs, and kept when it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from clips import Clip, make_clip

from touchline.errors import ConnectionLost, UsageError
from touchline.formats.track_lines import TrackLines
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.video.recording import recording_of


@pytest.fixture
def broadcast(clip: Clip, tmp_path: Path) -> Iterator[str]:
    """The address of a stream: the clip, then silence; with ``/short`` then the end. Only once."""
    transport = tmp_path / "clip.ts"
    with av.open(str(clip.video)) as source, av.open(str(transport), "w", "mpegts") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = transport.read_bytes()
    stopped, asked = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked.is_set():
                self.send_error(503)
                return
            asked.set()
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            for begin in range(0, len(data), 1880):
                self.wfile.write(data[begin : begin + 1880])
                time.sleep(0.03)
            if self.path != "/short":
                stopped.wait(20)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live.ts"
    stopped.set()
    server.shutdown()
    server.server_close()


def settings_for(clip: Clip) -> dict[str, dict[str, object]]:
    return {
        "models": {"detections": str(clip.detections)},
        "video": {"live_timeout_seconds": 0.6, "live_reconnect_seconds": 0.4},
    }


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


@pytest.mark.parametrize("end", ["/silent", "/short"])
def test_a_stream_that_is_lost_is_drawn_linked_and_said(
    clip: Clip, broadcast: str, tmp_path: Path, end: str
) -> None:
    out = tmp_path / "run"
    request = RunRequest(broadcast + end, out, settings_for(clip))
    lines = TrackLines(tmp_path / "lines.jsonl")
    with pytest.raises(ConnectionLost, match=rf"did not come back .* until then are in {out}"):
        track_run(request, quiet, lambda: False, lines)
    report = RunFolder(out).read_report()
    assert report is not None
    assert not report.complete
    assert report.video.live
    frames = report.counts.frames
    assert frames >= 5  # how many, the pace of the machine decides
    assert images(out / "annotated.mp4") == frames
    first, *said, last = map(json.loads, (tmp_path / "lines.jsonl").read_text().splitlines())
    assert (first["live"], len(said), last["complete"]) == (True, frames, False)
    assert len(np.loadtxt(out / "tracks.txt", delimiter=",")) >= frames
    with pytest.raises(UsageError, match="cannot be read again"):
        draw_run(out, stored_settings(out), quiet, lambda: False)


def images(video: Path) -> int:
    with av.open(str(video)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_frames_that_were_left_out_are_counted_and_said(
    clip: Clip, broadcast: str, tmp_path: Path
) -> None:
    settings = settings_for(clip)
    settings["video"]["queue_frames"] = 1
    out = tmp_path / "run"
    request = RunRequest(broadcast + "/short", out, settings, draw_video=False)
    with pytest.raises(ConnectionLost):
        track_run(request, lambda *_: time.sleep(0.1), lambda: False)
    report = RunFolder(out).read_report()
    assert report is not None
    counts = report.counts
    assert counts.left_out is not None
    assert counts.left_out > 10
    with closing(ObservationStore.open(out / "observations.sqlite")) as store:
        last = store.last()
    assert last is not None
    assert counts.frames + counts.left_out == last.frame + 1
    (warning,) = [line for line in report.warnings if "left out" in line]
    assert f"{counts.left_out} of {last.frame + 1} frames" in warning
    assert "--detector-size" in warning


def test_stopping_a_stream_is_how_it_ends(clip: Clip, broadcast: str, tmp_path: Path) -> None:
    settings = {"models": {"detections": str(clip.detections)}}
    seen: list[int] = []
    report = track_run(
        RunRequest(broadcast, tmp_path / "run", settings),
        lambda stage, done, _t: seen.append(done) if stage == "observe" else None,
        lambda: len(seen) >= 3,
    )
    assert report.complete
    assert report.counts.frames == 3


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Clip]]:
    """The address of a stream that goes on for long, at the speed at which it plays."""
    clip = make_clip(tmp_path_factory.mktemp("endless"), frames=300)
    transport = clip.video.with_suffix(".ts")
    with av.open(str(clip.video)) as source, av.open(str(transport), "w", "mpegts") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = transport.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            with suppress(OSError):
                for begin in range(0, len(data), 940):
                    self.wfile.write(data[begin : begin + 940])
                    time.sleep(12 * 940 / len(data))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live.ts", clip
    server.shutdown()
    server.server_close()


def recording(endless: tuple[str, Clip], out: Path) -> subprocess.Popen[str]:
    """A recording that has observed, committed and written some seconds."""
    address, clip = endless
    command = [sys.executable, "-m", "touchline", "track", address, "--out", str(out)]
    command += ["--detections", str(clip.detections), "--reid", "none"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    left, store = recording_of(out / "annotated.mp4"), out / "observations.sqlite"
    sizes: set[int] = set()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if left.exists() and left.stat().st_size > 9_000:
            sizes.add(store.stat().st_size)
            if len(sizes) > 2:  # it grows while it commits: one commit has ended
                return process
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def test_a_service_that_is_stopped_ends_its_recording_as_ctrl_c_does(
    endless: tuple[str, Clip], tmp_path: Path
) -> None:
    process = recording(endless, tmp_path / "run")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)  # systemd and terminals send two at once
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    report = RunFolder(tmp_path / "run").read_report()
    assert report is not None
    assert report.complete
    assert images(tmp_path / "run" / "annotated.mp4") == report.counts.frames > 10
    assert report.files.keys() >= {"video", "tracks"}


def test_a_killed_recording_is_taken_over_by_link(
    endless: tuple[str, Clip], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    process = recording(endless, out)
    process.kill()
    process.communicate()
    assert not (out / "annotated.mp4").exists()
    report = link_run(out, stored_settings(out), quiet)
    assert report.files.keys() >= {"video", "tracks"}
    held = images(out / "annotated.mp4")
    assert held > 0
    assert report.counts.frames > 0
    said = f"the recording was killed: annotated.mp4 holds the {held} images before that"
    assert said in report.warnings
    assert not report.complete
    data = (out / "annotated.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")  # a browser plays it
    again = link_run(out, stored_settings(out), quiet)
    assert again.warnings == report.warnings
