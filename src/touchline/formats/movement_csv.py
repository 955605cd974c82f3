"""``movement.csv``: how far and how fast everybody ran, then each team; exact for the people."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from touchline.errors import FormatError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import LARGEST_WHOLE, open_text
from touchline.formats.positions_csv import WHY
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.pitch.movement import THIRDS, Movement
from touchline.text_tables import decimal, named_rows
from touchline.types import Floats, Mask

_SUMS = ("seconds", "unsure_seconds", "distance", "sprints", "sprint_distance")
_NUMBERS = (*_SUMS, "top_speed", *THIRDS, "mean_x", "mean_y")
_OPTIONAL = ("top_speed", "mean_x", "mean_y")

MOVEMENT_HEADER = ("identity", "team", *_NUMBERS)
"""The columns; what is not known is empty, and so is the identity of a whole team."""


def write_movement(movement: Movement, people: Identities, file: Path) -> None:
    """Writes a line for each person, then one for each team, in one step. Raises StoreError.

    people: of whom the teams are known.
    """
    teams = np.full(len(movement), UNKNOWN)
    rows = np.searchsorted(people.ids, movement.ids)
    there = rows < len(people)
    there[there] = people.ids[rows[there]] == movement.ids[there]
    teams[there] = people.teams[rows[there]]
    table = _columns(movement)
    with atomic_text(file) as text:
        text.write(",".join(MOVEMENT_HEADER) + "\n")
        if movement.why_empty is not None:
            text.write(f"{WHY}{movement.why_empty}\n")
        for identity, team, row in zip(movement.ids.tolist(), teams.tolist(), table, strict=True):
            text.write(f"{identity},{'' if team == UNKNOWN else TEAMS[team]},{_said(row)}\n")
        for team, name in enumerate(TEAMS):
            if (teams == team).any():
                text.write(f",{name},{_said(_together(table, teams == team))}\n")


def read_movement(file: Path) -> Movement:
    """The people of what ``write_movement`` wrote.

    Raises UsageError for a missing file, FormatError naming the line for another header and for a
    row that is none.
    """
    ids: list[int] = []
    rows: list[list[float]] = []
    line, why = 1, None
    try:
        with open_text(file) as text:
            whole = list(text)
            if len(whole) > 1 and whole[1].startswith(WHY):
                why = whole.pop(1).removeprefix(WHY).strip()
            header, lines = named_rows(whole)
            if tuple(header) != MOVEMENT_HEADER:
                raise FormatError(f"{file}, line 1: the header must be {','.join(MOVEMENT_HEADER)}")
            for number, fields in lines:
                line = number
                row = [_number(name, fields[name]) for name in _NUMBERS]
                if not fields["identity"]:
                    continue
                ids.append(int(fields["identity"]))
                rows.append(row)
                if abs(ids[-1]) > LARGEST_WHOLE or ids[-2:] != sorted(set(ids[-2:])):
                    raise ValueError
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{file} is not a text file") from None
    except (csv.Error, KeyError, ValueError, OverflowError):
        raise FormatError(
            f"{file}, line {line}: no row of movement; touchline link {file.parent} makes it again"
        ) from None
    table = np.array(rows).reshape(-1, len(_NUMBERS))
    seconds, unsure, distances, sprints, sprinted, top_speeds = table[:, :6].T
    return Movement(
        np.array(ids, np.int64),
        seconds,
        unsure,
        distances,
        sprints.astype(np.int64),
        sprinted,
        top_speeds,
        table[:, 6:9],
        table[:, 9:],
        why,
    )


def _columns(movement: Movement) -> Floats:
    """(I, 11) the numbers of each person, in the order of ``_NUMBERS``."""
    one = movement
    sums = [one.seconds, one.unsure_seconds, one.distances, one.sprints, one.sprint_distances]
    return np.column_stack([*sums, one.top_speeds, one.thirds, one.middles])


def _together(table: Floats, own: Mask) -> Floats:
    """The row of a whole team."""
    rows = table[own]
    row: Floats = rows.sum(axis=0)
    top, seconds = rows[:, 5], rows[:, :1]
    row[5] = np.max(top[np.isfinite(top)], initial=0.0) if np.isfinite(top).any() else np.nan
    known = seconds[:, 0] > 0
    weights = seconds[known] / max(float(seconds[known].sum()), 1e-9)
    row[9:] = (rows[known, 9:] * weights).sum(axis=0) if known.any() else np.nan
    return np.asarray(np.round(row, 2), np.float64)


def _said(row: Floats) -> str:
    values = ["" if value != value else repr(value) for value in row.tolist()]
    values[3] = str(int(row[3]))
    return ",".join(values)


def _number(name: str, text: str) -> float:
    """Raises ValueError."""
    if not text and name in _OPTIONAL:
        return np.nan
    value = float(decimal(text))
    if not abs(value) < 1e12 or (name not in ("mean_x", "mean_y") and value < 0):
        raise ValueError
    return value
