"""The ``--json`` option of commands that report numbers: a file, or standard output only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from touchline.cli.arguments import named_path
from touchline.errors import UsageError

STANDARD_OUTPUT = Path("-")


def json_target(text: str) -> Path:
    """The file to write, or ``STANDARD_OUTPUT``; checked before any work is done.

    Raises UsageError for a folder, and for a file in one that is missing or not writable.
    """
    file = named_path(text)
    if file == STANDARD_OUTPUT:
        return file
    if os.path.isdir(file):
        raise UsageError(f"--json {file} is a folder; name a file in it")
    if not os.path.isdir(file.parent) or not os.access(file.parent, os.W_OK):
        raise UsageError(f"--json {file}: the folder {file.parent} is missing or not writable")
    return file


JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write every number here; - prints JSON only.", parser=json_target),
]


def write_json(file: Path, value: dict[str, Any]) -> None:
    """Writes ``value`` to the file or to standard output. Raises StoreError."""
    text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    if file == STANDARD_OUTPUT:
        print(text, end="")
        return
    from touchline.formats.atomic_text import atomic_text

    with atomic_text(file) as out:
        out.write(text)
