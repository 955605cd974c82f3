"""What the page is told of a run, and what it changes."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
from review_pages import until

import touchline
from touchline.pitch.positions import Positions
from touchline.review.binary import BOX_ROW, PLACE_ROW, SPAN_ROW, boxes_between, place_rows
from touchline.review.server import ReviewServer


def test_the_run_is_told_at_once(page: httpx.Client, run: Path) -> None:
    told = page.get("/api/run").json()
    opened = touchline.open_run(run)
    assert (told["video"]["frames"], told["video"]["first"], told["video"]["last"]) == (60, 1, 60)
    assert {one["identity"] for one in told["people"]} == set(opened.identities.ids.tolist())
    assert told["history"] == {"undo": None, "redo": None}
    assert {"mot", "cvat", "truth"} <= set(told["formats"])


def test_tables_come_in_windows(page: httpx.Client, run: Path) -> None:
    table = touchline.open_run(run).tracks
    rows = np.frombuffer(page.get("/api/boxes?first=11&last=20").content, BOX_ROW)
    here = table[(table.frames >= 10) & (table.frames < 20)]
    assert rows["frame"].tolist() == (here.frames + 1).tolist()
    assert rows["identity"].tolist() == here.ids.tolist()
    assert np.allclose(rows["box"], here.boxes, atol=0.01)
    spans = np.frombuffer(page.get("/api/spans").content, SPAN_ROW)
    seen = sum(int(one["last"] - one["first"] + 1) for one in spans)
    assert seen == len(table)
    times = np.frombuffer(page.get("/api/times?first=2&last=4").content, "<f8")
    assert times.tolist() == pytest.approx([0.04, 0.08, 0.12])


def test_frames_are_decoded_exactly_in_any_order(page: httpx.Client) -> None:
    import cv2

    def lefts(frame: int) -> float:
        image = cv2.imdecode(
            np.frombuffer(page.get(f"/api/frames/{frame}.jpg").content, np.uint8), cv2.IMREAD_COLOR
        )
        assert image is not None
        red = (image[70:90, :, 2] > 150) & (image[70:90, :, 0] < 90)
        return float(np.median(np.flatnonzero(red.any(axis=0))))

    found = [lefts(frame) for frame in (40, 39, 38, 10, 20, 41)]
    assert np.diff([found[2], found[1], found[0], found[5]]).tolist() == pytest.approx(
        [2, 2, 2], abs=0.6
    )
    assert found[4] - found[3] == pytest.approx(20, abs=1.5)
    assert page.get("/api/frames/61.jpg").status_code == 400
    small = page.get("/api/frames/3.jpg?width=160").content
    assert len(small) < len(page.get("/api/frames/3.jpg").content)
    assert page.get("/api/crops/3/1.jpg").content[:2] == b"\xff\xd8"
    assert page.get("/api/crops/3/77.jpg").status_code == 404


def test_an_edit_is_one_step_of_undo_and_redo(page: httpx.Client, run: Path) -> None:
    before = (run / "tracks.csv").read_bytes()
    revision = page.get("/api/run").json()["revision"]
    told = page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]}).json()
    assert told["revision"] != revision
    assert len(told["changes"]["moved"]) == 1
    assert len(touchline.open_run(run).identities) == 5
    assert told["history"]["undo"]
    assert page.get("/api/run").json()["history"] == told["history"]
    undone = page.post("/api/undo").json()
    assert (run / "tracks.csv").read_bytes() == before
    assert undone["history"]["redo"]
    page.post("/api/redo")
    assert len(touchline.open_run(run).identities) == 5


def test_a_name_is_kept_and_the_list_stays_in_its_order(page: httpx.Client, run: Path) -> None:
    before = [one["identity"] for one in page.get("/api/run").json()["people"]]
    told = page.post("/api/edits", json={"kind": "name", "boxes": [[5, 3]], "value": "Ada"})
    assert told.json()["changes"] is None
    people = page.get("/api/run").json()["people"]
    assert [one["identity"] for one in people] == before
    assert {one["identity"]: one["name"] for one in people}[3] == "Ada"
    assert touchline.open_run(run).people(name="Ada").ids.tolist() == [3]
    page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    after = [one["label"] for one in page.get("/api/run").json()["people"]]
    assert after.index("Ada") == before.index(3)


def test_what_cannot_be_is_refused_in_one_line(page: httpx.Client) -> None:
    same = {"kind": "same", "boxes": [[5, 3], [5, 4]]}
    for asked in (
        same,
        {"kind": "split", "boxes": [[99, 3]]},
        {"kind": "team", "boxes": [[5, 3]], "value": "C"},
    ):
        answer = page.post("/api/edits", json=asked)
        assert 400 <= answer.status_code < 500
        assert "\n" not in answer.json()["error"]
    assert page.post("/api/undo").status_code == 400
    assert page.post("/api/edits", content="{").status_code == 422
    assert page.get("/api/nothing").json() == {"error": "Not Found"}


def test_facts_that_contradict_are_told_of_people_and_times(page: httpx.Client) -> None:
    page.post("/api/edits", json={"kind": "name", "boxes": [[5, 3]], "value": "Ada"})
    page.post("/api/edits", json={"kind": "same", "boxes": [[5, 3], [50, 3]]})
    refused = page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    assert refused.status_code == 409
    told = refused.json()
    assert told["error"].startswith("refused, as it was stated: Ada at 0:00.2 and Ada at 0:02.0")
    assert told["split"] is None, "this fact is itself about where to split"


def test_questions_are_there_soon_and_answered(page: httpx.Client) -> None:
    page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    told = page.get("/api/questions").json()
    while not told["ready"]:
        told = page.get("/api/questions").json()
    assert told["total"] >= len(told["questions"])
    assert page.post("/api/answers", json={"question": "9-9", "choice": 0}).status_code == 404


def test_nobody_else_is_answered(server: ReviewServer) -> None:
    with httpx.Client(base_url=server.site, trust_env=False) as stranger:
        assert stranger.get("/api/run").status_code == 403
        assert stranger.get("/").status_code == 403
        assert stranger.get("/?token=wrong").status_code == 403
        opened = stranger.get(server.page)
        assert opened.status_code == 200
        assert "script-src 'self'" in opened.headers["content-security-policy"]
        cookie = opened.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert stranger.get("/api/run").status_code == 200  # by the cookie
        hosts = [
            f"evil.example:{server.port}",
            "127.0.0.1:1",
            "localhost",
            f"x@127.0.0.1:{server.port}",
        ]
        for host in hosts:
            assert stranger.get("/api/run", headers={"host": host}).status_code == 403
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{server.port}"):
            assert stranger.post("/api/undo", headers={"origin": origin}).status_code == 403
        mine = {"origin": server.site}
        assert stranger.post("/api/undo", headers=mine).status_code == 400
        across = {"sec-fetch-site": "same-site"}
        assert stranger.get("/api/run", headers=across).status_code == 403


def test_no_path_leads_out_of_the_page(page: httpx.Client) -> None:
    for path in (
        "/page/../app.py",
        "/page/..%2fapp.py",
        "/page/%2e%2e/app.py",
        "/page//etc/passwd",
    ):
        assert page.get(path).status_code in (403, 404)


def test_every_candidate_is_told_with_its_evidence(page: httpx.Client) -> None:
    page.post("/api/edits", json={"kind": "split", "boxes": [[31, 3]]})
    page.post("/api/undo")
    until(lambda: bool(page.get("/api/questions").json()["ready"]))
    for question in page.get("/api/questions?limit=500").json()["questions"]:
        for one in question["candidates"]:
            assert one["evidence"]
            total = sum(value for _, value in one["evidence"])
            assert total == pytest.approx(one["log_odds"], abs=0.05)


def test_places_on_the_pitch_come_in_windows() -> None:
    count = 4
    positions = Positions(
        np.arange(count),
        np.arange(count) / 25,
        np.full(count, 7),
        np.column_stack([np.arange(count) - 2.0, np.full(count, 3.5)]),
        np.zeros(count),
        np.zeros(count),
        np.array([0, 2, 1, 0], np.uint8),
    )
    found = np.frombuffer(boxes_between(place_rows(positions), 2, 3), PLACE_ROW)
    assert found["frame"].tolist() == [3]  # the one of frame 2 is not sure
    assert found["place"].tolist() == [[0.0, 3.5]]
