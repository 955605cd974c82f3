"""The command line as a page of Markdown: ``docs/cli.md`` is written from here, by scripts/docs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from touchline.cli.main import app
from touchline.cli.plain_help import EXAMPLES

_HEAD = """# The command line

Written by `scripts/docs` from the program itself; a test compares the two. `touchline COMMAND -h`
prints the same. Exit codes: 0 done, 1 something failed (a file, a network, a disk), 2 wrong use,
130 stopped by Ctrl-C; an error is one line on standard error.

`--json FILE` writes the result of a command for programs, beside what it prints for people; a file
that is there is replaced. `--json -` prints JSON and nothing else: warnings go to standard error.
`--quiet` says warnings and errors alone, `--verbose` more; both act anywhere on the line. Without a
terminal progress is a line a minute on standard error. `touchline --install-completion` teaches the
shell the commands. `touchline settings` prints what `--config` takes ([Settings](settings.md)).
"""


def command_page() -> str:
    """``docs/cli.md``: every command with its arguments, options and defaults."""
    return "\n".join([_HEAD, *_sections(get_command(app), "touchline")]).rstrip() + "\n"


def _sections(command: object, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for part in command.commands.values():
            yield from _sections(part, f"{name} {part.name}")
    elif isinstance(command, TyperCommand):
        yield from _section(command, name)


def _section(command: TyperCommand, name: str) -> Iterator[str]:
    arguments = [part for part in command.params if isinstance(part, TyperArgument)]
    options = [part for part in command.params if isinstance(part, TyperOption)]
    yield f"## `{name}`\n"
    yield f"```\n{' '.join([name, *map(_metavar, arguments), '[OPTIONS]'])}\n```\n"
    yield _plain(command.help or "") + "\n"
    yield f"```\n{EXAMPLES[name.removeprefix('touchline ')]}\n```\n"
    if not command.params:
        return
    yield "| argument or option | what |\n|---|---|"
    for argument in arguments:
        yield f"| `{_metavar(argument)}` | {_about(argument)} |"
    for option in options:
        names = ", ".join([*sorted(option.opts, key=len), *option.secondary_opts])
        value = "" if option.is_flag else f" {_metavar(option)}"
        yield f"| `{names}{value}` | {_about(option)} |"
    yield ""


def _metavar(part: TyperArgument | TyperOption) -> str:
    name = part.metavar or (part.name or "").upper()
    if part.nargs == -1:
        name += "..."
    optional = isinstance(part, TyperArgument) and not part.required
    return f"[{name}]" if optional else name


def _about(part: TyperArgument | TyperOption) -> str:
    text = part.help or ""
    default = part.default
    if isinstance(part, TyperOption) and part.required:
        text += " Required."
    if not getattr(part, "is_flag", False) and default not in (None, (), []):
        text += f" Default: {default}."
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """The text on one line, without the paragraph mark."""
    return re.sub(r"\s+", " ", text.replace("\b", "")).strip()
