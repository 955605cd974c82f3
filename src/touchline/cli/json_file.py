"""``--json`` and ``--jsonl``: results for programs, in a file or on standard output."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from touchline.cli.arguments import named_path
from touchline.cli.verbosity import VERBOSITY
from touchline.errors import UsageError

STANDARD_OUTPUT = Path("-")


def json_target(text: str) -> Path:
    """The file to write, or ``STANDARD_OUTPUT``; checked before any work is done.

    A file that is there is replaced. Raises UsageError for another option in the place of the
    file, for a folder, and for a file in one that is missing or not writable.
    """
    return _target(text, "--json")


def lines_target(text: str) -> Path:
    """As ``json_target``, for ``--jsonl``."""
    return _target(text, "--jsonl")


def _target(text: str, option: str) -> Path:
    file = named_path(text)
    if file == STANDARD_OUTPUT:
        return file
    if text.startswith("-"):
        raise UsageError(f"{option} {text}: give a file after {option}, or - for standard output")
    if os.path.isdir(file):
        raise UsageError(f"{option} {file} is a folder; name a file in it")
    if not os.path.isdir(file.parent) or not os.access(file.parent, os.W_OK):
        raise UsageError(f"{option} {file}: the folder {file.parent} is missing or not writable")
    return file


def answer(json_file: Path | None, result: object, say: Callable[[], None]) -> None:
    """Ends a command: ``say`` prints its result for a person, ``result`` is the same as JSON.

    json_file: where the JSON goes. On standard output it stands alone, and ``say`` is not called.
    Raises StoreError for a file that cannot be written, after ``say``.
    """
    if json_file == STANDARD_OUTPUT:
        print(_text(result), end="")
        return
    if not VERBOSITY.quiet:
        say()
    if json_file is not None:
        from touchline.formats.atomic_text import atomic_text

        with atomic_text(json_file) as out:
            out.write(_text(result))
        if not VERBOSITY.quiet:
            print(f"{'json:':8} {json_file}")


def _text(result: object) -> str:
    return json.dumps(result, indent=2, allow_nan=False) + "\n"
