"""A command line that cannot be understood is answered in one line that says what was meant."""

from __future__ import annotations

import sys

import pytest

from touchline.cli.main import main


def exit_code(words: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sys, "argv", ["touchline", *words.split()])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


@pytest.mark.parametrize(
    ("words", "line"),  # whose first words may be the parser's own
    [
        ("trak a.mp4", "there is no command 'touchline trak'; did you mean 'touchline track'?"),
        (
            "train detector --data images",
            "there is no command 'touchline train'; did you mean 'touchline detector train'?",
        ),
        (
            "train --data images",
            "there is no command 'touchline train'; did you mean 'touchline reid train' or "
            "'touchline detector train'?",
        ),
        (
            "reid trian",
            "there is no command 'touchline reid trian'; did you mean 'touchline reid train'?",
        ),
        (
            "evaluate reid --data x",
            "no such option: --data; did you mean 'touchline reid evaluate'?",
        ),
        (
            "evaluate tracks --truth a --result b",
            "(tracks); touchline evaluate -h shows what there is",
        ),
        ("xqzw", "there is no command 'touchline xqzw'; touchline -h shows what there is"),
        ("track", "missing argument 'VIDEO'; touchline track -h shows what there is"),
        (
            "evaluate --result b",
            "missing option '--truth'; touchline evaluate -h shows what there is",
        ),
    ],
)
def test_the_command_that_was_meant_is_named(
    words: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(words, monkeypatch) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("touchline: ")
    assert printed.err.endswith(f"{line}\n")
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize("words", ["", "reid"])
def test_a_group_alone_prints_its_help(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(words, monkeypatch) in (0, 2)  # by the version of the parser
    printed = capsys.readouterr()
    assert "Usage: touchline" in printed.out
    assert printed.err == ""
