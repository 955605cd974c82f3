"""A whole run: observe, link and draw."""

from __future__ import annotations

from contextlib import closing

from touchline.errors import ConnectionLost, Interrupted
from touchline.formats.track_lines import TrackLines
from touchline.progress import OnProgress, ShouldStop
from touchline.run.draw_step import make_video, renew_page
from touchline.run.facts import RunReport
from touchline.run.folder import RunFolder
from touchline.run.link_step import make_tracks
from touchline.run.observe_step import observe_run
from touchline.run.online import ProvisionalTracks
from touchline.run.request import RunRequest


def track_run(
    request: RunRequest,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    lines: TrackLines | None = None,
) -> RunReport:
    """Observe, link and draw; returns what run.json says.

    lines: get the tracks of every frame as soon as it is observed, and who they are after linking.

    Raises Interrupted where ``should_stop`` ended it: the tracks of the frames seen so far are
    written, and the same request goes on from there.
    """
    if lines is None:
        return _tracked(request, on_progress, should_stop, None)
    with closing(lines):
        return _tracked(request, on_progress, should_stop, ProvisionalTracks(lines))


def _tracked(
    request: RunRequest,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    told: ProvisionalTracks | None,
) -> RunReport:
    lost, stopped = None, False
    try:
        observed = observe_run(request, on_progress, should_stop, told)
        stopped = not observed.complete or observed.video.live
    except ConnectionLost as error:
        lost = error
    report = _link(request, on_progress, (lambda: False) if stopped or lost else should_stop)
    if told is not None:
        told.end(RunFolder(request.out), complete=report.complete)
    if lost is not None:
        raise ConnectionLost(f"{lost}; the tracks until then are in {request.out}")
    if not report.complete:
        raise Interrupted(
            f"stopped after {report.counts.frames} frames, whose tracks are in "
            f"{request.out}; the same command goes on from there"
        )
    if request.draw_video and not report.video.live:
        # By the address that was asked for: the run keeps it without its password.
        report = make_video(request.out, request.asked, on_progress, should_stop, request.source)
    elif not request.draw_video:
        renew_page(request.out, request.asked, on_progress, should_stop)
    return report


def _link(request: RunRequest, on_progress: OnProgress, should_stop: ShouldStop) -> RunReport:
    """What was seen is linked, also after a stop; a second one ends it here."""
    try:
        return make_tracks(request.out, request.asked, on_progress, should_stop)
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped while linking; what was seen is kept, and touchline link {request.out} "
            "makes the tracks"
        ) from None
