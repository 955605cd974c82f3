"""Nothing that is kept of an address holds its user, password or token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from clips import Clip

from touchline.errors import UsageError, VideoError
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.video.reader import open_video
from touchline.video.source import is_redacted, redacted

SECRETS = ("anna", "geheim", "t0ken", "fr4gment")


@pytest.fixture
def address(clip: Clip) -> Iterator[str]:
    """The clip on a server that looks at neither password nor token."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(clip.video.parent))

        def log_message(self, format: str, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_port}/{clip.video.name}"
        yield f"http://anna:geheim@{place}?token=t0ken#fr4gment"
        server.shutdown()


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


def test_a_run_of_an_address_keeps_neither_password_nor_token(
    clip: Clip, address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    request = RunRequest(address, out, {"models": {"detections": str(clip.detections)}})
    report = track_run(request, silent, lambda: False)
    assert report.complete
    assert (out / "annotated.mp4").exists()
    for file in out.rglob("*"):
        for secret in SECRETS:
            assert secret.encode() not in file.read_bytes(), f"{secret} is in {file.name}"
    assert not any(secret in caplog.text for secret in SECRETS)
    with closing(ObservationStore.open(out / "observations.sqlite")) as store:
        assert store.facts()["source"] == redacted(address)


def test_drawing_again_asks_for_the_address_and_takes_it(
    clip: Clip, address: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    settings = {"models": {"detections": str(clip.detections)}}
    track_run(RunRequest(address, out, settings, draw_video=False), silent, lambda: False)
    with pytest.raises(UsageError, match=r"kept without its password .* as --video"):
        draw_run(out, settings, silent, lambda: False)
    assert draw_run(out, settings, silent, lambda: False, address).files["video"]


def test_a_run_of_an_address_with_a_password_goes_on(
    clip: Clip, address: str, tmp_path: Path
) -> None:
    settings = {
        "models": {"detections": str(clip.detections)},
        "detector": {"batch_size": 1},
    }
    request = RunRequest(address, tmp_path / "out", settings, draw_video=False)
    asked = iter([False] * 10 + [True] * 1000)
    assert not observe_run(request, silent, lambda: next(asked)).complete
    report = track_run(request, silent, lambda: False)
    assert report.complete
    assert report.counts.frames == clip.frames


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("rtsp://anna:geheim@camera/1", "rtsp://***@camera/1"),
        ("rtsp://anna@camera:554/1", "rtsp://***@camera:554/1"),
        ("https://host/a.mp4?token=t0ken", "https://host/a.mp4?***"),
        ("https://host/a.mp4#t0ken", "https://host/a.mp4?***"),
        ("rtsp://a:p@ss@camera/1", "rtsp://***@camera/1"),
        ("https://host/a.mp4", "https://host/a.mp4"),
        ("clip.mp4?x@y", "clip.mp4?x@y"),
    ],
)
def test_what_may_be_kept_of_a_source(source: str, kept: str) -> None:
    assert redacted(source) == kept
    assert is_redacted(kept) == (kept != source)
    assert redacted(kept) == kept


@pytest.mark.parametrize(
    "source",
    [
        *("rtsp://anna:geheim@[x/1", "http://anna:geheim@127.0.0.1:9/a?token=t0ken", "http://[::1"),
        *("nothing://anna:geheim@host/t", "http://anna:geheim@:99999999/"),
    ],
)
def test_no_error_says_the_password(source: str) -> None:
    with pytest.raises((UsageError, VideoError)) as raised:
        open_video(source)
    assert not any(secret in str(raised.value) for secret in SECRETS)
