"""The people of a run as text: ``teams.csv``, and ``people.csv`` of those a gallery knows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from touchline.errors import FormatError
from touchline.foreign_text import shown
from touchline.formats.atomic_text import atomic_text
from touchline.formats.number_text import open_text
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.text_tables import decimal, named_rows

TEAMS_HEADER = ("identity", "role", "team", "team_confidence", "number", "number_confidence")
"""The columns of teams.csv; team (A, in the lighter shirts, B, officials) and number are empty
where they are not known."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One identity of a clip, and who it is.

    state: known, doubtful, unknown, or new: added just now. person: of the gallery, None for
    nobody; where the state is doubtful, the likeliest. confidence: 0.5..1, that ``person`` is
    right rather than the runner-up (None: nobody of the gallery). team: A, B, officials or empty.
    """

    track_id: int
    state: str
    person: int | None
    name: str
    team: str
    number: int | None
    role: str
    confidence: float
    runner_up: int | None
    runner_up_name: str
    seconds: float

    @property
    def label(self) -> str:
        """What the annotated video calls this identity; empty if they have no name."""
        if not self.name or self.state == "unknown":
            return ""
        return self.name + ("?" if self.state == "doubtful" else "")


def write_teams(identities: Identities, file: Path) -> None:
    """Writes teams.csv, one line for each identity, in one step. Raises StoreError."""
    columns = (
        identities.ids,
        identities.roles,
        identities.teams,
        identities.team_confidences.round(4),
        identities.numbers,
        identities.number_confidences.round(4),
    )
    with atomic_text(file) as text:
        text.write(",".join(TEAMS_HEADER) + "\n")
        for identity, role, team, team_sure, number, number_sure in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            team_text = "" if team == UNKNOWN else TEAMS[team]
            number_text = "" if number == UNKNOWN else number
            text.write(f"{identity},{role},{team_text},{team_sure},{number_text},{number_sure}\n")


def read_teams(file: Path, everybody: Identities) -> Identities:
    """``everybody`` with the roles, teams and numbers that teams.csv has of them.

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
    return Identities(**read | {"seconds": everybody.seconds, "names": everybody.names})


def _identity(row: dict[str, str]) -> Identities:
    """One row of teams.csv, as a table."""
    return Identities(
        ids=np.array([int(row["identity"])], np.int64),
        roles=np.array([row["role"]]),
        teams=np.array([TEAMS.index(row["team"]) if row["team"] else UNKNOWN]),
        team_confidences=np.array([float(decimal(row["team_confidence"]))]),
        numbers=np.array([int(row["number"]) if row["number"] else UNKNOWN]),
        number_confidences=np.array([float(decimal(row["number_confidence"]))]),
        seconds=np.zeros(1),
        names=np.array([""]),
    )


def write_people(rows: Sequence[PersonRow], file: Path) -> None:
    """Writes one line for each identity, in one step. Raises StoreError."""
    with atomic_text(file) as text:
        writer = csv.DictWriter(
            text, [field.name for field in fields(PersonRow)], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_people(file: Path) -> list[PersonRow]:
    """What ``write_people`` wrote; nothing where there is no file. Raises FormatError."""
    if not file.is_file():
        return []
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            return [_appearance(row) for _, row in named_rows(text)[1]]
    except (OSError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{file} cannot be read ({shown(str(error))}): touchline gallery match makes it again"
        ) from None


def _appearance(row: dict[str, str]) -> PersonRow:
    return PersonRow(
        track_id=int(row["track_id"]),
        state=row["state"],
        person=_whole(row["person"]),
        name=row["name"],
        team=row["team"],
        number=_whole(row["number"]),
        role=row["role"],
        confidence=float(decimal(row["confidence"])),
        runner_up=_whole(row["runner_up"]),
        runner_up_name=row["runner_up_name"],
        seconds=float(decimal(row["seconds"])),
    )


def _whole(text: str) -> int | None:
    return int(text) if text else None
