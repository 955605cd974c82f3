"""All tables of a run are one workbook, which a spreadsheet opens."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pytest
from clips import Clip

from touchline.ball_track import BallTrack
from touchline.errors import StoreError, UsageError
from touchline.formats.ball_csv import write_ball
from touchline.formats.table import read_csv
from touchline.formats.workbook import Sheet, write_workbook
from touchline.run.editing import state_labels
from touchline.run.export import export_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run

needs_writer = pytest.mark.skipif(
    util.find_spec("xlsxwriter") is None, reason="XlsxWriter is not installed here"
)
_SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets(file: Path) -> dict[str, list[list[str | float]]]:
    """Rows of every sheet by its name, read from the XML: texts and numbers."""
    found = {}
    with ZipFile(file) as packed:
        book = ElementTree.fromstring(packed.read("xl/workbook.xml"))
        names = [str(one.get("name")) for one in book.findall("m:sheets/m:sheet", _SPACE)]
        for number, name in enumerate(names, 1):
            page = ElementTree.fromstring(packed.read(f"xl/worksheets/sheet{number}.xml"))
            found[name] = [
                [_value(cell) for cell in row.findall("m:c", _SPACE)]
                for row in page.findall("m:sheetData/m:row", _SPACE)
            ]
    return found


def _value(cell: ElementTree.Element) -> str | float:
    assert cell.find("m:f", _SPACE) is None, "a formula"
    if cell.get("t") == "inlineStr":
        return str(cell.findtext("m:is/m:t", "", _SPACE))
    return float(cell.findtext("m:v", "nan", _SPACE))


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("workbook") / "run"
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)
    return out


@needs_writer
def test_every_table_of_a_run_is_a_sheet(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    state_labels(run, "name", lambda _people: [(2, '=HYPERLINK("x")')])
    read = sheets(export_run(run, "xlsx", tmp_path / "all.xlsx"))
    assert list(read) == ["players", "stretches", "joins", "ball", "tracks"]
    table = read_csv(run / "tracks.csv")
    assert len(read["tracks"]) == len(table) + 1
    assert read["tracks"][0][:4] == ["frame", "time", "identity", "x1"]
    assert read["tracks"][1][3] == table.boxes[0, 0]
    assert read["players"][2][:2] == [2.0, '=HYPERLINK("x")']  # a text, no formula
    assert [row[0] for row in read["stretches"][1:]] == [1.0, 2.0, 3.0, 4.0]
    assert read["ball"] == [["frame", "x", "y", "w", "h", "confidence", "source"]]


@needs_writer
def test_tracks_that_no_sheet_holds_are_left_out_and_said(
    finished: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch("touchline.run.workbook.MAX_ROWS", 100):
        read = sheets(export_run(finished, "xlsx", tmp_path / "all.xlsx"))
    assert "tracks" not in read
    assert re.search(
        r"left out of all\.xlsx: 240 boxes, and a sheet holds 100; .*tracks\.csv has", caplog.text
    )


@needs_writer
def test_a_workbook_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_text("earlier")

    def rows() -> Iterator[list[int]]:
        yield [1]
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match=r"a\.xlsx cannot be written: No space left on device"):
        write_workbook([Sheet("s", ["a"], rows(), {})], file)
    assert file.read_text() == "earlier"
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]


def test_without_the_extra_it_is_said_which_brings_it(finished: Path, tmp_path: Path) -> None:
    with (
        mock.patch("touchline.formats.workbook.find_spec", return_value=None),
        pytest.raises(UsageError, match=r"pip install 'touchline\[xlsx\]' brings it"),
    ):
        export_run(finished, "xlsx", tmp_path / "all.xlsx")


@needs_writer
def test_a_ball_has_its_rows(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    ball = BallTrack(
        np.array([3]), np.array([[1.0, 2.0, 4.0, 6.5]]), np.array([0.75]), np.array([True])
    )
    write_ball(ball, run / "ball.csv")
    read = sheets(export_run(run, "xlsx"))
    assert read["ball"][1] == [4.0, 1.0, 2.0, 3.0, 4.5, 0.75, "bridged"]
