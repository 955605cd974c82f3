"""The pitch in the corner of the page, of a run whose camera is known, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clips import Clip
from pitched_runs import pitched_run
from playwright.sync_api import Browser
from review_pages import served
from reviewer_browser import Reviewer, a_browser

from touchline.run.folder import RunFolder
from touchline.run.tables import positions_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


def test_everybody_is_where_they_are_and_a_button_exchanges_the_halves(
    browser: Browser, clip: Clip, tmp_path: Path
) -> None:
    run = pitched_run(clip, tmp_path / "run")
    here = positions_of(RunFolder(run))
    places = here.places[(here.frames == 29) & here.known].tolist()
    assert len(places) == 4
    with served(run) as server:
        person = Reviewer(browser, server, run)
        person.goes_to(30)
        assert wait_for_dots(person, places)
        there = [(-x, -y) for x, y in places]
        assert not any(dots(person, there))
        person.presses("m")
        person.reads("The camera stands on the far side of the pitch.")
        assert wait_for_dots(person, there)
        assert not any(dots(person, places))
        turned = positions_of(RunFolder(run)).places[(here.frames == 29) & here.known]
        assert turned.tolist() == [list(one) for one in there]
        person.page.get_by_role("button", name="Flip").click()
        person.reads("near side")
        assert wait_for_dots(person, places)
        person.leaves()


def wait_for_dots(person: Reviewer, places: list[tuple[float, float]]) -> bool:
    """Wait until somebody is drawn at every place."""
    person.page.wait_for_function(f"places => ({_DOTS})(places).every(Boolean)", arg=places)
    return all(dots(person, places))


def dots(person: Reviewer, places: list[tuple[float, float]]) -> list[bool]:
    """Whether somebody is drawn at each place, in metres."""
    found: list[bool] = person.page.evaluate(_DOTS, places)
    return found


_DOTS = """places => {
  const map = document.getElementById("minimap");
  const scale = Math.min(map.width / 111, map.height / 74);
  const pen = map.getContext("2d");
  return places.map(([x, y]) => {
    const at = [map.width / 2 + x * scale, map.height / 2 - y * scale].map(Math.round);
    const [red, green, blue] = pen.getImageData(...at, 1, 1).data;
    return !(green > red + 20 && green > blue + 20) && red + green + blue > 0;
  });
}"""
