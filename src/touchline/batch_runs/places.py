"""Files of a batch where every machine finds them: a shared folder, or an object store.

An object store is named by an address, as ``s3://bucket/folder``, and reached through fsspec.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import has_magic
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from touchline.disk_files import whole_file
from touchline.errors import StoreError, TouchlineError, UsageError
from touchline.run.folder import RunFolder

SCHEMES = ("s3", "gs", "gcs", "az", "abfs", "memory")
"""Of the addresses of object stores; other addresses are of streams."""

_MARKER = RunFolder(Path()).report.name
"""The file of a run folder that comes last: with it the folder is whole."""


def is_object_store(address: str) -> bool:
    """Whether it names an object store, and no folder, file or stream."""
    scheme, mark, _ = address.partition("://")
    return bool(mark) and scheme.lower() in SCHEMES


def home_of(address: str) -> Path:
    """The folder of this machine in which is worked on what comes to an object store."""
    name = hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"touchline-batch-{name}"


def joined(address: str, *names: str) -> str:
    """The address of something in a folder."""
    return "/".join([address.rstrip("/"), *names])


def is_there(address: str) -> bool:
    """Whether there is a file at an address or path. Raises StoreError where nobody answers."""
    if not is_object_store(address):
        return os.path.isfile(address)
    with _errors(address):
        return bool(_system(address).isfile(_path(address)))


def mark_of(address: str) -> str:
    """What changes when the file there does; empty where it is not there."""
    with _errors(address):
        try:
            facts = _system(address).info(_path(address))
        except FileNotFoundError:
            return ""
    wanted = ("size", "ETag", "etag", "LastModified", "mtime", "created")
    return repr([str(facts[name]) for name in wanted if name in facts])


def files_in(address: str) -> list[str]:
    """The addresses of all files in a folder of an object store, or that a pattern fits, sorted."""
    with _errors(address):
        system, path = _system(address), _path(address)
        found = system.glob(path) if has_magic(path) else system.find(path)
        return sorted(f"{address.partition('://')[0]}://{one.lstrip('/')}" for one in found)


def fetch(address: str, folder: Path) -> Path:
    """The file there as one of this machine: itself, or a copy in ``folder`` that is whole."""
    if not is_object_store(address):
        return Path(address)
    file = folder / PurePosixPath(_path(address)).name
    folder.mkdir(parents=True, exist_ok=True)
    with _errors(address), whole_file(file) as draft:
        _system(address).get_file(_path(address), str(draft))
    return file


def put(file: Path, address: str) -> None:
    """Copy a file there; it is there whole, or as before. Raises StoreError."""
    with _errors(address):
        if is_object_store(address):
            _system(address).put_file(str(file), _path(address))
            return
        Path(address).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(Path(address)) as draft:
            shutil.copy2(file, draft)


def publish(run: Path, address: str) -> None:
    """Copy a run folder there, its run.json last: who finds that finds all."""
    files = sorted(file for file in run.iterdir() if file.is_file() and file.name[0] != ".")
    for file in sorted(files, key=lambda file: file.name == _MARKER):
        put(file, joined(address, file.name))


def remove(address: str) -> None:
    """Remove a file, if it is there."""
    with _errors(address):
        if is_object_store(address):
            if is_there(address):
                _system(address).rm_file(_path(address))
        else:
            Path(address).unlink(missing_ok=True)
            with suppress(OSError):
                Path(address).parent.rmdir()  # where it was the last


def _system(address: str) -> Any:
    if find_spec("fsspec") is None:
        raise UsageError(
            f"fsspec is not installed, which {address} needs: pip install 'touchline[remote]' "
            "brings it"
        )
    import fsspec

    try:
        # Directory listings of a minute ago would hide what another machine has just put there.
        return fsspec.filesystem(address.partition("://")[0].lower(), use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{address} cannot be reached: {error}") from None


def _path(address: str) -> str:
    return address.partition("://")[2]


@contextmanager
def _errors(address: str) -> Iterator[None]:
    """One line for whatever goes wrong at an object store or a disk."""
    try:
        yield
    except TouchlineError:
        raise
    except Exception as error:  # clients of object stores have errors of their own
        if not isinstance(error, OSError):
            why = f"{type(error).__name__}: {error}"
            raise StoreError(f"{address} cannot be reached: {why}") from None
        why = error.strerror or str(error) or type(error).__name__
        raise StoreError(
            f"{address}: {why}; the same command goes on when that is mended"
        ) from None
