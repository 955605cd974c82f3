"""The team and the shirt number of every identity of a run: ``teams.csv``, and colours to draw."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.table import read_csv
from touchline.gallery.people import TEAMS
from touchline.linking.clothes import Clothes, collect_clothes
from touchline.linking.numbers import NO_NUMBER, NumberTable
from touchline.linking.teams import OFFICIALS, UNKNOWN, TeamTable
from touchline.observations import ObservationStore
from touchline.run.folder import RunFolder
from touchline.video.palette import OFFICIALS_COLOUR, TEAM_COLOURS, UNKNOWN_COLOUR, Colour

HEADER = ("identity", "role", "team", "team_confidence", "number", "number_confidence")
"""The columns of teams.csv; team (A, in the lighter shirts, B, officials) and number are empty
where they are not known."""


@dataclass(frozen=True, slots=True)
class RunTeams:
    """Teams and shirt numbers of the identities of a run."""

    teams: TeamTable
    numbers: NumberTable

    @classmethod
    def of(cls, clothes: Clothes) -> RunTeams:
        """What the clothes say, which were collected by identity."""
        return cls(clothes.teams(), clothes.shirt_numbers())

    def write(self, file: Path) -> None:
        """teams.csv, one row for each identity whose clothes were looked at."""
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
        if store.facts()["tracks"] is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        return RunTeams.of(collect_clothes(store, read_csv(folder.tracks_csv)))
