"""An option of one value that is given twice is refused: the last would win without a word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from touchline.cli.main import app, main
from touchline.cli.repeats import refuse_repeats
from touchline.errors import UsageError


def commands(command: Any, words: list[str]) -> Iterator[tuple[list[str], Any]]:
    inside = getattr(command, "commands", {})
    for name, one in inside.items():
        yield from commands(one, [*words, name])
    if not inside:
        yield words, command


SINGLE = [
    [*words, name]
    for words, command in commands(get_command(app), [])
    for option in command.params
    if option.param_type_name == "option" and not option.is_flag and not option.multiple
    for name in option.opts
]


@pytest.mark.parametrize("words", SINGLE, ids=" ".join)
def test_every_option_of_one_value_is_taken_once(words: list[str]) -> None:
    *command, name = words
    refuse_repeats(get_command(app), [*command, name, "one", "clip.mp4"])
    with pytest.raises(UsageError, match=f"{name} is given more than once: give one"):
        refuse_repeats(get_command(app), [*command, name, "one", "clip.mp4", name, "two"])


def test_two_truths_are_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "--result", "a", "--truth", "gt", "--truth=other"]
    monkeypatch.setattr(sys, "argv", ["touchline", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    message = "touchline: --truth is given more than once: give one --truth at a time\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    "words",
    [
        ["track", "a.mp4", "-s", "tracker.min_score=0.1", "-s", "tracker.roles=[ball]"],
        ["track", "a.mp4", "-o", "-o"],  # the second is the first one's value
        ["track", "a.mp4", "--overwrite", "--overwrite"],
        ["track", "a.mp4", "-o", "one", "--", "-o", "two"],
        ["evaluate", "--unknown", "--unknown"],
        [],
    ],
)
def test_what_may_be_repeated_is(words: list[str]) -> None:
    refuse_repeats(get_command(app), words)


def test_short_and_long_names_are_one_option() -> None:
    for again in (["--out", "two"], ["--out=two"], ["-otwo"]):
        with pytest.raises(UsageError, match="more than once"):
            refuse_repeats(get_command(app), ["track", "a.mp4", "-o", "one", *again])
