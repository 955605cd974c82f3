"""The tracks of a run in the formats of other programs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from touchline.errors import FormatError, UsageError
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.number_text import open_text
from touchline.formats.people_csv import read_people
from touchline.formats.table import read_csv
from touchline.formats.writers import WRITERS
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.text_tables import named_rows
from touchline.types import TrackTable


def export_run(run: Path, name: str, out: Path | None = None) -> Path:
    """Write the tracks of a run in the format ``name`` of ``WRITERS``; the file or folder written.

    out: None stands for ``export.xml`` and the like in the run folder. Raises UsageError for an
    unknown format and a run without tracks, StoreError where nothing can be written.
    """
    if name not in WRITERS:
        raise UsageError(f"format {name!r} is unknown; formats are {', '.join(WRITERS)}")
    writer = WRITERS[name]
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        video, last = RunFacts.of(store).video, store.last()
    table = _tracks(folder)
    identities = _identities(folder, table, 1.0 / video.fps)
    clip = ClipFacts(
        folder.path.resolve().name,
        video.width,
        video.height,
        video.fps,
        0 if last is None else last.frame + 1,
    )
    out = out or folder.path / f"{name}{writer.ending}"
    writer.write(table, identities, clip, out)
    return out


def identities_of_run(run: Path) -> Identities:
    """The people of a linked run as its teams.csv has them, with the names that a gallery knows.

    Raises UsageError for a run without tracks, FormatError naming the line of a damaged teams.csv.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        fps = RunFacts.of(store).video.fps
    return _identities(folder, _tracks(folder), 1.0 / fps)


def _tracks(folder: RunFolder) -> TrackTable:
    if not (folder.tracks_csv.is_file() and folder.teams.is_file()):
        raise UsageError(
            f"{folder.path} has no tracks yet: touchline link {folder.path} makes them"
        )
    return read_csv(folder.tracks_csv)


def _identities(folder: RunFolder, table: TrackTable, seconds_a_frame: float) -> Identities:
    seen = Identities.of_tracks(table, seconds_a_frame)
    rows = np.array([UNKNOWN] * len(seen))
    roles, teams, numbers = seen.roles.copy(), rows.copy(), rows.copy()
    sure, number_sure = np.zeros(len(seen)), np.zeros(len(seen))
    with open_text(folder.teams) as text:
        for line, row in named_rows(text)[1]:
            try:
                place = int(np.searchsorted(seen.ids, int(row["identity"])))
                roles[place] = row["role"]
                if row["team"]:
                    teams[place], sure[place] = (
                        TEAMS.index(row["team"]),
                        float(row["team_confidence"]),
                    )
                if row["number"]:
                    numbers[place] = int(row["number"])
                    number_sure[place] = float(row["number_confidence"])
            except (KeyError, IndexError, ValueError):
                raise FormatError(
                    f"{folder.teams}, line {line}: no row of this run; "
                    f"touchline link {folder.path} makes it again"
                ) from None
    names = {row.track_id: row.name for row in read_people(folder.people) if row.label}
    known = Identities(seen.ids, roles, teams, sure, numbers, number_sure, seen.seconds, seen.names)
    return known.with_names(names)
