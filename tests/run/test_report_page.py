"""report.html: in metres where the camera is known, and without them where it is not."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

import touchline
from touchline.errors import FormatError, UsageError
from touchline.formats.cameras_csv import write_cameras
from touchline.formats.pitch_svg import convex_hull, heat_cells
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig
from touchline.pitch.positions import Positions
from touchline.pitch.team_shape import find_team_shape
from touchline.pitch.template import pitch_template
from touchline.run.config import RunConfig
from touchline.run.draw_step import draw_run
from touchline.run.drawn_minimap import minimap_of
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.metres import write_metres
from touchline.run.report_page import write_report_of
from touchline.run.request import RunRequest
from touchline.run.tables import identities_of
from touchline.run.track import track_run
from touchline.types import Ints
from touchline.video.config import DrawConfig


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "run"
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    track_run(
        RunRequest(str(clip.video), out, settings, draw_video=False),
        lambda _s, _d, _t: None,
        lambda: False,
    )
    return out


@pytest.fixture
def calibrated(finished: Path, tmp_path: Path) -> Path:
    """The same run, seen by a camera that knows where it looks."""
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    folder = RunFolder(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        video = RunFacts.of(store).video
    table = read_csv(folder.tracks_csv)
    frames = np.unique(table.frames)
    rows = np.tile(PitchCamera(0, -70, 30, 0, 0.4, 0, 1.0).parameters(), (len(frames), 1))
    cameras = PitchCameras.from_parameters(
        frames, rows, np.zeros(len(frames), np.uint8), (video.width, video.height)
    )
    write_cameras(cameras, folder.cameras)
    people = identities_of(folder, table, video.fps)
    write_metres(folder, table, people, cameras, RunConfig(), video.fps)
    return run


class _Balance(HTMLParser):
    """Counts elements that are open; those of SVG that close themselves are none."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, _: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_calibrated_run_is_shown_in_metres(calibrated: Path) -> None:
    page = write_report_of(calibrated).read_text()
    for title in ("How far and how fast", "Where everybody was", "Who was seen when"):
        assert f"<h2>{title}</h2>" in page
    assert "The camera is known in 100% of the frames" in page
    assert page.count("<svg viewBox") > 3
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=.?(?!data:)", page)  # it asks nobody for anything
    balance = _Balance()
    balance.feed(page)
    assert balance.open == []


def test_without_a_camera_metres_are_left_out_and_it_says_why(
    finished: Path, tmp_path: Path
) -> None:
    page = write_report_of(finished, tmp_path / "report.html").read_text()
    assert "Nothing is said in metres: " in page
    assert "<h2>Who was seen when</h2>" in page
    assert "How far and how fast" not in page


def test_the_page_is_written_elsewhere_and_a_damaged_table_is_named(
    calibrated: Path, tmp_path: Path
) -> None:
    assert write_report_of(calibrated, tmp_path / "r.html") == tmp_path / "r.html"
    assert not (calibrated / "report.html").exists()
    (calibrated / "positions.csv").write_text("frame\n")
    with pytest.raises(FormatError, match=r"positions\.csv, line 1"):
        write_report_of(calibrated)
    (calibrated / "tracks.csv").unlink()
    with pytest.raises(UsageError, match="has no tracks yet"):
        write_report_of(calibrated)


def test_a_minimap_is_drawn_where_places_are_known_and_its_absence_is_said(
    calibrated: Path, finished: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = touchline.open_run(calibrated)
    frame = int(run.positions.frames[run.positions.known][0]) + 1
    picture = run.minimap(frame, width=300)
    assert picture.shape[1] == 300
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 5
    before = middle_of_first_image(calibrated, minimap=False)
    assert np.abs(middle_of_first_image(calibrated, minimap=True) - before).max() > 50
    config = RunConfig(draw=DrawConfig(minimap=True))
    assert minimap_of(RunFolder(finished), config, 640, None) is None
    assert [one for one in caplog.messages if one.startswith("there is no minimap: ")]


def middle_of_first_image(run: Path, *, minimap: bool) -> Ints:
    settings = {**stored_settings(run), "draw": {"minimap": minimap, "legend_seconds": 0}}
    draw_run(run, settings, lambda _s, _d, _t: None, lambda: False)
    with touchline.open_video(run / "annotated.mp4") as video:
        return next(iter(video)).image.astype(np.int64)


def test_the_shape_of_a_team_is_that_of_its_people() -> None:
    x, y = np.meshgrid([-20.0, 0, 20], [-10.0, 10])
    places = np.tile(np.column_stack([x.ravel(), y.ravel()]), (25, 1))
    frames = np.repeat(np.arange(25), 6)
    none = np.full(150, np.nan)
    positions = Positions(
        frames, frames / 25, np.tile(np.arange(6), 25), places, none, none, np.zeros(150, np.uint8)
    )
    shape = find_team_shape(positions, np.ones(150, np.bool_))
    assert shape is not None
    assert (shape.length, shape.width, shape.people) == (40.0, 20.0, 6.0)
    assert shape.seconds == pytest.approx(1.0)
    assert find_team_shape(positions, positions.ids < 5) is None  # too few
    hull = convex_hull(np.vstack([places[:6], [[0, 0]]]))
    assert sorted(hull) == [(-20, -10), (-20, 10), (20, -10), (20, 10)]


def test_a_heat_map_is_warmest_where_somebody_was_longest() -> None:
    template = pitch_template(PitchConfig())
    places = np.vstack([np.tile([30.0, 10], (9, 1)), [[-30.0, 0]]])
    cells = heat_cells(places, template, "red")
    warm = {}
    for cell in cells:
        x, y, opacity = re.findall(r'(?: x| y|fill-opacity)="(-?[\d.]+)"', cell)
        warm[float(x), float(y)] = float(opacity)
    hottest = max(warm, key=lambda place: warm[place])
    assert hottest == pytest.approx((30, -10), abs=2)  # far people are above
    assert heat_cells(places[:0], template, "red") == []
