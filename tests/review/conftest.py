"""A real server of a short run, made once for all tests of the page."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from clips import Clip

from touchline.review.guard import TOKEN_HEADER
from touchline.review.server import ReviewServer
from touchline.run.request import RunRequest
from touchline.run.track import track_run


@pytest.fixture(scope="session")
def reviewed(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a clip of 60 frames, without an annotated video. Not to be changed."""
    out = tmp_path_factory.mktemp("reviewed") / "run"
    settings = {"models": {"detections": str(clip.detections)}, "embedding": {"mode": "every"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda *_: None, lambda: False)
    return out


@pytest.fixture
def run(reviewed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(reviewed, tmp_path / "run"))


@contextmanager
def served(run: Path) -> Iterator[ReviewServer]:
    """A server that answers."""
    with ReviewServer(run) as server:
        answers = threading.Event()
        thread = threading.Thread(target=server.serve, args=(answers.set,))
        thread.start()
        try:
            assert answers.wait(20)
            yield server
        finally:
            server.stop()
            thread.join(20)


def asking(server: ReviewServer) -> httpx.Client:
    """Somebody who knows the token."""
    headers = {TOKEN_HEADER: server.token}
    return httpx.Client(base_url=server.site, headers=headers, trust_env=False, timeout=30)


@pytest.fixture
def server(run: Path) -> Iterator[ReviewServer]:
    with served(run) as one:
        yield one


@pytest.fixture
def page(server: ReviewServer) -> Iterator[httpx.Client]:
    """Somebody who knows the token of ``server``."""
    with asking(server) as client:
        yield client
