"""The second step of a run: from stored observations to the tracks in text files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from touchline.errors import Interrupted
from touchline.formats.mot import write_tracks
from touchline.formats.table import write_csv
from touchline.linking.clothes import collect_clothes
from touchline.linking.pipeline import link_clip
from touchline.observations import Observation, ObservationStore
from touchline.run.folder import RunFolder, adopt_settings
from touchline.run.links_file import write_links
from touchline.run.report import link_counts, write_report
from touchline.run.request import OnProgress, ShouldStop, counted
from touchline.run.teams import RunTeams
from touchline.stage_times import StageTimes

T = TypeVar("T")

_WHOLE_CLIP = "who is who"
"""The stage in which nobody can say how much of it is left."""


def link_run(
    run: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress,
    should_stop: ShouldStop = lambda: False,
    *,
    parts: Sequence[str] = ("tracker", "link"),
) -> dict[str, Any]:
    """Make the tracks of a run from its observations, and write its text files.

    parts: of the settings that may differ from the run's; none: all. Raises Interrupted where
    ``should_stop`` ended it, with earlier tracks untouched.
    """
    folder = RunFolder.existing(run)
    times = StageTimes()
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        config = adopt_settings(store, settings, parts, "link")
        video = store.facts()["video"]
        with times.stage("link"):
            linked = link_clip(
                _until(should_stop, _announced(store, on_progress)),
                config.suited_tracker(),
                config.link,
                frame_rate=video["fps"],
                image_size=(video["width"], video["height"]),
            )
        if video["live"]:
            from touchline.run.live import adopt_recording  # the rest of this step reads no video

            store.commit(warnings=[*store.facts()["warnings"], *adopt_recording(folder)])
        # From now on an earlier video shows other tracks; a live one shows what was known live.
        store.commit(tracks=None, drawn=video["live"] and folder.annotated.exists())
        folder.people.unlink(missing_ok=True)  # it names identities that are others now
        write_tracks(linked.table, folder.tracks_txt)
        write_csv(linked.table, folder.tracks_csv)
        if linked.links is None:
            folder.links.unlink(missing_ok=True)
        else:
            write_links(linked.links, folder.links)
        with times.stage("teams"):
            RunTeams.of(collect_clothes(store, linked.table)).write(folder.teams)
        on_progress(_WHOLE_CLIP, 1, 1)
        store.commit(tracks=link_counts(linked.table), settings=dict(settings))
        return write_report(folder, store, times)


def _announced(store: ObservationStore, on_progress: OnProgress) -> Iterator[Observation]:
    """The observations with their progress, then the word that the whole clip is thought about."""
    yield from counted(store, "link", len(store), on_progress)
    on_progress(_WHOLE_CLIP, 0, None)


def _until(should_stop: ShouldStop, items: Iterable[T]) -> Iterator[T]:
    for item in items:
        if should_stop():
            raise Interrupted("stopped while linking; touchline link makes the tracks")
        yield item
