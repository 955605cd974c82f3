"""Every option that a message names is one of the command that says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import touchline
from touchline.cli.main import app

SOURCE = Path(touchline.__file__).parent

# Who reaches the messages of a module or room. What is not here is reached by many commands, or
# from Python: it names no option, unless with its command, as "touchline track --overwrite".
REACHED_BY = {
    "evaluation.counted": ["evaluate"],
    "evaluation.scales": ["evaluate"],
    "evaluation.pitch_pictures": ["pitch evaluate"],
    "evaluation.true_images": ["detector evaluate"],
    "detection.data": ["detector train", "detector evaluate"],
    "formats.layouts": ["evaluate"],  # allow_missing is of results only
    "gallery.store": ["gallery list", "gallery add", "gallery match", "gallery remove"],
    "perception.classes": ["track", "observe"],
    "perception.number_reader": ["track", "observe"],
    "reid.cutting": ["reid prepare"],
    "reid.image_sources": ["reid prepare"],
    "review.server": ["review"],
    "run.clip_step": ["clip"],
    "run.box_units": ["track", "observe"],
    "run.inputs": ["track", "observe"],
    "run.observe_step": ["track", "observe"],
    "run.observed_video": ["draw", "doubts", "clip", "review"],
    "reid.prepare": ["reid prepare"],
    "reid.sources": ["reid prepare"],
    "run.online": ["track"],
    "run.report": ["track", "observe"],
    "run.silence": ["track", "observe"],
    "run.simulate": ["simulate"],
    "training.detector.config": ["detector train"],
    "training.detector.averaging": ["detector average"],
    "training.detector.data": ["detector train"],
    "training.detector.export": ["detector export"],
    "training.reid.export": ["reid export"],
    "training.processes": ["reid train", "detector train"],
    "training.folder": ["reid train", "detector train"],
    "tuning": ["tune"],
    "video.image_folder": ["track", "observe"],
    "video.reconnect": ["track", "observe"],
}
_OPTION = re.compile(
    r"(?:touchline ((?:[a-z]+ )+)(?:[A-Z{][\w{}.]* )*)?(?<![\w-])(--[a-z][\w-]*|-s)\b"
)


def commands(command: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every command that does something, with its options."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}".strip())
    else:
        yield path, {name for part in command.params for name in part.opts + part.secondary_opts}


OPTIONS = dict(commands(get_command(app)))


def texts(file: Path) -> Iterator[str]:
    """The string literals of a module with their f-strings put together, without docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )


def named() -> Iterator[tuple[str, str | None, str]]:
    """Module, command where it is named too, and option."""
    for file in sorted(SOURCE.rglob("*.py")):
        module = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
        for text in texts(file):
            for found in _OPTION.finditer(text):
                yield module, (found[1] or "").strip() or None, found[2]


NAMED = sorted(set(named()), key=str)


@pytest.mark.parametrize(("module", "command", "option"), NAMED, ids=str)
def test_an_option_in_a_message_exists_where_it_is_said(
    module: str, command: str | None, option: str
) -> None:
    if command is not None:
        assert option in OPTIONS[command], f"{module}: touchline {command} has no {option}"
        return
    if module.startswith("cli."):
        of_all = {"--help", "--version", "--quiet", "--verbose", "--install-completion"}
        everywhere = (of_all, *OPTIONS.values())
        assert any(option in options for options in everywhere), f"{module}: {option}"
        return
    reached = [places for room, places in REACHED_BY.items() if f"{module}.".startswith(f"{room}.")]
    assert reached, f"{module} names {option}: say of which command, or leave it out"
    for place in reached[0]:
        assert option in OPTIONS[place], f"{module}: touchline {place} has no {option}"


def test_the_messages_are_really_looked_through() -> None:
    assert ("run.observed_video", None, "--video") in NAMED
    assert ("reid.cutting", None, "--out") in NAMED
    assert len(NAMED) > 40
