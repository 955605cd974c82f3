"""A running broadcast: a local HTTP server that sends pictures for as long as someone listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from touchline.errors import UsageError, VideoError
from touchline.video.config import VideoConfig
from touchline.video.reader import open_video

MakeVideo = Callable[..., Path]


@pytest.fixture
def broadcast(tmp_path: Path, make_video: MakeVideo) -> Iterator[str]:
    """The address of an endless MPEG-TS stream; with ``/stall`` it falls silent half-way."""
    video = make_video(tmp_path / "v.ts", 200, container="mpegts", options={"g": "5", "bf": "0"})
    data = video.read_bytes()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            try:
                while not stopped.is_set():
                    if self.path == "/stall":
                        self.wfile.write(data[: len(data) // 2])
                        stopped.wait(10)
                    self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_slow_reader_of_a_live_stream_sees_recent_pictures(broadcast: str) -> None:
    with open_video(broadcast, config=VideoConfig(queue_frames=2)) as reader:
        assert reader.info.live
        assert reader.info.duration is None
        first = next(reader)
        time.sleep(0.3)
        later = [next(reader) for _ in range(5)]
    # Those between were thrown away; a busy machine may already lose some before the first.
    assert later[-1].index - first.index > 10
    assert all(a.time < b.time for a, b in pairwise(later))


def test_live_stream_can_be_closed_at_any_time(broadcast: str) -> None:
    reader = open_video(broadcast)
    next(reader)
    threading.Timer(0.2, reader.close).start()
    began = time.monotonic()
    for _ in reader:
        assert time.monotonic() - began < 4
    reader.close()


def test_stream_that_falls_silent_ends_with_a_warning(broadcast: str) -> None:
    config = VideoConfig(live_timeout_seconds=0.5)
    with open_video(f"{broadcast}/stall", config=config) as reader:
        assert list(reader)
        assert any("broke off" in warning for warning in reader.warnings)


def test_live_stream_cannot_begin_later(broadcast: str) -> None:
    with pytest.raises(UsageError, match="live"):
        open_video(broadcast, start=5.0)


def test_page_that_is_no_video_is_refused() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with pytest.raises(VideoError, match="cannot be opened"):
        open_video(f"http://127.0.0.1:{server.server_port}/gone.mp4")
    thread.join()
    server.server_close()
