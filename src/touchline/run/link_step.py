"""The second step of a run: from stored observations to the tracks in text files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from touchline.config import check_config
from touchline.formats.mot import write_tracks
from touchline.formats.table import write_csv
from touchline.linking.pipeline import link_observations
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.run.report import link_counts, write_report
from touchline.run.request import OnProgress, counted
from touchline.stage_times import StageTimes


def link_run(run: Path, settings: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """Make the tracks of a run from its observations and write tracks.txt and tracks.csv."""
    config = check_config(RunConfig, settings)
    folder = RunFolder.existing(run)
    times = StageTimes()
    with closing(ObservationStore.open(folder.observations)) as store:
        video = store.facts()["video"]
        with times.stage("link"):
            table = link_observations(
                counted(store, "link", len(store), on_progress),
                config.tracker,
                config.link,
                frame_rate=video["fps"],
                image_size=(video["width"], video["height"]),
            )
        write_tracks(table, folder.tracks_txt)
        write_csv(table, folder.tracks_csv)
        return write_report(folder, store, link_counts(table), config, times)
