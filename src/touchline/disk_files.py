"""Files that are whole and durable once they have their name, their hash, and pipes that do not
block."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from touchline.errors import StoreError, UsageError

_LISTENER_SECONDS = 5.0
"""How long a reader may take to open a pipe that is written to."""

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)
"""What systems answer where a folder cannot be synchronised at all."""


def draft_beside(file: Path) -> Path:
    """The hidden name under which ``file`` is written until it is whole; nothing lies there.

    It is always the same one, so that the next run replaces what a killed one left. Where a link
    lies there it goes, not what it leads to.
    """
    draft = file.with_name(f".{file.name}.part")
    draft.unlink(missing_ok=True)
    return draft


@contextmanager
def whole_file(file: Path, *, sync: bool = True) -> Iterator[Path]:
    """The name to write to; it becomes ``file`` when the block ends, and vanishes when it fails.

    sync: as for ``put_in_place``. Raises OSError.
    """
    draft = draft_beside(file)
    try:
        yield draft
        put_in_place(draft, file, sync=sync)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def put_in_place(draft: Path, file: Path, *, sync: bool = True) -> None:
    """Give a whole file its name, replacing a file or a link there. Raises OSError.

    Both are on disk when this returns, also after a failure of power. sync False: the content
    only; ``sync_folder`` does the names of many files at once.
    """
    # Some systems only write what lies behind a handle that may write.
    handle = os.open(draft, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(draft, file)
    if sync:
        sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can. Raises OSError."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def file_sha256(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def default_mode(file: Path) -> None:
    """Give ``file`` the mode that a newly opened file gets: some libraries write for one reader."""
    probe = file.with_name(f"{file.name}.mode")
    try:
        probe.touch()
        file.chmod(stat.S_IMODE(probe.stat().st_mode))
    finally:
        probe.unlink(missing_ok=True)


def refuse_pipe(file: str | Path, kind: type[Exception] = UsageError) -> None:
    """Raises ``kind`` for a named pipe, at which reading waits until somebody writes.

    What a shell hands over (``/dev/stdin``, ``<(command)``) has no name and a writer.
    """
    try:
        named_pipe = stat.S_ISFIFO(os.stat(file).st_mode) and os.path.exists(os.path.realpath(file))
    except (OSError, ValueError):
        return  # not there, or no name at all: the reader says so
    if named_pipe:
        raise kind(f"{file} is a pipe, not a file: save its output to a file and give that")


def is_written_in_place(file: Path) -> bool:
    """Whether ``file`` is a device, a pipe, or a name such as ``/dev/stdout`` for what is open."""
    if file.exists() and not (file.is_file() or file.is_dir()):
        return True
    return file.is_symlink() and Path(os.path.abspath(file)).parts[1:2] in (("dev",), ("proc",))


def open_in_place(file: Path) -> IO[str]:
    """A text file opened to write into a device or pipe.

    Raises StoreError for a pipe from which nobody reads, OSError for the rest.
    """
    return open(file, "w", encoding="utf-8", newline="\n", opener=_opener(file))


def _opener(file: Path) -> Callable[[str, int], int]:
    """Opens without waiting for ever at a pipe without a reader."""

    def opened(path: str, flags: int) -> int:
        if not hasattr(os, "O_NONBLOCK") or not file.is_fifo():
            return os.open(path, flags)
        until = time.monotonic() + _LISTENER_SECONDS
        while True:
            try:
                handle = os.open(path, (flags | os.O_NONBLOCK) & ~os.O_CREAT)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            else:
                os.set_blocking(handle, True)
                return handle
            if time.monotonic() > until:
                raise StoreError(
                    f"{file} is a pipe that nobody reads: start its reader, or name a file"
                )
            time.sleep(0.05)

    return opened
