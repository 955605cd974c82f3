"""The tracks of a run in the formats of other programs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from touchline.errors import UsageError
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.people_csv import read_people
from touchline.formats.table import read_csv
from touchline.formats.writers import WRITERS
from touchline.identities import UNKNOWN, Identities
from touchline.observations import ObservationStore
from touchline.run.folder import RunFolder
from touchline.run.teams import teams_of_run


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
        video, last = store.facts()["video"], store.last()
    identities = identities_of_run(run)
    clip = ClipFacts(
        folder.path.resolve().name,
        video["width"],
        video["height"],
        video["fps"],
        0 if last is None else last.frame + 1,
    )
    out = out or folder.path / f"{name}{writer.ending}"
    writer.write(read_csv(folder.tracks_csv), identities, clip, out)
    return out


def identities_of_run(run: Path) -> Identities:
    """The people of a linked run, with the names that a gallery knows.

    Raises UsageError for a run without tracks.
    """
    teams = teams_of_run(run)
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        fps = store.facts()["video"]["fps"]
    seen = Identities.of_tracks(read_csv(folder.tracks_csv), 1.0 / fps)
    names = {row.track_id: row.name for row in read_people(folder.people) if row.label}
    known = teams.teams.teams != UNKNOWN
    return Identities(
        seen.ids,
        teams.teams.roles,
        teams.teams.teams,
        np.where(known, teams.teams.confidences, 0.0),
        teams.numbers.numbers,
        teams.numbers.confidences,
        seen.seconds,
        seen.names,
    ).with_names(names)
