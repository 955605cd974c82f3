"""Write a text file atomically, so that its name never stands for half of it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from touchline.disk_files import is_written_in_place, open_in_place, whole_file
from touchline.errors import StoreError


@contextmanager
def atomic_text(file: Path) -> Iterator[IO[str]]:
    """An open text file that becomes ``file`` when the block ends, and vanishes when it fails.

    It is written beside the target under a temporary name and durable at the end. A link is
    replaced, not followed out of the folder; a device or a pipe (``/dev/stdout``) is written to.
    Raises StoreError where the folder is missing or not writable, the disk is full, or nobody
    reads from the pipe; what stood at ``file`` before is kept then.
    """
    try:
        if is_written_in_place(file):
            with open_in_place(file) as text:
                yield text
            return
        if not file.resolve().name:
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        with whole_file(file) as draft, draft.open("w", encoding="utf-8", newline="\n") as text:
            yield text
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{file} cannot be written: {reason}; free space or choose another folder"
        ) from None
