"""The page in a real browser: watched, corrected by keys, and the run's files afterwards."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from clips import positions
from playwright.sync_api import Browser
from review_pages import served
from reviewer_browser import Reviewer, a_browser, clip_of_a_phone, ids_at

import touchline
from touchline.review.page_files import FOLDER
from touchline.review.server import ReviewServer
from touchline.run.request import RunRequest
from touchline.run.track import track_run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def phone_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose frames last differently long."""
    folder = tmp_path_factory.mktemp("phone")
    clip = clip_of_a_phone(folder)
    settings = {
        "models": {"detections": str(clip.detections), "reid": "colour"},
        "numbers": {"read": "never"},
        "camera": {"enabled": False},
        "link": {"whole": {"min_margin": 50.0}},  # whoever comes back is somebody new at first
    }
    request = RunRequest(str(clip.video), folder / "run", settings, draw_video=False)
    track_run(request, lambda *_: None, lambda: False)
    return folder / "run"


@pytest.fixture
def run(phone_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(phone_run, tmp_path / "run"))


@pytest.fixture
def person(browser: Browser, server: ReviewServer, run: Path) -> Iterator[Reviewer]:
    reviewer = Reviewer(browser, server, run)
    yield reviewer
    reviewer.leaves()


def test_a_step_shows_the_very_frame(person: Reviewer) -> None:
    person.sees(1)
    for frame in (2, 3, 4):
        person.presses("ArrowRight")
        person.sees(frame)
        assert person.looks() == (frame, True)
    person.goes_to(90)
    person.presses("ArrowLeft")
    person.sees(89)
    assert person.looks() == (89, True)


def test_playing_marks_the_frame_that_is_seen_and_stops_at_its_picture(person: Reviewer) -> None:
    person.presses(" ")
    seen = []
    while person.frame < 40:
        seen.append(person.looks())
    person.presses(" ")
    stopped = person.frame
    person.sees(stopped)
    assert person.looks() == (stopped, True)
    assert all(right for _, right in seen), "a mark is drawn on the picture of another frame"
    assert len({frame for frame, _ in seen}) > 5


def test_a_name_is_typed_kept_undone_and_stated_again(person: Reviewer) -> None:
    person.chooses(3)
    person.presses("n")
    person.types("Ada Lund")
    person.presses("Enter")
    person.reads("Ada Lund")
    assert names(person.run) == {3: "Ada Lund"}
    assert person.page.locator('.row[data-identity="3"]').inner_text() == "Ada Lund"
    person.presses("z")
    assert names(person.run) == {}
    person.presses("r")
    assert names(person.run) == {3: "Ada Lund"}


def test_a_team_is_told_by_two_keys(person: Reviewer) -> None:
    person.chooses(4)
    person.presses("t", "2")
    assert [one["value"] for one in facts(person.run)] == ["B"]


def test_whoever_is_broken_is_two_people_from_then_on(person: Reviewer) -> None:
    person.goes_to(31)
    person.chooses(4)
    person.presses("b")
    before, behind = ids_at(person.run, 30), ids_at(person.run, 31)
    assert len(before.keys() - behind.keys()) == 1
    person.reads("changed hands")
    chosen = person.page.locator('.row[aria-pressed="true"]').get_attribute("data-identity")
    assert [int(chosen or 0)] == list(behind.keys() - before.keys()), "who is in this frame"


def test_whoever_came_back_is_connected_and_who_cannot_be_is_grey(person: Reviewer) -> None:
    (left,) = ids_at(person.run, 30).keys() - ids_at(person.run, 110).keys()
    (back,) = ids_at(person.run, 110).keys() - ids_at(person.run, 30).keys()
    person.goes_to(110)
    person.chooses(back)
    person.presses("c")
    person.waits_for('.row.apart[title*="both are in the image"]')
    assert person.page.locator(".row.apart").count() == 3
    person.chooses(left)
    assert ids_at(person.run, 30).keys() == ids_at(person.run, 110).keys()
    assert [one["kind"] for one in facts(person.run)] == ["same"]


def test_two_who_are_each_other_are_swapped_from_here_on(person: Reviewer) -> None:
    def who(frame: int) -> list[int]:
        """The identities of the first two players, by where they truly are."""
        here = {left: identity for identity, left in ids_at(person.run, frame).items()}
        return [here[round(left, 1)] for left in positions(frame - 1)[:2, 0].tolist()]

    assert who(20) == who(80)
    person.goes_to(40)
    person.chooses(who(40)[0])
    person.presses("s")
    person.waits_for("#mode:not([hidden])")
    person.chooses(who(40)[1])
    assert who(20) == who(39) == who(40)[::-1] == who(80)[::-1]
    assert len({one["step"] for one in facts(person.run)}) == 1, "one edit is one step of undo"
    person.presses("z")
    assert who(20) == who(80)


