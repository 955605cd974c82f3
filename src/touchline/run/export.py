"""The tracks of a run in the formats of other programs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.writers import WRITERS
from touchline.observations import ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.tables import identities_of, tracks_of


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
