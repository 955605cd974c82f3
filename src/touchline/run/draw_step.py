"""The last step of a run: its tracks drawn over its video."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from touchline.config import check_config
from touchline.errors import Interrupted, StoreError, UsageError
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.run.report import write_report
from touchline.run.request import OnProgress, ShouldStop, counted
from touchline.stage_times import StageTimes
from touchline.types import TrackTable
from touchline.video.draw import Painter
from touchline.video.reader import open_video
from touchline.video.writer import VideoWriter


def draw_run(
    run: Path, settings: Mapping[str, Any], on_progress: OnProgress, should_stop: ShouldStop
) -> dict[str, Any]:
    """Draw the tracks of a run over its video into annotated.mp4.

    Raises Interrupted where ``should_stop`` ended it; the frames drawn so far make a whole file.
    """
    config = check_config(RunConfig, settings)
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        if store.facts()["video"]["live"]:
            raise UsageError(f"{run} is the run of a live source: its video cannot be read again")
        table = read_csv(folder.tracks_csv)
        times = StageTimes()
        total = len(store)
        drawn = _draw(folder, store, table, config, times, on_progress, should_stop)
        report = write_report(folder, store, {}, config, times)
    if drawn < total:
        raise Interrupted(
            f"stopped after drawing {drawn} of {total} frames; touchline draw {run} draws them all"
        )
    return report


def _draw(
    folder: RunFolder,
    store: ObservationStore,
    table: TrackTable,
    config: RunConfig,
    times: StageTimes,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> int:
    """Write annotated.mp4 and return how many frames it holds."""
    source = store.facts()["source"]
    first = next(iter(store), None)
    if first is None:
        raise StoreError(f"{folder.path} holds no observed frame: nothing to draw")
    drawn = 0
    with open_video(source, config=config.video, first_frame=first.frame) as video:
        info = video.info
        painter = Painter(config.draw, info.width, info.height)
        with VideoWriter(
            folder.annotated, info.width, info.height, fps=info.fps, config=config.writer
        ) as writer:
            observations = counted(store, "draw", len(store), on_progress)
            frames = times.each(video, "read again")
            # The observations come first: they end where the run was told to end.
            for observation, frame in zip(observations, frames, strict=False):
                if frame.index != observation.frame:
                    raise StoreError(
                        f"{source} shows frame {frame.index} where {observation.frame} was "
                        "observed: the video has changed; track it again with --overwrite"
                    )
                rows = table.rows_at(frame.index)
                with times.stage("draw"):
                    painter.draw(
                        frame.image,
                        table.at(frame.index),
                        time=frame.time,
                        interpolated=table.interpolated[rows],
                        motion=observation.motion,
                        cut=observation.cut,
                    )
                with times.stage("write video"):
                    writer.write(frame.image, frame.time)
                drawn += 1
                if should_stop():
                    break
            with times.stage("write video"):
                writer.close()
    return drawn
