"""A real review server that answers, and somebody who asks it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from touchline.review.guard import TOKEN_HEADER
from touchline.review.server import ReviewServer


@contextmanager
def served(run: Path, source: str | None = None) -> Iterator[ReviewServer]:
    """A server that answers. source: where the video lies."""
    with ReviewServer(run, source=source) as server:
        answers = threading.Event()
        thread = threading.Thread(target=server.serve, args=(answers.set,))
        thread.start()
        try:
            assert answers.wait(20)
            yield server
        finally:
            server.stop()
            thread.join(20)


def asking(site: str, token: str) -> httpx.Client:
    """Somebody who knows the token. No request leaves this machine."""
    assert site.startswith("http://127.0.0.1:")
    headers = {TOKEN_HEADER: token}
    return httpx.Client(base_url=site, headers=headers, trust_env=False, timeout=30)


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Waits for something to be so; fails where it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
