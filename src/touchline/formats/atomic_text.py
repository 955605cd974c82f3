"""Write a text file so that its name never stands for half of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from touchline.errors import StoreError


@contextmanager
def atomic_text(file: Path) -> Iterator[IO[str]]:
    """An open text file that becomes ``file`` when the block ends, and vanishes when it fails.

    It is written beside the target under a temporary name; a device or a pipe (``/dev/stdout``)
    is written to and a link is followed, neither is replaced. Raises StoreError where the folder
    is missing or not writable, or the disk is full; what stood at ``file`` before is kept then.
    """
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            with file.open("w", encoding="utf-8", newline="\n") as text:
                yield text
            return
        # Always the same name: what a killed run left behind is written over by the next.
        target = file.resolve()
        if not target.name:
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        temporary = target.with_name(f".{target.name}.part")
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as text:
                yield text
                text.flush()
                os.fsync(text.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{file} cannot be written: {reason}; free space or choose another folder"
        ) from None
