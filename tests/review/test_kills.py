"""A server that is killed at any moment loses at most the edit that was being written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from review_pages import asking

from touchline.formats.edits_json import read_edits
from touchline.observations import ObservationStore
from touchline.review.session import ReviewSession
from touchline.run.facts import RunFacts


@contextmanager
def started(run: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A server in a process of its own, and somebody who asks it."""
    command = [sys.executable, "-m", "touchline", "review", str(run), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            page = process.stdout.readline().split()[1]
            site, _, token = page.partition("/?token=")
            with asking(site, token) as client:
                yield process, client
        finally:
            process.kill()


def kept(run: Path) -> int:
    """How many facts the run keeps."""
    with ObservationStore.open(run / "observations.sqlite") as store:
        return len(read_edits(run / "edits.json", RunFacts.of(store).video.fingerprint))


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_a_kill_loses_at_most_the_edit_being_written(run: Path) -> None:
    wait = random.SystemRandom().uniform(0.3, 1.5)
    answered = 0
    with started(run) as (process, page):
        killer = threading.Timer(wait, os.kill, (process.pid, signal.SIGKILL))
        killer.start()
        with suppress(httpx.HTTPError):
            while True:
                asked = [("number", 2, answered % 90), ("name", 1, f"Ada {answered}")]
                asked.append(("split", 3, None) if answered == 2 else ("role", 4, "player"))
                for kind, identity, value in asked:
                    box = {"kind": kind, "boxes": [[31, identity]], "value": value}
                    told = page.post("/api/edits", json=box)
                    assert told.status_code == 200
                    answered += not told.json()["text"].startswith("nothing new")
        killer.join()
        assert process.wait(20) == -signal.SIGKILL
    assert answered <= kept(run) <= answered + 1, wait
    session = ReviewSession(run)  # the next one goes on
    try:
        session.state("name", [(5, 1)], "Bo")
        assert "Bo" in session.now.people.names
    finally:
        session.close()


def test_ctrl_c_ends_it_quietly(run: Path) -> None:
    with started(run) as (process, page), page.stream("GET", "/api/events"):  # a page is open
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
