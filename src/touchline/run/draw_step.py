"""The last step of a run: its tracks drawn over its video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from touchline.disk_files import put_in_place
from touchline.errors import Interrupted, StoreError, UsageError
from touchline.observations import ObservationStore
from touchline.progress import OnProgress, ShouldStop, counted
from touchline.run.drawn_minimap import minimap_of
from touchline.run.drawn_tracks import DrawnTracks
from touchline.run.facts import RunFacts, RunReport
from touchline.run.folder import RunFolder, adopt_settings
from touchline.run.labels import person_labels, ring_colours, say_who_is_absent, shirt_colours
from touchline.run.made import as_made, is_as_made, video_stamp
from touchline.run.observed_video import open_observed
from touchline.run.people_page import PeoplePage, complete_page, page_of
from touchline.run.report import write_report
from touchline.run.request import AskedSettings
from touchline.run.tables import ball_of, identities_of, tracks_of
from touchline.stage_times import StageTimes
from touchline.video.draw import Painter
from touchline.video.reader import VideoReader
from touchline.video.writer import VideoWriter


def draw_run(
    run: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress,
    should_stop: ShouldStop,
    source: str | None = None,
) -> RunReport:
    """Draw the tracks of a run over its video into annotated.mp4.

    Nothing is drawn where it is there and would be the same. settings: nested names, of which
    those of ``draw``, ``writer`` and ``page`` may differ from the run's; people.html is written of
    the same frames. source: where the video lies now, if it was moved. Raises Interrupted where
    ``should_stop`` ended it: an earlier annotated.mp4 is kept then, else what was drawn so far
    makes a whole file.
    """
    asked = AskedSettings.checked(settings)
    return make_video(
        run, asked, on_progress, should_stop, source, parts=("draw", "writer", "page")
    )


def make_video(
    run: Path,
    asked: AskedSettings,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    source: str | None = None,
    *,
    parts: Sequence[str] = (),
) -> RunReport:
    """As ``draw_run``. parts: of the settings that may differ from the run's; none: all."""
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        facts = RunFacts.of(store)
        adopt_settings(facts, asked, parts, "draw")
        config = asked.config
        refuse_undrawable(run, facts)
        table, ball = tracks_of(folder), ball_of(folder)
        people = identities_of(folder, table, facts.video.fps)
        say_who_is_absent(people, config.draw)
        names = person_labels(people, config.draw)
        colours = ring_colours(people, shirt_colours(facts), config.draw)
        drawn_facts = replace(facts, drawn=True, settings=dict(asked.given))
        stamp = video_stamp(folder, len(store), facts.video, config, names, colours)
        page = page_of(folder, facts, table, people, config)
        if is_as_made(facts.video_made, stamp, [folder.annotated]):
            if page is not None and (page.last_wanted is not None or not folder.people.exists()):
                again = partial(open_observed, store, facts, config, source)
                complete_page(page, again, on_progress, should_stop)
            if source is not None:  # whoever names a video wants to know that it is the one
                open_observed(store, facts, config, source).close()
            facts = drawn_facts.commit(store, facts)
            return write_report(folder, store, facts, config)
        times = StageTimes()
        earlier = folder.annotated.exists()
        target = folder.next_annotated if earlier else folder.annotated
        whole = False  # or as much as a person wanted to see
        try:
            with open_observed(store, facts, config, source) as video:
                size = (video.info.width, video.info.height)
                painter = Painter(config.draw, *size, names, colours, legend=True)
                minimap = minimap_of(folder, config, size[0], colours)
                rate = facts.video.fps  # as measured when all of it had been read
                writer = VideoWriter(target, *size, fps=rate, config=config.writer)
                drawn, stopped = _draw(
                    video,
                    writer,
                    store,
                    DrawnTracks(table, ball, config.draw, painter, minimap),
                    page,
                    times,
                    on_progress,
                    should_stop,
                )
            if page is not None:
                page.write()
            total = len(store)
            whole = drawn == total or stopped
            if drawn == total:
                if earlier:
                    _give_name(target, folder.annotated)
                made = as_made(stamp, [folder.annotated])
                facts = replace(drawn_facts, video_made=made).commit(store, facts)
            report = write_report(folder, store, facts, config, times)
        finally:
            folder.next_annotated.unlink(missing_ok=True)
            if not whole and not earlier:  # half a video must not look like one
                folder.annotated.unlink(missing_ok=True)
    if drawn < total and stopped:
        raise Interrupted(
            f"stopped after drawing {drawn} of {total} frames; touchline draw {run} draws them all"
        )
    if drawn < total:
        raise StoreError(f"the video ended after {drawn} of the {total} frames that were observed")
    return report


def refuse_undrawable(run: Path, facts: RunFacts) -> None:
    """Raises UsageError for a run whose tracks cannot be drawn over its video."""
    if facts.video.live:
        raise UsageError(f"{run} is the run of a live source: its video cannot be read again")
    if facts.inputs.simulation is not None:
        raise UsageError(f"{run} is a simulation: it has no images to draw on")
    if facts.tracks is None:
        raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")


def renew_page(
    run: Path, asked: AskedSettings, on_progress: OnProgress, should_stop: ShouldStop
) -> None:
    """Write people.html of a linked run again, where there is one, from its video if need be."""
    folder = RunFolder.existing(run)
    if not folder.people.exists():
        return
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        table = tracks_of(folder)
        people = identities_of(folder, table, facts.video.fps)
        page = page_of(folder, facts, table, people, asked.config)
        if page is not None:
            again = partial(open_observed, store, facts, asked.config, None)
            complete_page(page, again, on_progress, should_stop)


def _give_name(drawn: Path, annotated: Path) -> None:
    try:
        put_in_place(drawn, annotated)
    except OSError as error:
        raise StoreError(
            f"{annotated} cannot be written: {error.strerror}; free space or choose another folder"
        ) from None


def _draw(
    video: VideoReader,
    writer: VideoWriter,
    store: ObservationStore,
    drawn_tracks: DrawnTracks,
    page: PeoplePage | None,
    times: StageTimes,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[int, bool]:
    """Write the annotated video; how many frames it holds, and whether it was stopped early."""
    drawn, stopped = 0, False
    with writer:
        observations = counted(store, "draw", len(store), on_progress)
        # The observations come first: they end where the run was told to end.
        for observation, frame in zip(observations, times.each(video, "read again"), strict=False):
            if page is not None:
                with times.stage("people"):
                    page.take(frame)
            with times.stage("draw"):
                drawn_tracks.draw(frame.image, observation, frame.time)
            with times.stage("write video"):
                writer.write(frame.image, frame.time)
            drawn += 1
            stopped = should_stop()
            if stopped:
                break
        with times.stage("write video"):
            writer.close()
    return drawn, stopped
