"""The page in a real browser: watched, corrected by keys, and the run's files afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from reviewer_browser import Reviewer, a_browser, clip_of_a_phone, ids_at, red_shirt
from playwright.sync_api import Browser
from review_pages import served

import touchline
from touchline.review.server import ReviewServer
from touchline.run.request import RunRequest
from touchline.run.track import track_run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def phone_run(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose frames last differently long. Tests leave it as they found it, by undo."""
    folder = tmp_path_factory.mktemp("phone")
    clip = clip_of_a_phone(folder)
    settings = {
        "models": {"detections": str(clip.detections), "reid": "colour"},
        "numbers": {"read": "never"},
    }
    request = RunRequest(str(clip.video), folder / "run", settings, draw_video=False)
    track_run(request, lambda *_: None, lambda: False)
    return folder / "run"


@pytest.fixture(scope="module")
def server(phone_run: Path) -> Iterator[ReviewServer]:
    with served(phone_run) as server:
        yield server


@pytest.fixture
def person(browser: Browser, server: ReviewServer, phone_run: Path) -> Iterator[Reviewer]:
    reviewer = Reviewer(browser, server, phone_run)
    yield reviewer
    reviewer.leaves()


def test_a_step_shows_the_very_frame(person: Reviewer) -> None:
    person.sees(1)
    for frame in (2, 3, 4):
        person.presses("ArrowRight")
        person.sees(frame)
        assert person.looks() == (frame, pytest.approx(red_shirt(frame), abs=1.2))
    person.goes_to(90)
    person.presses("ArrowLeft")
    person.sees(89)
    assert person.looks() == (89, pytest.approx(red_shirt(89), abs=1.2))


def test_playing_marks_the_frame_that_is_seen_and_stops_at_its_picture(person: Reviewer) -> None:
    person.presses(" ")
    seen = []
    while person.frame < 40:
        frame, left = person.looks()
        seen.append(left - red_shirt(frame))
    person.presses(" ")
    stopped = person.frame
    person.sees(stopped)
    assert person.looks() == (stopped, pytest.approx(red_shirt(stopped), abs=1.2))
    assert max(map(abs, seen)) < 1.2, "a mark is drawn on the picture of another frame"
    assert len(seen) > 5


def test_a_name_is_typed_kept_undone_and_stated_again(person: Reviewer) -> None:
    person.chooses("player 3")
    person.presses("n")
    person.types("Ada Lund")
    person.presses("Enter")
    assert "Ada Lund" in person.said
    assert touchline.open_run(person.run).people(name="Ada Lund").ids.tolist() == [3]
    person.presses("z")
    assert not len(touchline.open_run(person.run).people(name="Ada Lund"))
    person.presses("r")
    assert touchline.open_run(person.run).people(name="Ada Lund").ids.tolist() == [3]
    person.presses("z")


def test_a_team_is_told_by_two_keys(person: Reviewer) -> None:
    person.chooses("player 4")
    person.presses("t", "2")
    assert [one["value"] for one in facts(person.run)] == ["B"]
    person.presses("z")


def test_whoever_is_broken_is_connected_again(person: Reviewer) -> None:
    person.goes_to(31)
    person.chooses("player 4")
    person.presses("b")
    before, behind = ids_at(person.run, 30), ids_at(person.run, 31)
    assert len(before.keys() - behind.keys()) == 1
    assert "changed hands" in person.said
    person.presses("c")
    person.waits_for(".row.apart")  # whoever is there with them is grey
    assert "in two places" in (person.page.locator(".row.apart").first.get_attribute("title") or "")
    (newcomer,) = behind.keys() - before.keys()
    person.page.locator(f'.row[title$="identity {newcomer}"]').click()
    person.waits_for("body:not([data-busy])")
    assert ids_at(person.run, 30).keys() == ids_at(person.run, 31).keys()
    assert [one["kind"] for one in facts(person.run)] == ["split", "same"]
    person.presses("z", "z")
    assert not facts(person.run)


def test_two_who_are_each_other_are_swapped_from_here_on(person: Reviewer) -> None:
    before = {frame: ids_at(person.run, frame) for frame in (20, 80)}
    person.goes_to(40)
    person.chooses("player 1")
    person.presses("s")
    person.waits_for("#mode:not([hidden])")
    person.chooses("player 2")
    person.waits_for("body:not([data-busy])")
    after = {frame: ids_at(person.run, frame) for frame in (20, 80)}
    assert after[20][1] == before[20][1]
    assert (after[80][1], after[80][2]) == (before[80][2], before[80][1])
    assert len({one["step"] for one in facts(person.run)}) == 1, "one edit is one step of undo"
    person.presses("z")
    assert ids_at(person.run, 80) == before[80]


