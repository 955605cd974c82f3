"""The cameras of a run: fitted to its stored lines once, and kept until something else is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from touchline.errors import Interrupted
from touchline.formats.cameras_csv import write_cameras
from touchline.observations import Observation, ObservationStore
from touchline.pitch.clip_cameras import find_cameras
from touchline.progress import OnProgress, ShouldStop, counted
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.made import as_made, cameras_stamp, is_as_made
from touchline.stage_times import StageTimes


def renew_cameras(
    folder: RunFolder,
    store: ObservationStore,
    facts: RunFacts,
    config: RunConfig,
    times: StageTimes,
    on_progress: OnProgress = lambda _stage, _done, _total: None,
    should_stop: ShouldStop = lambda: False,
) -> RunFacts:
    """Write cameras.csv where it is not what these settings make; what the run remembers of it.

    Raises Interrupted where ``should_stop`` ended it, with an earlier table untouched.
    """
    video = facts.video
    stamp = cameras_stamp(len(store), video, config)
    if is_as_made(facts.cameras_made, stamp, [folder.cameras]):
        return facts
    with times.stage("cameras"):
        seen = _until(should_stop, counted(store, "cameras", len(store), on_progress))
        cameras = find_cameras(seen, (video.width, video.height), config.pitch).rounded()
        write_cameras(cameras, folder.cameras)
    made = as_made(stamp, [folder.cameras])
    return replace(facts, cameras_made=made).commit(store, facts)


def _until(should_stop: ShouldStop, items: Iterator[Observation]) -> Iterator[Observation]:
    for item in items:
        if should_stop():
            raise Interrupted("stopped while finding cameras; touchline link goes on")
        yield item
