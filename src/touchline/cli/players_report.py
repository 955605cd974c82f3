"""The people of a run as the command prints them: a table, and one person with their times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchline.stretches import clock

if TYPE_CHECKING:
    from touchline.identities import Identities
    from touchline.run.folder import RunFolder
    from touchline.types import TrackTable

_HEAD = f"{'identity':>8}  {'name':20} {'team':9} {'role':10} {'no':>3}"
_HEAD += f" {'from':>9} {'to':>9} {'seen':>8} {'filled':>6}  least sure"


def people_answer(
    folder: RunFolder, table: TrackTable, people: Identities, *, with_times: bool
) -> list[dict[str, Any]]:
    """A row of players.csv for each of ``people``, with their stretches where asked for."""
    from touchline.formats.players import player_rows
    from touchline.stretches import stretches

    rows = player_rows(people, recognised_of(folder))
    for row in rows if with_times else ():
        times = table.times[table.ids == row["identity"]]
        row["stretches"] = [
            {"start": round(start, 3), "end": round(end, 3)} for start, end in stretches(times)
        ]
    return rows


def recognised_of(folder: RunFolder) -> Sequence[Any]:
    """Who of a gallery the people of a run are, as it remembers."""
    from contextlib import closing

    from touchline.observations import ObservationStore
    from touchline.run.facts import RunFacts

    with closing(ObservationStore.open(folder.observations)) as store:
        return RunFacts.of(store).recognised


def print_people(rows: Sequence[Mapping[str, Any]]) -> None:
    """A line for each person; of those with stretches, these below."""
    print(_HEAD)
    for row in rows:
        print(_line(row))
        for number, one in enumerate(row.get("stretches", ()), 1):
            length = one["end"] - one["start"]
            span = f"{clock(one['start'])} to {clock(one['end'])}"
            print(f"{'':8}  stretch {number}: {span} ({length:.1f} s)")


def _line(row: Mapping[str, Any]) -> str:
    name = row["name"] or (f"P{row['person']}" if row["person"] is not None else "-")
    name += "?" if row["person_state"] == "doubtful" else ""
    number = "-" if row["number"] is None else row["number"]
    sure = "-"
    if row["least_confidence"] is not None:
        sure = f"{row['least_confidence']:.0%} at {clock(row['least_sure_time'])}"
    return (
        f"{row['identity']:>8}  {name:20} {row['team'] or '-':9} {row['role']:10} {number:>3}"
        f" {clock(row['first_time']):>9} {clock(row['last_time']):>9}"
        f" {row['seconds']:6.1f} s {row['interpolated_share']:>6.0%}  {sure}"
    )
