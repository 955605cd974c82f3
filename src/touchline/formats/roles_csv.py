"""``roles.csv`` beside a ground truth: the role of each track, and its team."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import TRACK_ID, open_text
from touchline.role_words import UNKNOWN_ROLE, role_of
from touchline.text_tables import named_rows
from touchline.types import ROLES

_NOTHING_SAID = ("", "other")


@dataclass(frozen=True, slots=True)
class TrueRoles:
    """roles: of each track id. teams: of the track ids that have one."""

    roles: dict[int, str]
    teams: dict[int, str]


def read_roles_csv(file: Path) -> TrueRoles:
    """A table with the columns ``track_id``, ``role`` and perhaps ``team``; others are skipped.

    An empty role and ``other`` are ``person``. Raises FormatError naming the line for another
    header, an id that is not a whole number, an unknown role and a track with two roles.
    """
    roles: dict[int, str] = {}
    teams: dict[int, str] = {}
    try:
        with open_text(file) as text:
            header, rows = named_rows(text)
            if "track_id" not in header or "role" not in header:
                raise FormatError(f"{file}, line 1: the header needs track_id and role")
            for line, fields in rows:
                number = _number(file, line, fields.get("track_id", ""))
                role = _role(file, line, fields.get("role", ""))
                if roles.setdefault(number, role) != role:
                    raise FormatError(
                        f"{file}, line {line}: track {number} is {role} here and "
                        f"{roles[number]} before; a track has one role"
                    )
                if fields.get("team"):
                    teams[number] = fields["team"]
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except csv.Error as error:
        raise FormatError(f"{file} is not a table: {error}") from None
    return TrueRoles(roles, teams)


def write_roles_csv(
    ids: Sequence[int], roles: Sequence[str], teams: Sequence[str], file: Path
) -> None:
    """One line for each track id. Raises StoreError."""
    with atomic_text(file) as text:
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["track_id", "role", "team"])
        table.writerows(zip(ids, roles, teams, strict=True))


def _number(file: Path, line: int, text: str) -> int:
    if not TRACK_ID.fullmatch(text):
        raise FormatError(f"{file}, line {line}: track_id {text!r} is not a whole number")
    return int(text)


def _role(file: Path, line: int, text: str) -> str:
    role = role_of(text)
    if role is None and text.lower() not in _NOTHING_SAID:
        raise FormatError(
            f"{file}, line {line}: role {text!r} is unknown; roles are {', '.join(ROLES)}, other"
        )
    return role or UNKNOWN_ROLE
