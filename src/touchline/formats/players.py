"""``players.csv``: a row for each person of a clip: who, when seen, and how sure that is."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import open_text
from touchline.identities import NOBODY, TEAMS, UNKNOWN, Identities
from touchline.people_facts import Recognised
from touchline.text_tables import decimal, named_rows

_DECIMALS = {
    **dict.fromkeys(("first_time", "last_time", "seconds", "least_sure_time"), 3),
    **dict.fromkeys(("interpolated_share", "least_confidence"), 4),
    **dict.fromkeys(("team_confidence", "number_confidence", "person_confidence"), 4),
}
_OF_A_GALLERY = ("person_state", "person_confidence", "runner_up", "runner_up_name")

_SEEN = (
    *("seconds", "first_times", "last_times", "interpolated_shares"),
    *("least_confidences", "least_sure_times"),
)
"""Columns of ``Identities`` that the tracks tell, and no file."""

PLAYERS_HEADER = (*Identities.nothing_known(np.empty(0, np.int64)).columns(), *_OF_A_GALLERY)
"""The columns of players.csv; what is not known is empty."""


def player_rows(
    identities: Identities, recognised: Iterable[Recognised] = ()
) -> list[dict[str, Any]]:
    """The rows of players.csv by the names of ``PLAYERS_HEADER``, None where not known."""
    known = {one.identity: one for one in recognised}
    columns = identities.columns()
    rows = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        one = known.get(row["identity"])
        row |= {
            "person_state": None if one is None else one.state,
            "person_confidence": None if one is None else one.confidence,
            "runner_up": None if one is None else one.runner_up,
            "runner_up_name": None if one is None else one.runner_up_name or None,
        }
        rows.append(row | {name: _rounded(row[name], digits) for name, digits in _DECIMALS.items()})
    return rows


def write_players(
    identities: Identities, file: Path, recognised: Iterable[Recognised] = ()
) -> None:
    """Writes players.csv, one line for each identity, in one step. Raises StoreError.

    recognised: who of a gallery they are, where that was asked.
    """
    with atomic_text(file) as text:
        writer = csv.DictWriter(text, PLAYERS_HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(player_rows(identities, recognised))


def read_players(file: Path, everybody: Identities) -> Identities:
    """``everybody`` with who they are by players.csv; when they were seen stays as it is there.

    Raises UsageError for a missing file, FormatError naming the line of a row that is none, and
    where the rows are not those of ``everybody``.
    """
    cure = f"touchline link {file.parent} makes it again"
    parts = [everybody[:0]]
    with open_text(file) as text:
        place = "line 1"
        try:
            for line, row in named_rows(text)[1]:
                place = f"line {line}"
                parts.append(_identity(row))
        except (csv.Error, KeyError, ValueError, OverflowError):
            raise FormatError(f"{file}, {place}: no row of this run; {cure}") from None
    read = {
        column.name: np.concatenate([getattr(part, column.name) for part in parts])
        for column in fields(Identities)
    }
    if not np.array_equal(read["ids"], everybody.ids):
        raise FormatError(f"{file}: its identities are not those of tracks.csv; {cure}")
    return Identities(**read | {name: getattr(everybody, name) for name in _SEEN})


def _identity(row: dict[str, str]) -> Identities:
    """Who one row says somebody is, as a table."""
    nobody = Identities.nothing_known(np.array([int(row["identity"])], np.int64))
    known = {
        "roles": np.array([row["role"]]),
        "teams": np.array([TEAMS.index(row["team"]) if row["team"] else UNKNOWN]),
        "team_confidences": np.array([float(decimal(row["team_confidence"]))]),
        "numbers": np.array([int(row["number"]) if row["number"] else UNKNOWN]),
        "number_confidences": np.array([float(decimal(row["number_confidence"]))]),
        "names": np.array([row["name"]]),
        "persons": np.array([int(row["person"]) if row["person"] else NOBODY]),
        "doubtful": np.array([row["person_state"] == "doubtful"]),
    }
    columns = {column.name: getattr(nobody, column.name) for column in fields(Identities)}
    return Identities(**columns | known)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
