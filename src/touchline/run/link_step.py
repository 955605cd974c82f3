"""The second step of a run: from stored observations to the tracks in text files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from touchline.ball_track import BallTrack
from touchline.clothes.shirt_means import shirt_means
from touchline.config import dotted_values
from touchline.edits.anchors import fact_words
from touchline.edits.facts import Edit
from touchline.edits.people import with_edits
from touchline.errors import Interrupted
from touchline.formats.ball_csv import write_ball
from touchline.formats.links_json import write_links
from touchline.formats.mot import write_mot
from touchline.linking.ball.tracker import BallTracker
from touchline.linking.outside import OutsidePeople, without_outside
from touchline.linking.pipeline import LinkedClip, TrackedClip, link_tracked, track_clip
from touchline.observations import Observation, ObservationStore
from touchline.people_facts import TeamShirt, people_found
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.grass import SeenGrass
from touchline.progress import OnProgress, ShouldStop, counted
from touchline.run.cameras import renew_cameras
from touchline.run.config import RunConfig
from touchline.run.draw_step import renew_page
from touchline.run.facts import RunFacts, RunReport
from touchline.run.folder import RunFolder, adopt_settings
from touchline.run.labels import say_who_is_absent
from touchline.run.made import as_made, is_as_made, tracks_stamp
from touchline.run.metres import places_of_clothes, write_metres, write_outside_people
from touchline.run.report import link_counts, write_report
from touchline.run.request import AskedSettings
from touchline.run.silence import SeenRoles, why_no_ball, why_nobody
from touchline.run.tables import cameras_of, edits_of, identities_of_run, write_tables
from touchline.run.without_role import without_role
from touchline.stage_times import StageTimes
from touchline.types import Floats, Ints

T = TypeVar("T")

_WHOLE_CLIP, _PERCENT = "who is who", 100
"""The stage after all frames, counted in parts of its passes over the tracklets."""

FORGOTTEN = (
    "who of a gallery the people are is not known of these tracks: touchline gallery match says it"
)


def link_run(
    run: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress,
    should_stop: ShouldStop = lambda: False,
) -> RunReport:
    """Make the tracks of a run from its observations, and write its text files.

    Nothing is done where they are there and would be the same. settings: nested names, of which
    those of ``tracker``, ``link``, ``pitch``, ``positions`` and ``page`` may differ from the run's,
    and ``draw.only``, which is kept for drawing. Raises Interrupted where ``should_stop`` ended it,
    with earlier tracks untouched.
    """
    asked = AskedSettings.checked(settings)
    parts = ("tracker", "link", "pitch", "positions", "page", "draw.only")
    report = make_tracks(run, asked, on_progress, should_stop, parts=parts)
    if asked.config.draw.only:
        say_who_is_absent(identities_of_run(run), asked.config.draw)
    renew_page(run, asked, on_progress, should_stop)
    return report


def make_tracks(
    run: Path,
    asked: AskedSettings,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    *,
    parts: Sequence[str] = (),
) -> RunReport:
    """As ``link_run``. parts: of the settings that may differ from the run's; none: all."""
    folder = RunFolder.existing(run)
    times = StageTimes()
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        facts = RunFacts.of(store)
        adopt_settings(facts, asked, parts, "link")
        config, video = asked.config, facts.video
        if not config.page.people:
            folder.people.unlink(missing_ok=True)
        edits = edits_of(folder, facts)
        stamp = tracks_stamp(len(store), video, config, edits)
        if facts.tracks is not None and is_as_made(facts.tracks_made, stamp, made_files(folder)):
            facts = replace(facts, settings=dict(asked.given)).commit(
                store, facts
            )  # those of later steps
            return write_report(folder, store, facts, config)
        facts = renew_cameras(folder, store, facts, config, times, on_progress, should_stop)
        tracked = tracked_run(store, facts, config, on_progress, should_stop, times)
        beside = tracked.beside
        with times.stage("link"):
            on_done = heeding(should_stop, on_progress)
            clip, outside = people_on_pitch(tracked, config, edits)
            del tracked  # a long clip takes much memory
            linked = link_tracked(clip, config.link, edits, on_done)
            del clip
        if video.live:
            from touchline.run.live import adopt_recording  # the rest of this step reads no video

            said = (*facts.warnings, *adopt_recording(folder))
            facts = replace(facts, warnings=said).commit(store, facts)
        on_progress(_WHOLE_CLIP, _PERCENT, _PERCENT)
        facts = write_tracks(folder, store, facts, asked, beside, linked, edits, times, outside)
        return write_report(folder, store, facts, config, times)


@dataclass(frozen=True, slots=True)
class BesideTracks:
    """What a run's observations tell beside its tracks.

    frames, times: (F,) numbers in the video, seconds. seen: for ``why_nobody``. cameras: of the
    frames. grass: where it is seen in them.
    """

    frames: Ints
    times: Floats
    ball: BallTrack
    seen: SeenRoles
    cameras: PitchCameras
    grass: SeenGrass


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a run's observations give whatever is stated of its people."""

    clip: TrackedClip
    beside: BesideTracks


