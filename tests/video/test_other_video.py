"""Recordings on a server are told from each other by what they hold, not by their address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from touchline.video.reader import open_video

MakeVideo = Callable[..., Path]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address under which ``tmp_path`` is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fingerprint(address: str) -> str:
    with open_video(address) as reader:
        assert not reader.info.live
        return reader.info.fingerprint


@pytest.mark.parametrize("name", ["mp4", "mkv", "webm", "flv"])
def test_a_recording_has_the_fingerprint_of_its_content(
    name: str, served: str, tmp_path: Path, make_video: MakeVideo
) -> None:
    codec = {"webm": "libvpx-vp9"}.get(name, "libx264")
    beginning = [np.full((64, 96, 3), 90, np.uint8)] * 80
    ends = [np.full((64, 96, 3), level, np.uint8) for level in (40, 200)]
    for clip, end in zip("ab", ends, strict=True):
        make_video(tmp_path / f"{clip}.{name}", [*beginning, *[end] * 20], codec=codec)
    (tmp_path / f"copy.{name}").write_bytes((tmp_path / f"a.{name}").read_bytes())
    a, b, copy = (fingerprint(f"{served}/{clip}.{name}") for clip in ("a", "b", "copy"))
    assert a == copy == fingerprint(f"{served}/a.{name}")
    assert a
    assert a != b
