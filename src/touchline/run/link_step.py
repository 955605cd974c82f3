"""The second step of a run: from stored observations to the tracks in text files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from touchline.clothes.collection import collect_clothes
from touchline.errors import Interrupted
from touchline.formats.mot import write_tracks
from touchline.formats.table import write_csv
from touchline.linking.pipeline import link_clip
from touchline.observations import Observation, ObservationStore
from touchline.progress import OnProgress, ShouldStop, counted
from touchline.run.folder import RunFolder, adopt_settings
from touchline.run.links_file import write_links
from touchline.run.made import as_made, is_as_made, tracks_stamp
from touchline.run.report import link_counts, write_report
from touchline.run.silence import SeenRoles, why_nobody
from touchline.run.teams import RunTeams
from touchline.stage_times import StageTimes

T = TypeVar("T")

_WHOLE_CLIP = "who is who"
"""The stage whose remaining work is unknown."""


def link_run(
    run: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress,
    should_stop: ShouldStop = lambda: False,
    *,
    parts: Sequence[str] = ("tracker", "link"),
) -> dict[str, Any]:
    """Make the tracks of a run from its observations, and write its text files.

    Nothing is done where they are there and would be the same. parts: of the settings that may
    differ from the run's; none: all. Raises Interrupted where ``should_stop`` ended it, with
    earlier tracks untouched.
    """
    folder = RunFolder.existing(run)
    times = StageTimes()
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        config = adopt_settings(store, settings, parts, "link")
        facts = store.facts()
        video = facts["video"]
        files = (folder.tracks_txt, folder.tracks_csv, folder.links, folder.teams)
        stamp = tracks_stamp(store, config)
        if facts["tracks"] is not None and is_as_made(facts.get("tracks_made"), stamp, files):
            if facts["settings"] != dict(settings):  # those of later steps
                store.commit(settings=dict(settings))
            return write_report(folder, store)
        seen = SeenRoles()
        with times.stage("link"):
            linked = link_clip(
                seen.each(_until(should_stop, _announced(store, on_progress))),
                config.tracker_in_force(),
                config.link,
                frame_rate=video["fps"],
                image_size=(video["width"], video["height"]),
            )
        if video["live"]:
            from touchline.run.live import adopt_recording  # the rest of this step reads no video

            store.commit(warnings=[*store.facts()["warnings"], *adopt_recording(folder)])
        on_progress(_WHOLE_CLIP, 1, 1)
        with times.stage("teams"):
            again = counted(store, "teams", len(store), on_progress)
            teams = RunTeams.of(collect_clothes(again, linked.table), linked.table)
        table = teams.named(linked.table)
        # From now on an earlier video shows other tracks; a live one shows what was known live.
        store.commit(tracks=None, drawn=video["live"] and folder.annotated.exists())
        folder.people.unlink(missing_ok=True)  # it names identities that are others now
        write_tracks(table, folder.tracks_txt)
        write_csv(table, folder.tracks_csv)
        if linked.links is None:
            folder.links.unlink(missing_ok=True)
        else:
            write_links(linked.links, folder.links)
        teams.write(folder.teams)
        nobody = why_nobody(seen, table.roles, config)
        store.commit(
            tracks=link_counts(table, linked.doubles),
            tracks_made=as_made(stamp, files),
            settings=dict(settings),
            link_warnings=[] if nobody is None else [nobody],
        )
        return write_report(folder, store, times)


def _announced(store: ObservationStore, on_progress: OnProgress) -> Iterator[Observation]:
    """The observations with their progress, then the announcement of the linking stage."""
    yield from counted(store, "link", len(store), on_progress)
    on_progress(_WHOLE_CLIP, 0, None)


def _until(should_stop: ShouldStop, items: Iterable[T]) -> Iterator[T]:
    for item in items:
        if should_stop():
            raise Interrupted("stopped while linking; touchline link makes the tracks")
        yield item
