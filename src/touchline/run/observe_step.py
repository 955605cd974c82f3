"""The first step of a run: observe the source into the store of its run folder."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from touchline.config import check_config
from touchline.errors import ConnectionLost, UsageError
from touchline.observations import ObservationStore
from touchline.observe import observe_into
from touchline.progress import OnProgress, ShouldStop
from touchline.run.box_units import end_warnings
from touchline.run.config import OBSERVE_SECTIONS, RunConfig
from touchline.run.facts import RunFacts, RunInputs, RunReport, VideoContent
from touchline.run.folder import RunFolder
from touchline.run.inputs import Perception, open_perception
from touchline.run.live import LiveDrawing
from touchline.run.online import OnlineTracks, ProvisionalTracks
from touchline.run.parts import led_in
from touchline.run.report import write_report
from touchline.run.request import RunRequest
from touchline.run.same_run import (
    ANOTHER_FOLDER,
    as_it_began,
    changed_on_the_way,
    kept,
    refuse_another_run,
    without_late_numbers,
)
from touchline.run.silence import nothing_found
from touchline.stage_times import StageTimes
from touchline.store_file import holds_nothing
from touchline.video.info import VideoInfo
from touchline.video.rates import final_rate, is_rate_warning, rate_warning
from touchline.video.reader import VideoReader, open_video
from touchline.video.source import find_source, local_path, redacted


def observe_run(
    request: RunRequest,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    told: ProvisionalTracks | None = None,
) -> RunReport:
    """Observe the source into its run folder, going on where an earlier call ended.

    told: who is told the tracks of each frame of the run, those of earlier calls first.

    Returns what run.json says; ``complete`` is False where ``should_stop`` ended a file early.
    A live source ends when it is stopped, and is drawn while it is observed. Raises ConnectionLost,
    with everything kept, where it ended by itself and did not come back.
    """
    config = request.asked.config
    _refuse_a_run_folder(request.source)
    find_source(request.source)  # a wrong name is said before anything is loaded
    folder = RunFolder(request.out)
    with ExitStack() as opened:
        store, before, reading, notes = None, None, config, list[str]()
        if not request.overwrite and not holds_nothing(folder.observations):
            store = opened.enter_context(ObservationStore.open(folder.observations, write=True))
            before = RunFacts.of(store)
            config, notes = as_it_began(config, request.settings, before.inputs)
            reading, more = without_late_numbers(config, before.inputs)
            notes += more
        perception = open_perception(reading)
        video = opened.enter_context(_open_where_it_ended(store, request, config))
        now = _facts(request, config, perception, video.info)
        if store is None or before is None:
            # Boxes that cannot be of this video are refused before an earlier run is emptied.
            warnings = perception.warnings(video.info.width, video.info.height)
            folder.prepare(overwrite=request.overwrite)
            facts = replace(now, warnings=tuple(warnings))
            store = ObservationStore.create(folder.observations, facts.as_json())
            opened.enter_context(store)
        else:
            facts = _gone_on(request, folder, store, before, now, notes)
        times = None
        if not facts.complete:
            # What tracks there are will be of fewer frames.
            facts = replace(facts, tracks=None, drawn=False).commit(store, facts)
            facts = _observe(
                request,
                config,
                perception,
                folder,
                store,
                facts,
                video,
                on_progress,
                should_stop,
                told,
            )
            times = StageTimes()
        elif told is not None:
            OnlineTracks(video.info, config, StageTimes(), told).replay(store)
        facts = _with_rate(facts, store, video.info).commit(store, facts)
        return write_report(folder, store, facts, _reported(facts, request), times)


def _reported(facts: RunFacts, request: RunRequest) -> RunConfig:
    """The configuration that the store remembers, which may be that of an earlier call."""
    if facts.settings == request.settings:
        return request.asked.config
    return check_config(RunConfig, facts.settings)


def _refuse_a_run_folder(source: str) -> None:
    """Somebody who names a run instead of its video wants one of the later steps."""
    if "://" not in source and os.path.isfile(RunFolder(Path(source)).observations):
        raise UsageError(
            f"{source} is a run folder, not a video: touchline link {source} makes its tracks "
            f"again, touchline draw {source} its video"
        )


def _open_where_it_ended(
    store: ObservationStore | None, request: RunRequest, config: RunConfig
) -> VideoReader:
    """The video at the frame after the last one stored, or at the start that was asked for."""
    if store is not None and find_source(request.source).always_live:
        raise UsageError(
            f"{request.out} holds a run, and a live source cannot go on: touchline link "
            f"{request.out} makes the tracks and the video of it; for more {ANOTHER_FOLDER}"
        )
    last = None if store is None else store.last()
    first_frame, end = None if last is None else last.frame + 1, request.end
    if request.part is not None:
        first_frame = request.part.lead if first_frame is None else first_frame
        end = request.part.end or end
    video = open_video(
        request.source,
        config=config.video,
        start=request.start if first_frame is None else None,
        end=end,
        first_frame=first_frame,
    )
    if store is not None and not video.info.fingerprint:
        video.close()
        raise UsageError(
            f"{request.out} holds a run, and it is not known whether {video.info.name} is what it "
            f"was made of: {ANOTHER_FOLDER}"
        )
    return video


def _facts(
    request: RunRequest, config: RunConfig, perception: Perception, info: VideoInfo
) -> RunFacts:
    """What is remembered of a request before anything is observed."""
    chosen = config.model_dump(mode="json")
    return RunFacts(
        inputs=RunInputs(
            video=VideoContent(info.fingerprint, info.fps),
            start=request.start,
            end=request.end,
            models=perception.models.contents(),
            **{section: chosen[section] for section in OBSERVE_SECTIONS},
        ),
        source=_reopenable(request.source),
        models=perception.models,
        video=info,
        complete=False,
        settings=dict(request.settings),
        tracks=None,
        drawn=False,
        seconds={},
        warnings=(),
    )


def _gone_on(
    request: RunRequest,
    folder: RunFolder,
    store: ObservationStore,
    before: RunFacts,
    now: RunFacts,
    notes: list[str],
) -> RunFacts:
    """The store of an earlier call taken over. Raises UsageError where it is another run's."""
    notes = [*notes, *refuse_another_run(folder.path, before, now, request.settings)]
    if before.complete:
        # Nothing is observed again: what is stored keeps the inputs it came from.
        video = replace(before.video, name=now.video.name)
        facts = replace(before, source=now.source, video=video)
    else:
        notes += changed_on_the_way(before.inputs, now.inputs, len(store))
        facts = replace(
            before,
            inputs=kept(now.inputs, before.inputs),
            source=now.source,
            models=before.models.updated(now.models),
            video=now.video,
        )
    warnings = tuple(dict.fromkeys([*before.warnings, *notes]))
    return replace(facts, warnings=warnings).commit(store, before)


