"""The help speaks to people: an example under every command, no types of Python."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from typer.main import get_command

from touchline.cli.main import app
from touchline.cli.plain_help import EXAMPLES, with_plain_help


def commands(command: Any, path: str = "") -> list[tuple[str, Any]]:
    below = getattr(command, "commands", {})
    if not below:
        return [(path, command)]
    return [one for name, sub in below.items() for one in commands(sub, f"{path} {name}".strip())]


COMMANDS = dict(commands(with_plain_help(get_command(app))))


def test_every_command_has_its_example() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_an_example_is_a_command_line_that_is_understood(path: str) -> None:
    words = shlex.split(EXAMPLES[path])
    assert words[0] == "touchline"
    assert words[1 : 1 + len(path.split())] == path.split()
    COMMANDS[path].make_context(path, words[1 + len(path.split()) :])


@pytest.mark.parametrize("path", COMMANDS)
def test_help_has_no_types_of_python(path: str) -> None:
    command = COMMANDS[path]
    with command.make_context(path, [], resilient_parsing=True) as context:
        parts = [part.display_type_rich(ctx=context) or "" for part in command.get_params(context)]
    assert not [part for part in parts if part.startswith("<")]
    assert f"Example: {EXAMPLES[path]}" == command.epilog
