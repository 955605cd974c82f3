"""The tables of a linked run, read back from its files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.identities import read_people, read_teams
from touchline.formats.table import read_csv
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.types import TrackTable


def tracks_of(folder: RunFolder) -> TrackTable:
    """The tracks of a run. Raises UsageError where it has none yet."""
    if not (folder.tracks_csv.is_file() and folder.teams.is_file()):
        raise UsageError(
            f"{folder.path} has no tracks yet: touchline link {folder.path} makes them"
        )
    return read_csv(folder.tracks_csv)


def identities_of(folder: RunFolder, table: TrackTable, frame_rate: float) -> Identities:
    """The people of ``table``, the tracks of a run, without names.

    Raises FormatError naming the line of a damaged teams.csv.
    """
    return read_teams(folder.teams, Identities.of_tracks(table, 1.0 / frame_rate))


def named_identities_of(folder: RunFolder, table: TrackTable, frame_rate: float) -> Identities:
    """As ``identities_of``, with the names that a gallery knows. FormatError for people.csv too."""
    names = {row.track_id: row.name for row in read_people(folder.people) if row.label}
    return identities_of(folder, table, frame_rate).with_names(names)


def identities_of_run(run: Path) -> Identities:
    """The people of a linked run, with the names that a gallery knows.

    Raises UsageError for a run without tracks, FormatError naming the line of a damaged file.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        frame_rate = RunFacts.of(store).video.fps
    return named_identities_of(folder, tracks_of(folder), frame_rate)
