"""The tracks of a run in the formats of other programs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.writers import EXPORT_FORMATS, WORKBOOK, WRITERS
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.tables import identities_of, tracks_of
from touchline.run.workbook import write_run_workbook


def export_run(run: Path, name: str, out: Path | None = None) -> Path:
    """Write a run in the format ``name`` of ``EXPORT_FORMATS``; the file or folder written.

    out: None stands for ``export.xml`` and the like in the run folder. Raises UsageError for an
    unknown format, a run without tracks and a missing extra, StoreError where nothing can be
    written.
    """
    if name not in EXPORT_FORMATS:
        raise UsageError(f"format {name!r} is unknown; formats are {', '.join(EXPORT_FORMATS)}")
    folder = RunFolder.existing(run)
    if name == WORKBOOK:
        return write_run_workbook(folder, out or folder.path / "tables.xlsx")
    writer = WRITERS[name]
    with closing(ObservationStore.open(folder.observations)) as store:
        video, last = RunFacts.of(store).video, store.last()
    table = tracks_of(folder)
    identities = identities_of(folder, table, video.fps)
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
