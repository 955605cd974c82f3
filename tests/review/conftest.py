"""A real server of a short run, made once for all tests of the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from clips import Clip
from review_pages import asking, served

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


@pytest.fixture
def server(run: Path) -> Iterator[ReviewServer]:
    with served(run) as one:
        yield one


@pytest.fixture
def page(server: ReviewServer) -> Iterator[httpx.Client]:
    """Somebody who knows the token of ``server``."""
    with asking(server.site, server.token) as client:
        yield client