def _reopenable(source: str) -> str:
    """The source such that it is found again from another working directory; without secrets."""
    path = os.path.expanduser(local_path(source))
    return os.path.realpath(path) if os.path.exists(path) else redacted(source)


def _observe(
    request: RunRequest,
    config: RunConfig,
    perception: Perception,
    folder: RunFolder,
    store: ObservationStore,
    facts: RunFacts,
    video: VideoReader,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    told: ProvisionalTracks | None,
) -> RunFacts:
    """Append what is missing to ``store``; its facts, complete where the source has ended."""
    times = StageTimes(facts.seconds)
    observer = perception.observer(config, times)
    state = store.state()
    if state is not None:
        observer.restore(state)
    done = len(store)
    total = _expected_frames(video.info, request)
    lost: ConnectionLost | None = None
    with ExitStack() as opened:
        drawing, online = None, None
        if video.info.live and request.draw_video:
            drawing = opened.enter_context(LiveDrawing(folder, video.info, config, times))
        if told is not None or drawing is not None:
            online = OnlineTracks(video.info, config, times, told, drawing)
            online.replay(store)
        frames = video.until(should_stop) if video.info.live else video
        if request.part is not None and not done:
            frames = led_in(frames, observer, request.part)
        try:
            finished = observe_into(
                store,
                times.each(frames, "read video"),
                observer,
                batch=1 if video.info.live else perception.batch,
                on_progress=lambda new: on_progress("observe", done + new, total),
                should_stop=should_stop,
                on_observed=None if online is None else online.see,
            )
        except ConnectionLost as error:
            lost, finished = error, False
            store.commit(observer.state())
    warnings = [*facts.warnings, *video.warnings]
    if finished and request.part is None:
        warnings += _warnings_at_end(request, config, perception, store)
    ended = finished or (video.info.live and lost is None)
    facts = replace(facts, complete=ended, seconds=times.seconds, warnings=tuple(warnings)).commit(
        store, facts
    )
    if lost is not None:
        write_report(folder, store, facts, _reported(facts, request))
        raise lost
    return facts


def _with_rate(facts: RunFacts, store: ObservationStore, info: VideoInfo) -> RunFacts:
    """The facts with the frame rate at which the images came, and a word where the header errs.

    ``inputs`` keeps the rate that the video is opened with: it tells one video from another.
    """
    numbers, times = store.times()
    rate = final_rate(info.fps, times, numbers)
    word = rate_warning(info, rate)
    warnings = [one for one in facts.warnings if not is_rate_warning(one)]
    said = (*warnings, *([] if word is None else [word]))
    return replace(facts, video=replace(facts.video, fps=rate), warnings=said)


def _warnings_at_end(
    request: RunRequest, config: RunConfig, perception: Perception, store: ObservationStore
) -> list[str]:
    """What is only known when the source has ended: that there was nobody, or no such frame."""
    last, found = store.last(), store.counts()["detections"]
    warnings = []
    if perception.stored is not None and last is not None:
        # Rows behind an end that was asked for are left out on purpose.
        frames = last.frame + 1 if request.end is None else None
        warnings += end_warnings(perception.stored, frames, found)
    elif last is not None and not found:
        warnings += filter(None, [nothing_found(len(store), config)])
    if interruptions := store.interruptions():
        warnings.append(
            f"{len(interruptions)} times flashes or foreign images interrupt a shot (the first "
            f"until {interruptions[0]:.2f} s): it goes on after them, and boxes in them count "
            "only where people were; -s shots.flash_seconds=0 takes them for cuts"
        )
    return warnings


def _expected_frames(info: VideoInfo, request: RunRequest) -> int | None:
    """About how many frames the request covers, for progress; None where nobody knows."""
    if info.frame_count is None:
        return None
    first = round((request.start or 0.0) * info.fps)
    last = info.frame_count if request.end is None else round(request.end * info.fps)
    return max(0, min(last, info.frame_count) - first)
