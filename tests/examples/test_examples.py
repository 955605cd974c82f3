"""The examples run, on the clip that ships with the package."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from touchline.demo import VIDEO
from touchline.run.request import RunRequest
from touchline.run.track import track_run

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
ARGUMENTS: dict[str, list[str]] = {
    "online_tracker_own_detector.py": [str(VIDEO), "1"],
    "people_table_pandas.py": ["RUN"],
    "score_tracks.py": [str(VIDEO), str(EXAMPLES / "demo.gt.txt"), "0.5"],
    "track_video.py": [str(VIDEO), "0.3"],
}
SAYS: dict[str, str] = {
    "online_tracker_own_detector.py": r"track 1: 1\.0 s",
    "people_table_pandas.py": r"\d+ +\w+ +[AB] ",
    "score_tracks.py": r"HOTA 0\.[5-9]\d+, IDF1 0\.[6-9]",
    "track_video.py": r"player \d+: seen for 0\.\d s",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the clip, by its truth instead of a detector: that is quick."""
    folder = tmp_path_factory.mktemp("example") / "run"
    settings = {
        "models": {"detections": str(EXAMPLES / "demo.gt.txt"), "reid": "none"},
        "camera": {"enabled": False},
    }
    request = RunRequest(str(VIDEO), folder, settings, end=1.0, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)
    return folder


@pytest.mark.parametrize("name", sorted(file.name for file in EXAMPLES.glob("*.py")))
def test_example_runs_and_says_what_it_found(
    name: str, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "pandas" in name:
        pytest.importorskip("pandas")
    given = [str(run) if argument == "RUN" else argument for argument in ARGUMENTS[name]]
    monkeypatch.setattr(sys, "argv", [name, *given])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert re.search(SAYS[name], capsys.readouterr().out)


def test_every_example_is_short_and_stands_in_the_list() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for file in EXAMPLES.glob("*.py"):
        assert f"]({file.name})" in listed
        assert len(file.read_text(encoding="utf-8").splitlines()) < 60
