"""Finds images by the names in label files, also those written on other systems and servers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_DRIVE = re.compile(r"^[A-Za-z]:(?=/)")
_SERVER = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_PLAIN_PARTS = {".", "..", "images"}


def find_image(place: Path, name: str) -> Path | None:
    """The file below ``place`` that a label file means by ``name``; None where it is not there.

    As it is written, else with backslashes as slashes, percent signs decoded, and without what
    another machine put in front: drive and folders of an absolute path or an address; of a
    relative one only ``images`` and folders that ``place`` itself lies in, since images of two
    folders may have one name.
    """
    if _is_file(place / name):
        return place / name
    for path in _spellings(name):
        for rest in _rests(path, place):
            if _is_file(place / rest):
                return place / rest
    return None


def _spellings(name: str) -> Iterator[str]:
    """The name with slashes; then decoded; then what an address asks a server for (``?d=``)."""
    plain = name.replace("\\", "/")
    decoded = unquote(name).replace("\\", "/")
    yield plain
    if decoded != plain:
        yield decoded
    if "?" in name:
        try:
            address = urlsplit(name)
        except ValueError:
            return
        asked = parse_qs(address.query).get("d", [""])[0]
        for path in (asked, unquote(address.path)):
            if path:
                yield "/" + path.replace("\\", "/")


def _rests(path: str, place: Path) -> Iterator[str]:
    """The suffixes of a path with slashes as leading folders are removed, longest first."""
    elsewhere = bool(_DRIVE.match(path) or _SERVER.match(path) or path.startswith("/"))
    parts = [part for part in _SERVER.sub("", _DRIVE.sub("", path)).split("/") if part]
    own = {part.casefold() for part in place.parts} | _PLAIN_PARTS
    while parts:
        if ".." not in parts:  # names never point outside the place
            yield "/".join(parts)
        first, *parts = parts
        if not elsewhere and first.casefold() not in own:
            return


def _is_file(path: Path) -> bool:
    try:
        return os.path.isfile(path)
    except ValueError:  # a name that no system takes
        return False
