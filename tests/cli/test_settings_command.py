"""``touchline settings``: what each command takes with --config and --set, as a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.cli.settings_command import setting_trees
from touchline.config import load_config, setting_names
from touchline.errors import SettingsError, UsageError

TREES = setting_trees()


def printed(name: str) -> str:
    result = CliRunner().invoke(app, ["settings", *name.split()])
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0
    return result.stdout


def commands_with(option: str, command: Any = None, path: str = "") -> set[str]:
    """Names of the commands that have the option."""
    command = command or get_command(app)
    below = getattr(command, "commands", {})
    names = {path} if any(option in part.opts for part in command.params) else set()
    return names.union(
        *(commands_with(option, one, f"{path} {name}".strip()) for name, one in below.items())
    )


def run(*words: object) -> None:
    get_command(app).main([*map(str, words)], prog_name="touchline", standalone_mode=False)


@pytest.mark.parametrize("name", TREES)
def test_what_is_printed_is_a_file_of_the_defaults(name: str, tmp_path: Path) -> None:
    kind = TREES[name].kind
    file = tmp_path / "settings.yaml"
    file.write_text(printed(name))
    assert load_config(kind, file) == kind()
    explicit = re.sub(r"(?m)^( *)#(\w+:)", r"\1\2", printed(name))
    assert explicit.count("\n") == printed(name).count("\n")
    file.write_text(explicit)
    assert load_config(kind, file) == kind()


def test_every_command_with_settings_takes_a_file_too_and_has_its_tree() -> None:
    named = {command for tree in TREES.values() for command in tree.commands}
    assert commands_with("--set") == commands_with("--config") == named


@pytest.mark.parametrize(
    "words",
    ["gallery add RUN --gallery G", "gallery match RUN --gallery G", "simulate RUN",
     "reid prepare --out RUN", "track CLIP --detections CLIP --out RUN"],
)  # fmt: skip
def test_the_tree_is_the_one_that_the_command_checks(words: str, tmp_path: Path) -> None:
    """A name that is like none of the tree is answered with those that there are."""
    (tmp_path / "CLIP").touch()
    (tmp_path / "file.yaml").write_text("xqzw: 1\n")
    places = {name: tmp_path / name for name in ("RUN", "G", "CLIP")}
    (kind,) = [
        tree.kind
        for tree in TREES.values()
        if any(words.startswith(command) for command in tree.commands)
    ]
    known = ", ".join(setting_names(kind))
    for given in (["-s", "xqzw=1"], ["--config", tmp_path / "file.yaml"]):
        with pytest.raises(SettingsError) as refused:
            run(*(places.get(word, word) for word in words.split()), *given)
        assert known[:200] in str(refused.value)


def test_the_name_is_that_of_a_tree_or_of_a_command_and_a_run_without_one() -> None:
    assert printed("") == printed("run") == printed("link")
    assert printed("gallery match") == printed("gallery")
    with pytest.raises(UsageError, match="no settings are called 'evaluate': there are run, gall"):
        printed("evaluate")
