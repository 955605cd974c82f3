"""What a command prints at its end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.cli.json_file import STANDARD_OUTPUT, answer
from touchline.cli.verbosity import VERBOSITY

if TYPE_CHECKING:
    from touchline.run.facts import RunReport


_ENOUGH = 0.9
"""Share of frames with a camera above which nothing need be said."""


class Warnings(logging.Handler):
    """Collects the library's warnings, to be printed at the end, or where a long job begins."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def take(self) -> list[str]:
        """Those that were not taken yet."""
        new, self.messages = self.messages, []
        return new


LOGGED = Warnings()
logging.getLogger("touchline").addHandler(LOGGED)


def print_warnings(more: Sequence[str] = ()) -> None:
    """Print the library's new warnings, and ``more``, to standard error, each once."""
    for warning in dict.fromkeys([*LOGGED.take(), *more]):
        print(f"warning: {warning}", file=sys.stderr)


def print_report(
    report: RunReport,
    run: Path,
    json_file: Path | None,
    *,
    speed: bool = False,
    nothing_done: str | None = None,
) -> None:
    """Print a short summary of the report, what was found and where in ``run``, or its JSON.

    Warnings go to standard error in both cases. speed: say frames a second too. nothing_done: why
    the command had nothing to do, where that is so.
    """
    print_warnings(report.warnings)
    if nothing_done is not None and not VERBOSITY.quiet:
        aside = json_file == STANDARD_OUTPUT
        print(f"nothing to do: {nothing_done}", file=sys.stderr if aside else sys.stdout)
    answer(json_file, report.as_json(), lambda: print_summary(report, run, speed))


def print_summary(report: RunReport, run: Path, speed: bool) -> None:
    """What was found, and where in ``run``. speed: say frames a second too."""
    counts, files = report.counts, report.files
    line = f"{counts.frames} frames, {counts.detections} detections"
    if counts.identities is not None:
        line += f", {counts.identities} identities"
    if speed and report.frames_per_second:
        line += f", {report.frames_per_second} frames a second"
    print(line)
    if counts.glimpses and counts.glimpse_seconds is not None:
        who = "identity" if counts.glimpses == 1 else "identities"
        print(
            f"dropped: {counts.glimpses} {who}, seen for {counts.glimpse_seconds:.2f} s at "
            f"most; touchline link {run} -s link.whole.min_seconds=0 keeps them"
        )
    if counts.outside:
        who = "track of somebody" if counts.outside == 1 else "tracks of people"
        print(f"outside: {counts.outside} {who} off the pitch left out; outside.csv lists them")
    if counts.ball_seen:
        print(f"the ball: seen in {counts.ball_seen} frames, bridged in {counts.ball_bridged}")
    if counts.cameras is not None and report.settings["lines"]["every"]:
        print(pitch_line(counts.cameras, counts.frames, report.settings["pitch"]))
    if not report.complete and report.video.live:
        print("not whole: the live source was lost, or the recording killed")
    elif not report.complete:
        print("not finished: the command that began it goes on from there")
    if "video" not in files and (run / "annotated.mp4").exists():
        print(f"video:   shows earlier tracks; touchline draw {run} draws these")
    for name in ("video", "tracks", "table", "players", "people", "links", "ball", "report"):
        if name in files:
            print(f"{name + ':':8} {run / files[name]}")
    if VERBOSITY.verbose:
        spent = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
        print(f"seconds: {spent}")


def pitch_line(cameras: int, frames: int, pitch: Mapping[str, Any]) -> str:
    """In how many frames the pitch was recognised, and what to look at where in few."""
    found = f"recognised in {cameras} of {frames} frames" if cameras else "not recognised"
    if cameras >= _ENOUGH * frames:
        return f"the pitch: {found}"
    size = f"{pitch['length']:g} x {pitch['width']:g} m"
    cure = f"its size is taken to be {size} (pitch.length, pitch.width)"
    return f"the pitch: {found}; {cure}; cameras.csv says why"