def test_what_cannot_be_is_said_in_one_line_and_nothing_changes(person: Reviewer) -> None:
    person.presses("s")
    person.reads("choose somebody first")
    person.chooses(1)
    person.goes_to(1)
    person.presses("b")
    person.reads("frame 1")  # nobody can begin before it
    person.presses("c")
    person.chooses(2)
    person.reads("cannot be connected")
    person.presses("Escape", "m")
    person.reads("this run knows no camera")
    assert not facts(person.run)


def test_where_facts_contradict_the_track_of_two_people_is_shown(person: Reviewer) -> None:
    (left,) = ids_at(person.run, 30).keys() - ids_at(person.run, 110).keys()
    (back,) = ids_at(person.run, 110).keys() - ids_at(person.run, 30).keys()
    person.goes_to(100)
    person.chooses(back)
    person.presses("b")
    (first,) = ids_at(person.run, 90).keys() - ids_at(person.run, 110).keys()
    person.goes_to(10)
    person.chooses(left)
    person.presses("c")
    person.waits_for('.row[title*="both are in the image"]')
    person.chooses(first)
    (later,) = ids_at(person.run, 110).keys() - ids_at(person.run, 90).keys()
    (both,) = ids_at(person.run, 10).keys() - ids_at(person.run, 110).keys()
    person.goes_to(40)
    person.chooses(both)
    person.presses("c")
    person.chooses(later)
    person.reads("cannot be connected: it was stated:")
    person.page.get_by_role("button", name="Look for where to break").click()
    person.sees(25)
    assert person.page.locator('.row[aria-pressed="true"]').count() == 1


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
    person.chooses(4)
    person.presses("d")
    assert len(ids_at(person.run, 20)) == 3
    person.presses("z")
    assert len(ids_at(person.run, 20)) == 4


def test_undo_is_there_after_the_page_was_closed(
    person: Reviewer, browser: Browser, server: ReviewServer
) -> None:
    person.goes_to(31)
    person.chooses(4)
    person.presses("b")
    later = Reviewer(browser, server, person.run)
    assert (later.page.locator("#undo").get_attribute("title") or "").startswith("Undo: ")
    later.presses("z")
    assert not facts(person.run)
    later.leaves()


def test_two_pages_see_each_other(person: Reviewer, browser: Browser, server: ReviewServer) -> None:
    other = Reviewer(browser, server, person.run)
    other.chooses(4)
    other.presses("n")
    other.types("Ben Ohm")
    other.presses("Enter")
    person.page.get_by_role("button", name="Ben Ohm").first.wait_for(timeout=10_000)
    person.reads("changed elsewhere")
    person.presses("z")
    other.leaves()


def test_a_page_without_its_video_says_which_and_goes_on(browser: Browser, run: Path) -> None:
    with served(run, str(run / "gone.mp4")) as server:
        person = Reviewer(browser, server, run)
        person.reads("gone.mp4 does not exist")
        person.reads("--video FILE")
        person.goes_to(20)
        person.chooses(4)
        person.presses("t", "2")
        assert [one["value"] for one in facts(run)] == ["B"]
        person.leaves()


def test_an_export_is_downloaded(person: Reviewer, tmp_path: Path) -> None:
    person.presses("e")
    with person.page.expect_download(timeout=20_000) as waiting:
        person.page.get_by_role("menuitem", name="mot", exact=True).click()
    waiting.value.save_as(tmp_path / "tracks.txt")
    rows = (tmp_path / "tracks.txt").read_text().splitlines()
    assert len(rows) == len(touchline.open_run(person.run).tracks)


def test_a_clip_follows_somebody(person: Reviewer, tmp_path: Path) -> None:
    person.chooses(1)
    with person.page.expect_download(timeout=30_000) as waiting:
        person.page.get_by_role("button", name="Clip that follows them").click()
    waiting.value.save_as(tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").stat().st_size > 1000


def test_only_this_machine_is_asked_and_every_control_has_a_name(
    person: Reviewer, server: ReviewServer
) -> None:
    person.chooses(1)
    person.presses("?")
    person.waits_for("dialog[open]")
    person.presses("Escape")
    assert all(url.startswith((server.site, "blob:", "data:")) for url in person.asked)
    nameless = person.page.evaluate(_NAMELESS)
    assert nameless == []


def test_the_page_loads_all_its_modules_at_once() -> None:
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:href|src)="page/(\w+\.js)"', html)
    assert sorted(loaded) == sorted(file.name for file in FOLDER.glob("*.js"))


def names(run: Path) -> dict[int, str]:
    """Who has a name."""
    people = touchline.open_run(run).identities
    found = zip(people.ids.tolist(), people.names.tolist(), strict=True)
    return {identity: name for identity, name in found if name}


def facts(run: Path) -> list[dict[str, object]]:
    """The facts that hold."""
    file = run / "edits.json"
    told = json.loads(file.read_text())["edits"] if file.is_file() else []
    return [one for one in told if not one.get("undone")]


_NAMELESS = """() => [...document.querySelectorAll("button, input, select, canvas, a")]
  .filter((one) => !(one.getAttribute("aria-label") || one.title || one.textContent.trim()
    || [...(one.labels ?? [])].some((label) => label.textContent.trim())))
  .map((one) => one.outerHTML)"""
