"""People and identities as the gallery's commands print and write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchline.gallery.store import Person
    from touchline.people_facts import Recognised


def print_identities(rows: Sequence[Recognised], run: Path) -> None:
    """A line for each identity of the run, how many there are of each state, and the file."""
    for row in rows:
        note = "" if row.state == "unknown" else _who(row.person, row.name)
        if row.state in ("known", "doubtful"):
            second = _who(row.runner_up, row.runner_up_name)
            note += f", {row.confidence:.0%} sure; else {second}"
        print(f"{row.identity:>5}  {row.state:9} {note}".rstrip())
    counts = Counter(row.state for row in rows)
    states = ("known", "new", "doubtful", "unknown")
    found = ", ".join(f"{counts[state]} {state}" for state in states if counts[state])
    print(f"{len(rows)} identities" + (f": {found}" if found else ""))
    print(f"players: {run / 'players.csv'}")
    if (
        any(row.name and row.state != "unknown" for row in rows)
        and (run / "annotated.mp4").exists()
    ):
        print(f"video:   touchline draw {run} draws the names")


def _who(person: int | None, name: str) -> str:
    if person is None:
        return "nobody known"
    return f"{name} ({person})" if name else f"person {person}"


def person_facts(person: Person) -> dict[str, Any]:
    """A person as a dictionary, with texts for missing values."""
    from touchline.identities import TEAMS, UNKNOWN

    return asdict(person) | {
        "team": TEAMS[person.team] if person.team != UNKNOWN else None,
        "number": person.number if person.number != UNKNOWN else None,
        "seconds": round(person.seconds, 3),
    }


def person_line(row: Mapping[str, Any]) -> str:
    """A person on one line, as ``person_facts`` gives them."""
    number = "-" if row["number"] is None else row["number"]
    return (
        f"{row['person']:>4}  {row['name'] or '-':24} {row['team'] or '-':10}"
        f" {number:>4} {row['role']:11} {row['seconds']:8.1f} s"
        f"  {', '.join(row['clips'])}"
    )


def write_people_table(rows: Sequence[dict[str, Any]], file: Path) -> None:
    """Writes people, as ``person_facts`` gives them, to a CSV file. Raises StoreError."""
    import csv

    from touchline.formats.atomic_text import atomic_text

    columns = ("person", "name", "team", "number", "role", "seconds", "embeddings", "clips")
    with atomic_text(file) as text:
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "clips": "; ".join(row["clips"])} for row in rows)
