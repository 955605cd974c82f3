"""The moments of a run that are worth a look are listed, and shown with both sides."""

from __future__ import annotations

import io
import json
import re
import shutil
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from clips import make_clip

from touchline.cli.main import main
from touchline.errors import FormatError, UsageError
from touchline.formats.joins_json import read_joins
from touchline.formats.people_html import crops_in
from touchline.run import observed_video
from touchline.run.doubts_page import found_doubts, write_doubts
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.video.reader import VideoReader


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which one of four people is not detected from 0.8 s to 1.6 s."""
    folder = tmp_path_factory.mktemp("doubts")
    clip = make_clip(folder, 60)
    rows = clip.detections.read_text().splitlines()
    seen = [row for n, row in enumerate(rows) if n % 4 or not 20 <= n // 4 < 40]
    clip.detections.write_text("\n".join(seen) + "\n")
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), folder / "run", settings, draw_video=False)
    track_run(request, quiet, never)
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def with_refusals(run: Path, *told: tuple[int, int, float, str]) -> None:
    """Put refusals into a run's links.json: two identities, log odds and the reason."""
    links = json.loads((run / "links.json").read_text())
    links["refusals"] = [
        {"identities": [a, b], "log_odds": odds, "evidence": {"pairwise": odds}, "reason": reason}
        for a, b, odds, reason in told
    ]
    (run / "links.json").write_text(json.dumps(links))


def test_a_join_is_found_with_when_and_why(run: Path) -> None:
    doubts, people = found_doubts(run, most=5)
    (join,) = doubts.joins
    assert (join.before.last, join.behind.first) == (19, 40)
    assert join.confidence < 0.9
    assert join.displacement == pytest.approx(42 / 40, abs=0.2)  # 2 pixels a frame
    assert join.log_odds == pytest.approx(sum(join.evidence.values()), abs=0.01)
    assert join.identity in people.ids


def test_people_who_may_be_one_come_in_order_and_those_who_are_two_do_not(run: Path) -> None:
    with_refusals(
        run,
        (1, 2, 0.4, "not likely enough"),
        (1, 3, 9.0, "seen at once"),
        (2, 3, 1.4, "not sure enough"),
        (3, 4, -2.5, "not likely enough"),
    )
    misses = found_doubts(run, most=5)[0].misses
    assert [miss.identities for miss in misses] == [(2, 3), (1, 2)]
    assert found_doubts(run, most=1)[0].of_misses == 2


def test_the_page_shows_both_sides_and_needs_nothing_else(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_refusals(run, (1, 2, 1.4, "not sure enough"))
    doubts, _ = found_doubts(run, most=5)
    file = write_doubts(run, doubts, quiet, never)
    page = file.read_text(encoding="utf-8")
    sides = page.split('<div class="side">')[1:]
    assert len(sides) == 4
    times = [[int(one) for one in re.findall(r'data-crop="(\d+) ', side)] for side in sides]
    assert [len(side) for side in times] == [4, 4, 4, 4]
    assert max(times[0]) <= 20 < 41 <= min(times[1])
    assert not re.search(r"https?:|<script|<link", page)
    assert len(crops_in(file)) >= 12

    def forbidden(_reader: VideoReader) -> None:
        raise AssertionError("the video was read")

    monkeypatch.setattr(VideoReader, "__next__", forbidden)
    write_doubts(run, doubts, quiet, never)  # all its crops are there
    assert file.read_text(encoding="utf-8") == page


def test_without_its_video_a_page_says_what_it_lacks(
    run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    doubts, _ = found_doubts(run, most=5)
    file = write_doubts(run, doubts, quiet, never, source=str(run / "gone.mp4"))
    assert 'class="none"' in file.read_text(encoding="utf-8")
    assert "doubts.html lacks crops: " in caplog.text


def test_linking_takes_the_page_away_where_it_joins_otherwise(run: Path) -> None:
    (run / "doubts.html").write_text("of these joins")
    settings = stored_settings(run)
    (run / "tracks.csv").unlink()
    link_run(run, settings, quiet)
    assert (run / "doubts.html").exists()
    link_run(run, {**settings, "link": {"method": "online"}}, quiet)
    assert not (run / "doubts.html").exists()
    with pytest.raises(UsageError, match=r"has no links\.json, .* link\.method=global writes it"):
        found_doubts(run, most=5)


def test_a_links_json_of_something_else_is_refused_by_name(run: Path) -> None:
    links = json.loads((run / "links.json").read_text())
    del links["joins"][0]["confidence"]
    (run / "links.json").write_text(json.dumps(links))
    with pytest.raises(FormatError, match=r"links\.json: its joins are not .* writes it anew"):
        read_joins(run / "links.json")


def test_the_command_lists_and_answers_in_json(run: Path) -> None:
    def said(*arguments: str) -> str:
        out = io.StringIO()
        words = ["touchline", "doubts", str(run), *arguments]
        with (
            mock.patch("sys.argv", words),
            redirect_stdout(out),
            pytest.raises(SystemExit) as end,
        ):
            main()
        assert not end.value.code
        return out.getvalue()

    text = said("--html", "-o", str(run / "check.html"))
    assert "1 joins, 0 of them with a question mark" in text
    assert re.search(r"0:01\.6 +\d\d% sure +identity \d.*, away for 0\.8 s", text)
    assert "place and time fit well (2 m in 0.8 s, at 2 m/s) +" in text
    assert (run / "check.html").exists()
    (join,) = json.loads(said("--json", "-"))["joins"]
    assert join["frame"] == 41
    assert np.isclose(join["time"] - join["left"], 0.84)


def test_a_long_way_between_two_frames_is_not_decoded(run: Path) -> None:
    doubts, _ = found_doubts(run, most=5)
    opened: list[int] = []
    original = observed_video.open_observed

    def counted(*arguments: Any) -> VideoReader:
        opened.append(arguments[-1])
        return original(*arguments)

    with (
        mock.patch("touchline.run.doubts_page._JUMP_FRAMES", 12),
        mock.patch("touchline.run.doubts_page.open_observed", counted),
    ):
        file = write_doubts(run, replace(doubts, misses=[]), quiet, never)
    assert len(opened) == 2
    assert 'class="none"' not in file.read_text(encoding="utf-8")
