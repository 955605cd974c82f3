"""``edits.json``: the facts that a person stated of a clip, oldest first; none is ever removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from touchline.disk_files import refuse_pipe
from touchline.edits.facts import Edit, checked_edit
from touchline.errors import FormatError, InputError, StoreError
from touchline.foreign_text import ForeignTextError, file_text, json_values, shown
from touchline.formats.atomic_text import atomic_text

_VERSION = 1


def write_edits(edits: Sequence[Edit], video: str, file: Path) -> None:
    """Write all facts, in one step. video: fingerprint of theirs. Raises StoreError."""
    head = json.dumps({"version": _VERSION, "video": video})
    lines = [json.dumps(edit.as_json(), ensure_ascii=False) for edit in edits]
    with atomic_text(file) as text:  # a line an edit, for those who write it by hand
        text.write(f'{head[:-1]}, "edits": [\n' + ",\n".join(lines) + "\n]}\n")


def read_edits(file: Path, video: str) -> tuple[Edit, ...]:
    """The facts that a file holds; none where there is no file.

    video: fingerprint of what they must be about. Raises FormatError naming the first entry that
    is no fact, and where they are about another video.
    """
    refuse_pipe(file)
    try:
        content = json_values(file_text(file))
    except FileNotFoundError:
        return ()
    except (OSError, ForeignTextError) as error:
        raise FormatError(f"{file} cannot be read ({error}): mend it, or move it away") from None
    if not isinstance(content, dict) or not isinstance(content.get("edits"), list):
        raise FormatError(f"{file}: it holds no list of edits; mend it, or move it away")
    if content.get("version") != _VERSION:
        raise FormatError(
            f"{file} has version {shown(content.get('version'))}; this program reads {_VERSION}"
        )
    if content.get("video") not in (None, video):
        raise FormatError(f"{file} is about another video than this run: move it away")
    found = []
    for number, entry in enumerate(content["edits"], 1):
        try:
            edit = Edit.from_json(entry if isinstance(entry, dict) else {}, "it")
            found.append(checked_edit(edit))
        except (StoreError, InputError) as error:
            reason = str(error).split("; touchline track")[0]
            raise FormatError(
                f"{file}, edit {number}: {reason}: mend it, or move the file"
            ) from None
    return tuple(found)
