"""A running broadcast: a local HTTP server that sends images for as long as someone listens."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from touchline.errors import ConnectionLost, UsageError, VideoError
from touchline.types import Frame, Image
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


def test_slow_reader_of_a_live_stream_sees_recent_images(broadcast: str) -> None:
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


def test_stream_that_falls_silent_gives_its_frames_and_then_says_so(broadcast: str) -> None:
    config = VideoConfig(live_timeout_seconds=0.5, live_reconnect_seconds=0)
    frames: list[Frame] = []
    with open_video(f"{broadcast}/stall", config=config) as reader:
        said = r"broke off after \d.*live_reconnect_seconds"
        with pytest.raises(ConnectionLost, match=said):
            frames.extend(reader)
    assert frames


@pytest.fixture
def cut_short(
    tmp_path: Path, make_video: MakeVideo, make_images: Callable[[int], list[Image]]
) -> Iterator[Callable[[list[str]], str]]:
    """Starts a server whose connections follow a script; gives its address.

    Each word is one connection: A and B give the first and second half of a video and are closed,
    a and b do so at twice the speed at which they play, "-" gives nothing. After the last word
    nobody
    answers.
    """
    images = make_images(100)
    halves = {}
    for name, part in (("a", images[:50]), ("b", images[50:])):
        file = make_video(tmp_path / f"{name}.ts", part, container="mpegts", options={"bf": "0"})
        halves[name] = file.read_bytes()
    servers: list[ThreadingHTTPServer] = []

    def start(script: list[str]) -> str:
        left = iter(script)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                word = next(left, None)
                if word is None:
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "video/mp2t")
                self.end_headers()
                data = halves.get(word.lower(), b"")
                for begin in range(0, len(data), 1880):
                    self.wfile.write(data[begin : begin + 1880])
                    if word.islower():
                        time.sleep(1.0 * 1880 / len(data))

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return f"http://127.0.0.1:{server.server_port}/live.ts"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


ROOMY = VideoConfig(queue_frames=256, live_reconnect_seconds=0.8)


def read_until_lost(address: str) -> tuple[list[Frame], list[str], str]:
    """Frames, warnings, and why it ended."""
    frames: list[Frame] = []
    with open_video(address, config=ROOMY) as reader, pytest.raises(ConnectionLost) as lost:
        frames.extend(reader)
    return frames, reader.warnings, str(lost.value)


def test_a_stream_that_is_cut_is_asked_again_and_goes_on(
    cut_short: Callable[[list[str]], str], make_images: Callable[[int], list[Image]]
) -> None:
    frames, warnings, why = read_until_lost(cut_short(["A", "-", "B"]))
    assert [frame.index for frame in frames] == list(range(100))
    steps = [b.time - a.time for a, b in pairwise(frames)]
    assert max(steps) == steps[49] > 0.2  # what nobody saw is left out of the times
    assert sum(steps[:49] + steps[50:]) == pytest.approx(98 / 25)
    expected = make_images(100)
    for frame in frames[::9]:
        assert np.abs(frame.image.astype(int) - expected[frame.index]).mean() < 12
    (warning,) = [line for line in warnings if "broke off" in line]
    assert re.search(
        r"broke off once and came back: 0\.\d s are missing \(first after 1\.96 s", warning
    )
    assert re.search(r"broke off after \d.* and did not come back within 0\.8 s", why)


def test_a_recording_without_a_length_is_read_once(
    cut_short: Callable[[list[str]], str],
) -> None:
    with open_video(cut_short(["A", "A", "A"]), config=ROOMY) as reader:
        assert len(list(reader)) == 50


def test_a_source_that_always_sends_the_same_is_left_at_last(
    cut_short: Callable[[list[str]], str],
) -> None:
    frames, _, why = read_until_lost(cut_short(["a", "a", "a"]))
    assert len(frames) == 100
    assert "sends the same 50 frames again and again" in why


def test_who_wants_no_more_does_not_wait_for_a_connection(
    cut_short: Callable[[list[str]], str],
) -> None:
    config = VideoConfig(queue_frames=256, live_reconnect_seconds=60)
    began = time.monotonic()
    with open_video(cut_short(["A"]), config=config) as reader:
        frames = list(reader.until(lambda: time.monotonic() > began + 1.5))
    assert len(frames) == 50
    assert time.monotonic() - began < 4


def test_nobody_waits_beyond_the_end_that_was_asked_for(
    cut_short: Callable[[list[str]], str],
) -> None:
    config = VideoConfig(queue_frames=256, live_reconnect_seconds=60)
    with open_video(cut_short(["A"]), config=config, end=2.2) as reader:
        assert len(list(reader)) == 50


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
