"""``people.csv`` of a run: which person of a gallery each identity is, and how sure that is."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from touchline.errors import FormatError
from touchline.foreign_text import shown
from touchline.formats.atomic_text import atomic_text
from touchline.text_tables import decimal, named_rows


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
