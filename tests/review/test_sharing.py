"""Two pages, and other programs, on one run; and who can be joined with whom."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from review_pages import asking, until

import touchline
from touchline.review.server import ReviewServer


@pytest.fixture
def told(server: ReviewServer) -> list[dict[str, Any]]:
    """What another page is told, as it comes."""
    found: list[dict[str, Any]] = []
    listens = threading.Event()

    def listen() -> None:
        try:
            with (
                asking(server.site, server.token) as client,
                client.stream("GET", "/api/events") as answer,
            ):
                name = ""
                for line in answer.iter_lines():
                    listens.set()
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        found.append({"event": name, **json.loads(line.removeprefix("data: "))})
        except httpx.HTTPError:
            pass  # the server has gone

    threading.Thread(target=listen, daemon=True).start()
    assert listens.wait(20)
    return found


def test_two_pages_see_each_others_edits(page: httpx.Client, told: list[dict[str, Any]]) -> None:
    edited = page.post("/api/edits", json={"kind": "name", "boxes": [[5, 3]], "value": "Ada"})
    revision = edited.json()["revision"]
    until(lambda: any(one["event"] == "revision" for one in told))
    (change,) = (one for one in told if one["event"] == "revision")
    assert change["revision"] == revision
    assert change["history"] == {"undo": "name Ada", "redo": None}
    until(lambda: any(one["event"] == "questions" for one in told))


def test_what_another_program_changes_is_noticed(
    page: httpx.Client, run: Path, told: list[dict[str, Any]]
) -> None:
    touchline.open_run(run).edit.split((31, 3))
    until(lambda: len(page.get("/api/run").json()["people"]) == 5)
    until(lambda: any(one["event"] == "revision" for one in told))
    assert page.post("/api/undo").status_code == 200
    assert len(touchline.open_run(run).identities) == 4


def test_a_run_that_another_program_works_on_is_not_changed(page: httpx.Client, run: Path) -> None:
    from touchline.observations import ObservationStore

    with ObservationStore.open(run / "observations.sqlite", write=True):
        answer = page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    assert answer.status_code == 409
    assert "another touchline" in answer.json()["error"]
    assert page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]}).status_code == 200


def test_who_is_greyed_out_is_who_would_be_refused(page: httpx.Client) -> None:
    page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    people = [one["identity"] for one in page.get("/api/run").json()["people"]]
    seen = {True: 0, False: 0}
    for identity in people[:2]:
        answer = page.get(f"/api/joinable?frame=5&identity={identity}").json()
        assert {one["identity"] for one in answer["others"]} == set(people) - {identity}
        for other in answer["others"]:
            here = page.get(f"/api/joinable?frame={other['frame']}&identity={other['identity']}")
            mine = {one["identity"]: one for one in here.json()["others"]}[identity]["frame"]
            boxes = [[mine, identity], [other["frame"], other["identity"]]]
            refused = page.post("/api/edits", json={"kind": "same", "boxes": boxes})
            assert (refused.status_code == 200) == other["joinable"], (other, refused.json())
            seen[other["joinable"]] += 1
            if other["joinable"]:
                page.post("/api/undo")
            else:
                assert other["why"]
    assert seen[False] >= 4
    assert page.get("/api/joinable?frame=5&identity=99").status_code == 400