def tracked_run(
    store: ObservationStore,
    facts: RunFacts,
    config: RunConfig,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    times: StageTimes,
) -> TrackedRun:
    """The tracks and the ball of a run, before anybody knows who is who. Raises Interrupted."""
    video, seen, no_ball = facts.video, SeenRoles(), why_no_ball(facts, config)
    image_size = (video.width, video.height)
    grass = SeenGrass(image_size)
    ball = BallTracker(config.link.ball, frame_rate=video.fps, image_size=image_size)
    with times.stage("link"):
        observations = _until(should_stop, _announced(store, on_progress))
        observations = seen.each(grass.each(observations))
        clip = track_clip(
            ball.each(observations) if no_ball is None else observations,
            config.tracker_in_force(),
            config.link,
            frame_rate=video.fps,
            image_size=image_size,
        )
    with times.stage("ball"):
        found = ball.track() if no_ball is None else BallTrack.empty(no_ball)
    cameras = cameras_of(RunFolder(store.file.parent), image_size)
    return TrackedRun(clip, BesideTracks(clip.frames, clip.times, found, seen, cameras, grass))


def people_on_pitch(
    tracked: TrackedRun, config: RunConfig, edits: Sequence[Edit]
) -> tuple[TrackedClip, OutsidePeople]:
    """The tracks of a run without people off the pitch, and who those were."""
    cameras, grass = tracked.beside.cameras, tracked.beside.grass
    return without_outside(tracked.clip, cameras, config.pitch, config.positions, edits, grass)


def write_tracks(
    folder: RunFolder,
    store: ObservationStore,
    facts: RunFacts,
    asked: AskedSettings,
    beside: BesideTracks,
    linked: LinkedClip,
    edits: Sequence[Edit],
    times: StageTimes,
    outside: OutsidePeople,
) -> RunFacts:
    """Write all text files of a linked run but its report; what the run remembers from now on.

    edits: the facts that hold in ``linked``, which get into the tables. outside: who was left out.
    """
    config, video = asked.config, facts.video
    with times.stage("teams"):
        clip = (beside.frames, beside.times, beside.cameras)
        ground = places_of_clothes(linked.clothes, *clip, config)
        teams = linked.clothes.teams(config.link.whole.side_size, ground)
        identities = linked.clothes.people(linked.table, 1.0 / video.fps, teams)
    table = identities.name_roles(linked.table)
    # From now on an earlier video shows other tracks; a live one shows what was known live.
    drawn = video.live and folder.annotated.exists()
    facts = replace(facts, tracks=None, drawn=drawn).commit(store, facts)
    if table.rows is not None:
        store.keep_track_rows(table.rows)
    reasons = _bytes_of(folder.links)
    write_mot(table, folder.tracks_txt)
    known, undone = with_edits(identities, table, edits)
    with times.stage("metres"):
        write_metres(folder, table, known, beside.cameras, config, video.fps)
        write_outside_people(folder, outside)
    store.keep_tracks(write_tables(folder, table, known))
    if linked.links is None:
        folder.links.unlink(missing_ok=True)
    else:
        write_links(linked.links, folder.links, teams.role_reasons())
    if _bytes_of(folder.links) != reasons:
        folder.doubts.unlink(missing_ok=True)  # of other joins
    write_ball(beside.ball, folder.ball)
    notes = [
        why_nobody(beside.seen, table.roles, config),
        without_role(known),
        FORGOTTEN if facts.recognised else None,
        _idle_settings(facts, asked),
    ]
    stamp = tracks_stamp(len(store), video, config, edits)
    return replace(
        facts,
        tracks=link_counts(
            table,
            linked.doubles,
            linked.glimpses,
            beside.ball,
            len(outside),
            int(beside.cameras.found.sum()),
        ),
        tracks_made=as_made(stamp, made_files(folder)),
        settings=dict(asked.given),
        link_warnings=tuple(one for one in notes if one is not None),
        people=people_found(identities),
        shirts=tuple(
            TeamShirt(team, lab) for team, lab in shirt_means(linked.clothes, identities).items()
        ),
        edit_warnings=tuple(undone),
        unmet_edits=tuple(one.told(lambda fact: fact_words(table, fact)) for one in linked.unmet),
        recognised=(),  # they are other identities now
    ).commit(store, facts)


def made_files(folder: RunFolder) -> tuple[Path, ...]:
    """The files that linking makes."""
    tables = (folder.tracks_txt, folder.tracks_csv, folder.links, folder.players, folder.ball)
    metres = (folder.cameras, folder.positions, folder.movement)
    return (*tables, *metres, folder.outside)


def _bytes_of(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _idle_settings(facts: RunFacts, asked: AskedSettings) -> str | None:
    """What to say where settings of the tracker are given, and another program has tracked."""
    given = asked.given.get("tracker")
    idle = [name for name in dotted_values(given or {}) if name != "roles"]
    if facts.models.tracks is None or not idle:
        return None
    names = ", ".join(f"tracker.{name}" for name in idle)
    return (
        f"{names} did not act: the tracks are those of {facts.models.tracks.name}; settings of "
        "link.* do"
    )


def _announced(store: ObservationStore, on_progress: OnProgress) -> Iterator[Observation]:
    """The observations with their progress, then the announcement of the linking stage."""
    yield from counted(store, "link", len(store), on_progress)
    on_progress(_WHOLE_CLIP, 0, _PERCENT)


def _until(should_stop: ShouldStop, items: Iterable[T]) -> Iterator[T]:
    for item in items:
        _stop_if(should_stop)
        yield item


def heeding(should_stop: ShouldStop, on_progress: OnProgress) -> Callable[[int, int], None]:
    """To be told how far finding out who is who is; it ends with Interrupted when asked to."""
    said = 0

    def on_done(done: int, total: int) -> None:
        nonlocal said
        _stop_if(should_stop)
        percent = min(_PERCENT * done // max(total, 1), _PERCENT)
        if percent > said:
            said = percent
            on_progress(_WHOLE_CLIP, percent, _PERCENT)

    return on_done


def _stop_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Interrupted("stopped while linking; touchline link makes the tracks")
