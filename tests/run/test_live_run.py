"""A live source is tracked and drawn while it runs, and kept when it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from clips import Clip

from touchline.errors import UsageError
from touchline.run.draw_step import draw_run
from touchline.run.folder import stored_settings
from touchline.run.request import RunRequest
from touchline.run.track import track_run


@pytest.fixture
def broadcast(clip: Clip, tmp_path: Path) -> Iterator[str]:
    """The address of a stream without an end: the clip, then silence."""
    transport = tmp_path / "clip.ts"
    with av.open(str(clip.video)) as source, av.open(str(transport), "w", "mpegts") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = transport.read_bytes()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            for begin in range(0, len(data), 1880):
                self.wfile.write(data[begin : begin + 1880])
                time.sleep(0.03)
            stopped.wait(20)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live.ts"
    stopped.set()
    server.shutdown()
    server.server_close()


def test_a_stream_is_drawn_while_it_runs_and_linked_when_it_ends(
    clip: Clip, broadcast: str, tmp_path: Path
) -> None:
    settings = {
        "models": {"detections": str(clip.detections)},
        "video": {"live_timeout_seconds": 2},
    }
    out = tmp_path / "run"
    report = track_run(RunRequest(broadcast, out, settings), lambda _s, _d, _t: None, lambda: False)
    assert report["complete"]
    assert report["video"]["live"]
    frames = report["counts"]["frames"]
    assert frames >= 5  # how many, the pace of the machine decides
    with av.open(str(out / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == frames
    assert len(np.loadtxt(out / "tracks.txt", delimiter=",")) >= frames
    with pytest.raises(UsageError, match="cannot be read again"):
        draw_run(out, stored_settings(out), lambda _s, _d, _t: None, lambda: False)


def test_stopping_a_stream_is_how_it_ends(clip: Clip, broadcast: str, tmp_path: Path) -> None:
    settings = {"models": {"detections": str(clip.detections)}}
    seen: list[int] = []
    report = track_run(
        RunRequest(broadcast, tmp_path / "run", settings),
        lambda stage, done, _t: seen.append(done) if stage == "observe" else None,
        lambda: len(seen) >= 3,
    )
    assert report["complete"]
    assert report["counts"]["frames"] == 3
