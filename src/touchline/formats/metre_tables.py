"""Places in metres as tables for spreadsheets: a row a person and frame, or a row a frame."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from touchline.formats.atomic_text import atomic_text
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.identities import TEAMS, UNKNOWN
from touchline.pitch.positions import STATES

LONG_HEADER = (
    *("frame", "time", "identity", "team", "role", "number", "name"),
    *("x", "y", "speed", "acceleration", "state"),
)


def write_long_table(people: PeopleInMetres, file: Path) -> None:
    """Writes a row for each person and frame whose place is known. Raises StoreError."""
    positions, who = people.positions, _who(people)
    owners = people.rows_of_people()
    with atomic_text(file) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(LONG_HEADER)
        for row in people.known_rows().tolist():
            speed, gain = float(positions.speeds[row]), float(positions.accelerations[row])
            writer.writerow(
                [
                    int(positions.frames[row]) + 1,
                    float(positions.times[row]),
                    int(positions.ids[row]),
                    *who[int(owners[row])],
                    *positions.places[row].tolist(),
                    "" if speed != speed else speed,
                    "" if gain != gain else gain,
                    STATES[positions.states[row]],
                ]
            )


def write_wide_table(people: PeopleInMetres, file: Path) -> None:
    """Writes a row for each frame: x and y of everybody, in columns of their team and identity.

    Empty where a place is not known. Raises StoreError.
    """
    positions, known = people.positions, people.identities
    teams = ["none" if one == UNKNOWN else TEAMS[one] for one in known.teams.tolist()]
    names = [f"{team}_{one}" for team, one in zip(teams, known.ids.tolist(), strict=True)]
    owners, known_rows = people.rows_of_people(), positions.known
    with atomic_text(file) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["frame", "time", *(f"{name}_{axis}" for name in names for axis in "xy")])
        for frame in np.unique(positions.frames).tolist():
            rows = positions.rows_at(frame)
            line: list[float | str] = [""] * (2 * len(known))
            for row in range(rows.start, rows.stop):
                if known_rows[row]:
                    owner = 2 * int(owners[row])
                    line[owner : owner + 2] = positions.places[row].tolist()
            writer.writerow([frame + 1, float(positions.times[rows.start]), *line])


def _who(people: PeopleInMetres) -> list[list[object]]:
    """Team, role, number and name of each person."""
    known = people.identities
    columns = (known.teams, known.roles, known.numbers, known.names)
    return [
        [
            "" if team == UNKNOWN else TEAMS[team],
            role,
            "" if number == UNKNOWN else number,
            name,
        ]
        for team, role, number, name in zip(*(one.tolist() for one in columns), strict=True)
    ]
