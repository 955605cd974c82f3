"""``touchline simulate`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from touchline.cli import run_commands, simulate_command
from touchline.errors import SettingsError, UsageError

app = typer.Typer()
simulate_command.register(app)
run_commands.register(app)


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_simulate_writes_a_run_that_link_tracks(tmp_path: Path) -> None:
    out = tmp_path / "run"
    said = run("simulate", out, "--seconds", 1, "--people", 5, "--fps", 50, "--seed", 3)
    assert said.startswith("50 frames")
    assert str(out / "gt" / "gt.txt") in said
    report = json.loads(run("link", out, "--json", "-"))
    assert report["counts"]["frames"] == 50
    assert (out / "roles.csv").read_text().count("\n") == 14


def test_options_and_settings_reach_the_scene(tmp_path: Path) -> None:
    report = json.loads(
        run(
            *("simulate", tmp_path, "--seconds", 0.2, "--network", "large", "--json", "-"),
            *("-s", "camera.zoom=0", "-s", "detector.miss_free=0.5"),
        )
    )
    made_of = report["models"]["simulation"]
    assert made_of["camera"]["zoom"] == 0
    assert (made_of["detector"]["preset"], made_of["detector"]["miss_free"]) == ("large", 0.5)
    assert made_of["detector"]["score_hidden"] == 0.1


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"detector\.preset = 'huge' is refused"):
        run("simulate", tmp_path / "a", "--network", "huge")
    with pytest.raises(SettingsError, match="did you mean 'seconds'"):
        run("simulate", tmp_path / "a", "-s", "second=3")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is not empty"):
        run("simulate", tmp_path)
