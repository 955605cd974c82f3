"""A finished run as tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from touchline.identities import Identities
from touchline.run.facts import RunReport
from touchline.run.folder import RunFolder
from touchline.run.report import current_report
from touchline.run.tables import identities_of, tracks_of
from touchline.types import TrackTable


@dataclass(frozen=True, slots=True)
class Run:
    """What ``touchline track`` found in a clip, read back.

    Args:
        folder: where its files are.
        tracks: every box with its identity, as in ``tracks.csv``.
        identities: one row for each identity, as in ``players.csv``, with when they were seen.
        report: what was done, with what, and what was warned of, as in ``run.json``.
    """

    folder: Path
    tracks: TrackTable
    identities: Identities
    report: RunReport


def open_run(folder: str | Path) -> Run:
    """The tables of a run folder, as arrays.

    Args:
        folder: that of ``touchline track``, ``link`` or ``demo``. Its files stay as they are; a
            ``run.json`` that is missing is written.

    Returns:
        Tracks, identities and the report; ``run.tracks.to_pandas()`` and
        ``run.identities.to_pandas()`` are data frames, where pandas is installed.

    Raises:
        UsageError: a folder that is no run, or one without tracks yet.
        FormatError: a table that somebody damaged, naming file and line.
        StoreError: a report or observations that are damaged.
    """
    files = RunFolder.existing(Path(folder))
    tracks = tracks_of(files)
    report = current_report(files)
    identities = identities_of(files, tracks, report.video.fps)
    return Run(files.path, tracks, identities, report)
