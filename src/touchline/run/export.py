"""The tracks of a run in the formats of other programs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from touchline.config import check_config
from touchline.errors import FormatError, UsageError
from touchline.formats.ball_in_metres import BallInMetres
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.people_in_metres import PeopleInMetres
from touchline.formats.writers import EXPORT_FORMATS, METRE_WRITERS, WORKBOOK, WRITERS
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.tables import ball_of, cameras_of, identities_of, positions_of, tracks_of
from touchline.run.workbook import write_run_workbook
from touchline.types import TrackTable


def export_run(run: Path, name: str, out: Path | None = None) -> Path:
    """Write a run in the format ``name`` of ``EXPORT_FORMATS``; the file or folder written.

    out: None stands for ``export.xml`` and the like in the run folder. Raises UsageError for an
    unknown format, a run without tracks, or without metres where the format is in metres, and a
    missing extra, StoreError where nothing can be
    written.
    """
    if name not in EXPORT_FORMATS:
        raise UsageError(f"format {name!r} is unknown; formats are {', '.join(EXPORT_FORMATS)}")
    folder = RunFolder.existing(run)
    if name == WORKBOOK:
        return write_run_workbook(folder, out or folder.path / "tables.xlsx")
    with closing(ObservationStore.open(folder.observations)) as store:
        facts, last = RunFacts.of(store), store.last()
    video = facts.video
    table = tracks_of(folder)
    identities = identities_of(folder, table, video.fps)
    clip = ClipFacts(
        folder.path.resolve().name,
        video.width,
        video.height,
        video.fps,
        0 if last is None else last.frame + 1,
    )
    if name in METRE_WRITERS:
        in_metres = METRE_WRITERS[name]
        out = out or folder.path / f"{name}{in_metres.ending}"
        in_metres.write(_people_in_metres(folder, facts, clip, table, identities), out)
        return out
    writer = WRITERS[name]
    out = out or folder.path / f"{name}{writer.ending}"
    writer.write(table, identities, clip, out)
    return out


def _people_in_metres(
    folder: RunFolder, facts: RunFacts, clip: ClipFacts, table: TrackTable, identities: Identities
) -> PeopleInMetres:
    """The people of a run in metres. Raises UsageError where no place is known."""
    positions = positions_of(folder)
    if positions.why_empty is not None:
        raise UsageError(
            f"{folder.path} knows no place in metres: {positions.why_empty}; other formats do "
            "without"
        )
    table = table.sorted()
    if not (
        np.array_equal(positions.frames, table.frames) and np.array_equal(positions.ids, table.ids)
    ):
        raise FormatError(
            f"{folder.positions}: its rows are not those of tracks.csv; touchline link "
            f"{folder.path} makes it again"
        )
    config = check_config(RunConfig, facts.settings)
    pitch, around = config.pitch, config.positions.around
    cameras = cameras_of(folder, (clip.width, clip.height))
    reach = (pitch.length / 2 + around, pitch.width / 2 + around)
    ball = BallInMetres.of_track(ball_of(folder), cameras, config.positions.min_confidence, reach)
    return PeopleInMetres(
        clip, table, identities, positions, cameras, ball, pitch.length, pitch.width
    )
