"""The tracks of the run that was edited last, kept in memory: the next edit links them again."""

from __future__ import annotations

from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.link_step import TrackedRun, tracked_run
from touchline.run.made import tracks_stamp
from touchline.run.people import LinkedRun
from touchline.stage_times import StageTimes

_KEPT: dict[tuple[str, ...], TrackedRun] = {}
"""At most one, by its store and the hash of all that it depends on."""


def kept_tracks(
    linked: LinkedRun,
    config: RunConfig,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    times: StageTimes,
) -> TrackedRun:
    """The tracks of a run before anybody knows who is who; tracked anew where they are not kept."""
    store, facts = linked.store, linked.facts
    stamp = tracks_stamp(len(store), facts.video, config)
    # Whatever was observed anew took another time.
    key = (str(store.file.resolve()), stamp, repr(facts.inputs), repr(facts.seconds))
    if key not in _KEPT:
        _KEPT.clear()  # first, so that two are never held
        _KEPT[key] = tracked_run(store, facts, config, on_progress, should_stop, times)
    return _KEPT[key]
