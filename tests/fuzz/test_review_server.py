"""Whatever is asked of the review server, it answers, and the run stays whole."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from clips import Clip
from hypothesis import HealthCheck, Phase, given, settings
from review_pages import asking, served
from schemathesis.core.result import Ok

import touchline
from touchline.edits.facts import LABEL_KINDS
from touchline.review.app import review_app
from touchline.review.jobs import Jobs
from touchline.review.server import ReviewServer
from touchline.run.request import RunRequest
from touchline.run.track import track_run

SECONDS = 4.0
"""For all addresses together."""

EXAMPLES = 15
"""Of each address at most."""


@pytest.fixture(scope="module")
def server(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewServer]:
    out = tmp_path_factory.mktemp("fuzzed") / "run"
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda *_: None, lambda: False)
    with served(out) as one:
        yield one


def test_no_request_by_the_interface_ends_in_a_fault(server: ReviewServer) -> None:
    described = review_app(server.session, server.playing, Jobs()).openapi()
    schema = schemathesis.openapi.from_dict(described)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 17
    assert server.site.startswith("http://127.0.0.1:")
    with asking(server.site, server.token) as page:
        for operation in operations:
            assert tried(operation, page, SECONDS / len(operations))


def tried(operation: Any, page: httpx.Client, seconds: float) -> int:
    """Asks an address in many ways; how often."""
    end, asked = time.monotonic() + seconds, 0

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        nonlocal asked
        if time.monotonic() < end or not asked:
            asked += 1
            sent = case.as_transport_kwargs(base_url=str(page.base_url))
            body = {"json": sent["json"]} if "json" in sent else {"content": sent.get("data")}
            answer = page.request(sent["method"], sent["url"], params=sent.get("params"), **body)
            assert answer.status_code < 500, case.as_curl_command()
            if answer.status_code >= 400:
                assert "\n" not in answer.json()["error"]

    ask()
    return asked


def test_any_edits_leave_a_run_that_can_be_read(server: ReviewServer) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    chance = random.Random(seed)
    kinds = ["same", "different", "split", "swap", "not-a-person", "unknown", *LABEL_KINDS]
    values = (None, "A", "B", "officials", "Ada", "Bo", 7, 7, 8, "goalkeeper", "", -1, 100)
    counts: dict[int, int] = {}
    with asking(server.site, server.token) as page:
        for _ in range(40):
            kind = chance.choice(kinds)
            boxes = [
                [chance.randint(1, 61), chance.randint(0, 6)]
                for _ in range(chance.choice((1, 1, 2, 2, 0)))
            ]
            value = chance.choice(values) if kind in LABEL_KINDS or chance.random() < 0.1 else None
            asked = {"kind": kind, "boxes": boxes, "value": value}
            path = chance.choice(("edits",) * 4 + ("undo", "redo"))
            told = page.post(f"/api/{path}", json=asked if path == "edits" else None)
            assert told.status_code < 500, (seed, asked, told.text)
            counts[told.status_code] = counts.get(told.status_code, 0) + 1
        assert counts.keys() & {400, 409}, counts
        told = page.get("/api/run")
    run: Path = server.session.folder.path
    opened = touchline.open_run(run)
    assert len(opened.identities) == len(told.json()["people"]), seed
    assert httpx.codes.is_success(told.status_code)
