"""One line for a command line that cannot be understood: what is wrong, and what was meant."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, cast

import typer

from touchline.errors import UsageError
from touchline.foreign_text import shown

# typer brings its own copy of click or takes the one that is installed, by version.
ParseError = cast(
    type[Exception],
    next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"),
)
"""What the parser raises for words that it does not understand."""


def explained(error: Any, program: Any, words: Sequence[str]) -> UsageError:
    """The parser's error as one line that says what was meant, or where to look.

    error: a ``ParseError``. program: the group that ``typer.main.get_command`` makes.
    words: those after the program's name.
    """
    command, path = program, ["touchline"]
    for word in words:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]
        path.append(word)
    rest = list(itertools.takewhile(lambda word: not word.startswith("-"), words[len(path) - 1 :]))
    known = [*_names(program)]
    meant = _turned([*path[1:], *rest], known)
    if rest and hasattr(command, "commands"):
        reason = f"there is no command '{' '.join(path)} {shown(rest[0])}'"
        meant = meant or _nearest(rest[0], command, path[1:], known)
    else:
        reason = " ".join(error.format_message().split()).rstrip(".")
        reason = reason[:1].lower() + reason[1:]
    if meant:
        named = " or ".join(f"'touchline {name}'" for name in meant)
        return UsageError(f"{reason}; did you mean {named}?")
    return UsageError(f"{reason}; {' '.join(path)} -h shows what there is")


def _turned(typed: Sequence[str], known: Sequence[str]) -> list[str]:
    """The command that the first two words are when turned, as ``train reid``."""
    turned = " ".join(reversed(typed[:2]))
    return [turned] if len(typed) > 1 and turned in known else []


def _nearest(word: str, group: Any, path: Sequence[str], known: Sequence[str]) -> list[str]:
    """Commands that end with ``word``, as ``train``; else the one of the group spelled alike."""
    same_verb = [name for name in known if name.split()[-1] == word]
    alike = difflib.get_close_matches(word, group.commands, n=1)
    return same_verb or [" ".join([*path, name]) for name in alike]


def _names(command: Any, path: str = "") -> Iterator[str]:
    """Every command that does something, by its words."""
    if not hasattr(command, "commands"):
        yield path
        return
    for name, below in command.commands.items():
        yield from _names(below, f"{path} {name}".strip())
