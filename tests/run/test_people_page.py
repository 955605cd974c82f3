"""A run shows its people on one page that needs nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

from touchline.formats.people_html import crops_in
from touchline.run.draw_step import draw_run
from touchline.run.editing import state_labels
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import Frame
from touchline.video.portraits import portrait
from touchline.video.reader import VideoReader


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture
def run(clip: Clip, tmp_path: Path) -> Path:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    track_run(RunRequest(str(clip.video), tmp_path / "run", settings), quiet, never)
    return tmp_path / "run"


def test_everybody_is_on_the_page_with_eight_crops_over_time(run: Path) -> None:
    page = (run / "people.html").read_text(encoding="utf-8")
    assert re.findall(r'id="identity-(\d+)"', page) == ["1", "2", "3", "4"]
    for section in page.split("<section")[1:]:
        frames = [int(one) for one in re.findall(r'data-crop="(\d+) ', section)]
        assert len(frames) == 8
        assert frames == sorted(frames)
        assert frames[-1] - frames[0] > 30  # of 60
    assert not re.search(r"https?:|<script|<link", page)


def test_a_name_comes_on_the_page_without_the_video(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = crops_in(run / "people.html")
    assert len(before) == 32

    def forbidden(_reader: VideoReader) -> Frame:
        raise AssertionError("the video was read")

    monkeypatch.setattr(VideoReader, "__next__", forbidden)
    state_labels(run, "name", lambda _people: [(2, "A <Lund>")])
    assert "2: A &lt;Lund&gt;" in (run / "people.html").read_text(encoding="utf-8")
    assert crops_in(run / "people.html") == before
    link_run(run, stored_settings(run), quiet)
    assert crops_in(run / "people.html") == before


def test_linking_and_drawing_make_a_page_again_and_a_setting_removes_it(run: Path) -> None:
    before = crops_in(run / "people.html")
    (run / "people.html").write_text("broken")
    link_run(run, stored_settings(run), quiet)
    assert crops_in(run / "people.html") == before
    (run / "people.html").unlink()
    draw_run(run, stored_settings(run), quiet, never)  # the video stays, the page is made
    assert crops_in(run / "people.html") == before
    report = link_run(run, {**stored_settings(run), "page": {"people": False}}, quiet)
    assert "people" not in report.files
    assert not (run / "people.html").exists()


@pytest.mark.parametrize("box", [(5, 5, 25, 60), (-30, -30, -10, -5), (90, 80, 400, 500)])
def test_a_crop_is_a_jpeg_wherever_the_box_lies(box: tuple[float, ...]) -> None:
    image = np.full((100, 120, 3), 90, np.uint8)
    assert portrait(image, np.array(box, np.float64))[:3] == b"\xff\xd8\xff"
