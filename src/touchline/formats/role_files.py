"""Roles in ground truth: ``gameinfo.ini`` of SoccerNet tracking, or ``roles.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import FormatError
from touchline.formats.number_text import open_text
from touchline.role_words import role_of
from touchline.sequence_info import read_entries
from touchline.text_tables import named_rows
from touchline.types import ROLES, Roles, TrackTable

UNKNOWN_ROLE = "person"
"""The role of a track whose role is not given, or is none of ours."""

_NOTHING_SAID = ("", "other")

_WHOLE = re.compile(r"[+-]?\d{1,18}")  # more digits are no int64


def read_roles(folder: Path) -> dict[int, str] | None:
    """The role of each track id of the sequence in ``folder``; None where no file says it.

    ``roles.csv`` goes before ``gameinfo.ini``: a person wrote it.
    """
    if (folder / "roles.csv").is_file():
        return read_roles_csv(folder / "roles.csv")
    if (folder / "gameinfo.ini").is_file():
        return read_gameinfo(folder / "gameinfo.ini")
    return None


def read_gameinfo(file: Path) -> dict[int, str]:
    """Roles from lines like ``trackletID_18= ball;1``, ``trackletID_1= player team left;10``.

    What stands before the semicolon tells the role as class names do; anything that tells none
    (``other``) is ``person``. Raises FormatError naming the line for a tracklet without a number.
    """
    roles: dict[int, str] = {}
    for entry in read_entries(file):
        if not entry.key.startswith("trackletid_"):
            continue
        number = entry.key.removeprefix("trackletid_")
        if not _WHOLE.fullmatch(number):
            raise FormatError(f"{file}, line {entry.line}: {entry.key!r} names no track id")
        roles[int(number)] = role_of(entry.value.split(";")[0]) or UNKNOWN_ROLE
    return roles


def read_roles_csv(file: Path) -> dict[int, str]:
    """Roles from a table with the columns ``track_id`` and ``role``; others are skipped.

    An empty role and ``other`` are ``person``. Raises FormatError naming the line for another
    header, an id that is no whole number, an unknown role and a track with two roles.
    """
    roles: dict[int, str] = {}
    try:
        with open_text(file) as text:
            header, rows = named_rows(text)
            if "track_id" not in header or "role" not in header:
                raise FormatError(f"{file}, line 1: the header needs track_id and role")
            for line, fields in rows:
                number, said = fields.get("track_id", ""), fields.get("role", "")
                if not _WHOLE.fullmatch(number):
                    raise FormatError(
                        f"{file}, line {line}: track_id {number!r} is not a whole number"
                    )
                told = role_of(said)
                if told is None and said.lower() not in _NOTHING_SAID:
                    raise FormatError(
                        f"{file}, line {line}: role {said!r} is unknown; "
                        f"roles are {', '.join(ROLES)}, other"
                    )
                role = told or UNKNOWN_ROLE
                if roles.setdefault(int(number), role) != role:
                    raise FormatError(
                        f"{file}, line {line}: track {number} is {role} here and "
                        f"{roles[int(number)]} before; a track has one role"
                    )
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except csv.Error as error:
        raise FormatError(f"{file} is not a table: {error}") from None
    return roles


def roles_of(ids: NDArray[np.int64], roles: Mapping[int, str]) -> Roles:
    """(N,) role of each id; ``person`` for an id that ``roles`` does not name."""
    unique, rows = np.unique(ids, return_inverse=True)
    names = [roles.get(track_id, UNKNOWN_ROLE) for track_id in unique.tolist()]
    return np.array(names, TrackTable.empty().roles.dtype)[rows]
