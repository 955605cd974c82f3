"""The team and the shirt number of every identity of a run: ``teams.csv``, and colours to draw."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes, collect_clothes
from touchline.clothes.numbers import NO_NUMBER, NumberTable
from touchline.clothes.teams import OFFICIALS, TeamTable
from touchline.errors import UsageError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.table import read_csv
from touchline.identities import TEAMS, UNKNOWN
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.types import ROLES, Roles, TrackTable
from touchline.video.palette import OFFICIALS_COLOUR, TEAM_COLOURS, UNKNOWN_COLOUR, Colour

HEADER = ("identity", "role", "team", "team_confidence", "number", "number_confidence")
"""The columns of teams.csv; team (A, in the lighter shirts, B, officials) and number are empty
where they are not known."""


@dataclass(frozen=True, slots=True)
class RunTeams:
    """Teams, roles and shirt numbers of the identities of a run: a row for each, ascending."""

    teams: TeamTable
    numbers: NumberTable

    @classmethod
    def of(cls, clothes: Clothes, table: TrackTable) -> RunTeams:
        """Teams and numbers of everybody in ``table``, by the clothes collected for each identity.

        Of an identity without a known detection, as after its box was moved, all that is known is
        the role that most of its rows say.
        """
        ids = np.unique(table.ids)
        teams, numbers = clothes.teams(), clothes.shirt_numbers()
        roles = _most_said(table, ids)
        every = TeamTable(ids, np.full(len(ids), UNKNOWN), roles, np.zeros(len(ids)), teams.kits)
        rows = np.searchsorted(ids, teams.track_ids)
        every.teams[rows], every.roles[rows] = teams.teams, teams.roles
        every.confidences[rows] = teams.confidences
        read = NumberTable(ids, np.full(len(ids), NO_NUMBER), np.zeros(len(ids)))
        rows = np.searchsorted(ids, numbers.track_ids)
        read.numbers[rows], read.confidences[rows] = numbers.numbers, numbers.confidences
        return cls(every, read)

    def named(self, table: TrackTable) -> TrackTable:
        """``table``, whose people these are, with one role for each identity."""
        return replace(
            table, roles=self.teams.roles[np.searchsorted(self.teams.track_ids, table.ids)]
        )

    def write(self, file: Path) -> None:
        """teams.csv, one row for each identity."""
        with atomic_text(file) as text:
            text.write(",".join(HEADER) + "\n")
            columns = (
                self.teams.track_ids,
                self.teams.roles,
                self.teams.teams,
                self.teams.confidences.round(4),
                self.numbers.numbers,
                self.numbers.confidences.round(4),
            )
            for identity, role, team, team_sure, number, number_sure in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                team_text = "" if team == UNKNOWN else TEAMS[team]
                number_text = "" if number == NO_NUMBER else number
                text.write(
                    f"{identity},{role},{team_text},{team_sure},{number_text},{number_sure}\n"
                )

    def colours(self) -> dict[int, Colour]:
        """The colour to draw each identity in, by team."""
        known = {**dict(enumerate(TEAM_COLOURS)), OFFICIALS: OFFICIALS_COLOUR}
        return {
            int(identity): known.get(int(team), UNKNOWN_COLOUR)
            for identity, team in zip(self.teams.track_ids, self.teams.teams, strict=True)
        }


def teams_of_run(run: Path) -> RunTeams:
    """Teams and numbers of the identities of a linked run.

    Raises UsageError for a run without tracks.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        if RunFacts.of(store).tracks is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        table = read_csv(folder.tracks_csv)
        return RunTeams.of(collect_clothes(store, table), table)


def _most_said(table: TrackTable, ids: NDArray[np.int64]) -> Roles:
    """(P,) the role that most rows of each of ``ids`` have."""
    names: Roles = np.array(ROLES)
    counts = np.zeros((len(ids), len(names)), np.int64)
    for column, name in enumerate(ROLES):
        of_role = np.searchsorted(ids, table.ids[table.roles == name])
        counts[:, column] = np.bincount(of_role, minlength=len(ids))
    said: Roles = names[counts.argmax(axis=1)]
    return said
