"""The examples run, on the clip that ships with the package."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from touchline.demo import VIDEO

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
ARGUMENTS: dict[str, list[str]] = {
    "track_video.py": [str(VIDEO), "1.5"],
    "online_tracker_own_detector.py": [str(VIDEO), "2"],
}
SAYS: dict[str, str] = {
    "track_video.py": "1.0 s: ",
    "online_tracker_own_detector.py": "track 1: 2.0 s",
}


@pytest.mark.parametrize("name", sorted(file.name for file in EXAMPLES.glob("*.py")))
def test_example_runs_and_says_what_it_found(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, *ARGUMENTS[name]])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert SAYS[name] in capsys.readouterr().out


def test_every_example_is_short_and_stands_in_the_list() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for file in EXAMPLES.glob("*.py"):
        assert f"]({file.name})" in listed
        assert len(file.read_text(encoding="utf-8").splitlines()) < 60
