"""Refuse single-value options given twice: the last would win silently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchline.errors import UsageError


def refuse_repeats(command: Any, words: Sequence[str]) -> None:
    """Raises UsageError where ``words`` give an option of a single value more than once.

    command: the group that ``typer.main.get_command`` makes; words: those after the program's name.
    """
    options = _options(command)
    given: set[str] = set()
    remaining = iter(words)
    for word in remaining:
        if word == "--":
            return
        if not word.startswith("-"):
            command = getattr(command, "commands", {}).get(word, command)
            options = _options(command)
            continue
        name, separate, _ = word.partition("=")
        attached = bool(separate)
        if name not in options and not word.startswith("--"):
            name, attached = word[:2], True  # as -oruns/one
        option = options.get(name)
        if option is None or option.is_flag:
            continue
        if not attached:
            next(remaining, None)  # its value, which may look like an option
        if option.multiple:
            continue
        if option.name in given:
            raise UsageError(f"{name} is given more than once: give one {name} at a time")
        given.add(option.name)


def _options(command: Any) -> dict[str, Any]:
    """The command's options, by each of their names."""
    options = [one for one in command.params if one.param_type_name == "option"]
    return {name: option for option in options for name in option.opts}
