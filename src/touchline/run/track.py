"""A whole run: observe, link and draw."""

from __future__ import annotations

from typing import Any

from touchline.errors import Interrupted
from touchline.run.draw_step import draw_run
from touchline.run.link_step import link_run
from touchline.run.observe_step import observe_run
from touchline.run.request import OnProgress, RunRequest, ShouldStop


def track_run(
    request: RunRequest, on_progress: OnProgress, should_stop: ShouldStop
) -> dict[str, Any]:
    """Observe, link and draw; returns what run.json says.

    Raises Interrupted where ``should_stop`` ended it: the tracks of the frames seen so far are
    written, and the same request goes on from there.
    """
    observe_run(request, on_progress, should_stop)
    # After a stop the frames seen so far are linked all the same: that takes seconds.
    report = link_run(request.out, request.settings, on_progress, parts=())
    if not report["complete"]:
        raise Interrupted(
            f"stopped after {report['counts']['frames']} frames, whose tracks are in "
            f"{request.out}; the same command goes on from there"
        )
    if request.draw_video and not report["video"]["live"]:
        # By the address that was asked for: the run keeps it without its password.
        report = draw_run(
            request.out, request.settings, on_progress, should_stop, request.source, parts=()
        )
    return report