def test_what_cannot_be_is_said_in_one_line_and_nothing_changes(person: Reviewer) -> None:
    person.presses("s")
    assert "choose somebody first" in person.said
    person.goes_to(60)
    person.chooses("player 3")
    person.goes_to(60)
    person.presses("b")
    assert "is not in this frame" in person.said
    assert not facts(person.run)


def test_a_doubt_is_answered_with_one_key(person: Reviewer) -> None:
    person.page.locator("#least").select_option("0")
    person.waits_for("#question .sides img")
    assert person.page.locator("#left").text_content() == "1 left"
    person.presses("y")
    assert [one["kind"] for one in facts(person.run)] == ["same"]
    person.waits_for("#question .empty")
    person.presses("z")
    person.waits_for("#question .sides img")
    person.presses("n")
    assert [one["kind"] for one in facts(person.run)] == ["different"]
    assert ids_at(person.run, 110).keys() != ids_at(person.run, 10).keys()
    person.presses("z")
    person.waits_for("#question .sides img")
    person.presses("u")
    assert [one["kind"] for one in facts(person.run)] == ["unknown"]
    person.presses("z")


def test_whoever_is_no_person_goes_and_comes_back(person: Reviewer) -> None:
    person.chooses("player 4")
    person.presses("d")
    assert len(ids_at(person.run, 20)) == 3
    person.presses("z")
    assert len(ids_at(person.run, 20)) == 4


def test_undo_is_there_after_the_page_was_closed(
    person: Reviewer, browser: Browser, server: ReviewServer
) -> None:
    person.goes_to(31)
    person.chooses("player 4")
    person.presses("b")
    later = Reviewer(browser, server, person.run)
    assert (later.page.locator("#undo").get_attribute("title") or "").startswith("Undo: ")
    later.presses("z")
    assert not facts(person.run)
    later.leaves()


def test_two_pages_see_each_other(
    person: Reviewer, browser: Browser, server: ReviewServer
) -> None:
    other = Reviewer(browser, server, person.run)
    other.chooses("player 4")
    other.presses("n")
    other.types("Ben Ohm")
    other.presses("Enter")
    person.page.get_by_role("button", name="Ben Ohm").first.wait_for(timeout=10_000)
    assert "changed elsewhere" in person.said
    person.presses("z")
    other.leaves()


def test_an_export_is_downloaded(person: Reviewer, tmp_path: Path) -> None:
    person.presses("e")
    with person.page.expect_download(timeout=20_000) as waiting:
        person.page.get_by_role("menuitem", name="mot", exact=True).click()
    waiting.value.save_as(tmp_path / "tracks.txt")
    rows = (tmp_path / "tracks.txt").read_text().splitlines()
    assert len(rows) == len(touchline.open_run(person.run).tracks)


def test_a_clip_follows_somebody(person: Reviewer, tmp_path: Path) -> None:
    person.chooses("player 1")
    with person.page.expect_download(timeout=30_000) as waiting:
        person.page.get_by_role("button", name="Clip that follows them").click()
    waiting.value.save_as(tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").stat().st_size > 1000


def test_only_this_machine_is_asked_and_every_control_has_a_name(
    person: Reviewer, server: ReviewServer
) -> None:
    person.chooses("player 1")
    person.presses("?")
    person.waits_for("dialog[open]")
    person.presses("Escape")
    assert all(url.startswith((server.site, "blob:", "data:")) for url in person.asked)
    nameless = person.page.evaluate(_NAMELESS)
    assert nameless == []


def facts(run: Path) -> list[dict[str, object]]:
    """The facts that hold."""
    file = run / "edits.json"
    told = json.loads(file.read_text())["edits"] if file.is_file() else []
    return [one for one in told if not one.get("undone")]


_NAMELESS = """() => [...document.querySelectorAll("button, input, select, canvas, a")]
  .filter((one) => !(one.getAttribute("aria-label") || one.title || one.textContent.trim()
    || [...(one.labels ?? [])].some((label) => label.textContent.trim())))
  .map((one) => one.outerHTML)"""
