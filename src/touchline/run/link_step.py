"""The second step of a run: from stored observations to the tracks in text files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from touchline.formats.mot import write_tracks
from touchline.formats.table import write_csv
from touchline.linking.pipeline import link_observations
from touchline.observations import ObservationStore
from touchline.run.folder import RunFolder, adopt_settings
from touchline.run.report import write_report
from touchline.run.request import OnProgress, counted
from touchline.stage_times import StageTimes


def link_run(run: Path, settings: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """Make the tracks of a run from its observations and write tracks.txt and tracks.csv."""
    folder = RunFolder.existing(run)
    times = StageTimes()
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        config = adopt_settings(store, settings, ("tracker", "link"), "link")
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
        # From now on an earlier video shows other tracks; a live one shows what was known live.
        store.commit(drawn=video["live"] and folder.annotated.exists())
        return write_report(folder, store, config, times, table)
