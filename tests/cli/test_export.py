"""``touchline export``: the tracks of a run for other programs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from clips import Clip

from touchline.errors import FormatError, UsageError
from touchline.formats.cameras_csv import write_cameras
from touchline.formats.mot import read_mot
from touchline.formats.positions_csv import write_positions
from touchline.formats.table import read_csv
from touchline.formats.writers import EXPORT_FORMATS, METRE_WRITERS, WRITERS
from touchline.people_facts import Recognised
from touchline.pitch.camera import PitchCamera
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.positions import find_positions
from touchline.run.export import export_run
from touchline.run.folder import RunFolder
from touchline.run.people import keep_recognised
from touchline.run.report import current_report
from touchline.run.request import RunRequest
from touchline.run.tables import identities_of_run
from touchline.run.track import track_run


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "run"
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)
    return out


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_format_is_written_beside_the_run(finished: Path, name: str, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    written = export_run(run, name)
    assert written == run / f"{name}{WRITERS[name].ending}"
    assert written.exists()


@pytest.mark.parametrize("name", list(METRE_WRITERS))
def test_formats_in_metres_are_written_where_cameras_are_known(
    finished: Path, name: str, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    with pytest.raises(UsageError, match=r"knows no place in metres: .*; other formats do without"):
        export_run(run, name)
    table, video = read_csv(run / "tracks.csv"), current_report(RunFolder(run)).video
    frames = np.unique(table.frames)
    rows = np.tile(PitchCamera(0, -70, 30, 0, 0.4, 0, 1.0).parameters(), (len(frames), 1))
    cameras = PitchCameras.from_parameters(
        frames, rows, np.zeros(len(frames), np.uint8), (video.width, video.height)
    )
    positions = find_positions(table, cameras, PitchConfig(), PositionsConfig())
    write_cameras(cameras, run / "cameras.csv")
    write_positions(positions, run / "positions.csv")
    written = export_run(run, name)
    assert written == run / f"{name}{METRE_WRITERS[name].ending}"
    write_positions(positions[1:], run / "positions.csv")
    with pytest.raises(FormatError, match=r"rows are not those of tracks\.csv; touchline link"):
        export_run(run, name)


def test_the_tracks_of_an_export_are_those_of_the_run(finished: Path, tmp_path: Path) -> None:
    table = read_csv(finished / "tracks.csv")
    folder = export_run(finished, "soccernet", tmp_path / "S")
    exported = read_mot(folder / "gt" / "gt.txt")
    np.testing.assert_array_equal(exported.ids, table.ids)
    np.testing.assert_allclose(exported.boxes, table.boxes, atol=0.011)
    root = ElementTree.parse(export_run(finished, "cvat", tmp_path / "c.xml")).getroot()
    shown = [box for box in root.iter("box") if box.get("outside") == "0"]
    assert len(shown) == len(table)
    assert len(root.findall("track")) == len(np.unique(table.ids))


def test_names_that_a_gallery_knows_are_exported(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    first = int(identities_of_run(run).ids[0])
    keep_recognised(
        run, [Recognised(first, "known", 1, "Ann", "A", None, "player", 0.9, None, "", 2.0)]
    )
    code = export_run(run, "sportscode").read_text(encoding="utf-8")
    assert f"<code>Ann [{first}]</code>" in code


def test_an_unknown_format_is_answered_with_those_there_are(finished: Path) -> None:
    with pytest.raises(UsageError, match="'kml' is unknown; formats are mot, csv, soccernet"):
        export_run(finished, "kml")


def test_the_command_says_what_it_wrote(finished: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "touchline", "export", str(finished), "--format", "cvat"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "c.xml")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(tmp_path / "c.xml")


def test_the_help_names_every_format() -> None:
    command = [sys.executable, "-m", "touchline", "export", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(name in text for name in EXPORT_FORMATS)


def test_a_run_without_tracks_or_with_a_spoilt_table_is_one_line(
    finished: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    with (run / "players.csv").open("a", encoding="utf-8") as text:
        text.write("999999,,Z,player,,0,1,1,0,,,0.5,0,,,,,\n")
    with pytest.raises(FormatError, match=r"players\.csv, line \d+: no row of this run"):
        export_run(run, "cvat")
    (run / "tracks.csv").unlink()
    with pytest.raises(UsageError, match="has no tracks yet: touchline link"):
        export_run(run, "cvat")
