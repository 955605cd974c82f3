"""``track``, ``observe``, ``link``, ``draw``, ``demo``: the commands that make a run folder."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchline.cli.arguments import asked_settings, default_out, is_count, named_path
from touchline.cli.json_file import STANDARD_OUTPUT, lines_target
from touchline.cli.options import (
    ConfigFile,
    DetectorFile,
    DetectorSize,
    Device,
    JsonFile,
    MovedVideo,
    Overrides,
    Overwrite,
    RunOut,
    RunPath,
    Source,
)
from touchline.cli.report import print_report
from touchline.clock_times import parse_time
from touchline.errors import Interrupted, UsageError
from touchline.tracking.presets import PRESETS

if TYPE_CHECKING:
    from touchline.progress import OnProgress
    from touchline.run.request import RunRequest

DetectionFile = Annotated[
    Path | None,
    typer.Option(
        "--detections",
        metavar="FILE",
        help="Boxes to use instead of a detector, as MOTChallenge text.",
        parser=named_path,
    ),
]
TrackFile = Annotated[
    Path | None,
    typer.Option(
        "--tracks",
        metavar="FILE",
        help="Tracks of another program to use instead of a detector and the tracker, as "
        "MOTChallenge text.",
        parser=named_path,
    ),
]
Reid = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Embedder: football-reid (default), colour, none, an ONNX file or a checkpoint.",
    ),
]
Start = Annotated[
    str | None, typer.Option(metavar="TIME", help="Start time: seconds or [HH:]MM:SS.")
]
End = Annotated[str | None, typer.Option(metavar="TIME", help="End time: seconds or [HH:]MM:SS.")]
Preset = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=f"Tracker preset: {', '.join(PRESETS)}. Default: touchline."),
]
JsonLines = Annotated[
    Path | None,
    typer.Option(
        "--jsonl",
        metavar="FILE",
        help="Write the tracks of each frame as a line of JSON to FILE, or with - to standard "
        "output, while the clip is looked at. Identities are provisional until the last line.",
        parser=lines_target,
    ),
]
NoVideo = Annotated[
    bool, typer.Option("--no-video", help="Do not write annotated.mp4 and people.html.")
]

_STDOUT = 1  # its descriptor

_STEPS = ("observe", "link", "who is who", "draw")
"""The stages of a run, by their names in its progress."""

_FINISHED = (
    "this run is finished, and its files are those of these settings; --overwrite begins again"
)
_OBSERVED = "this video was observed to its end; --overwrite begins again"
_LINKED = "these are the tracks of these settings; a file that you delete is made again"
_DRAWN = "annotated.mp4 shows these tracks with these settings; delete it to have it drawn again"


class _Work:
    """Passes progress on; knows whether there was any, as a command may have nothing to do."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._any = False

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        self._any = True
        self._on_progress(stage, done, total)

    def none(self, because: str) -> str | None:
        """The reason why nothing was done, if nothing was."""
        return None if self._any else because


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    for command in (track, observe, link, draw, demo):
        app.command()(command)


def track(
    video: Source,
    out: RunOut = None,
    detector: DetectorFile = None,
    detector_size: DetectorSize = None,
    detections: DetectionFile = None,
    tracks: TrackFile = None,
    reid: Reid = None,
    start: Start = None,
    end: End = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    preset: Preset = None,
    device: Device = None,
    no_video: NoVideo = False,
    overwrite: Overwrite = False,
    json_lines: JsonLines = None,
    json_file: JsonFile = None,
) -> None:
    """Track a clip: write an annotated video, tracks and a report.

    If it is stopped or killed, the same command continues where it left off; with --overwrite it
    begins again.
    """
    from touchline.cli.progress import reporting
    from touchline.formats.track_lines import TrackLines
    from touchline.run.track import track_run

    models = network_settings(detector, detector_size, detections, tracks, reid, device)
    asked = asked_settings(config, settings, {**models, "tracker.preset": preset})
    request = _request(video, out, asked, start, end, overwrite, draw_video=not no_video)
    aside = json_lines == STANDARD_OUTPUT
    if aside and json_file == STANDARD_OUTPUT:
        raise UsageError("--jsonl - and --json - both want standard output; give one a file")
    lines = None if json_lines is None else TrackLines(_STDOUT if aside else json_lines)
    with reporting(steps=_STEPS[: 3 if no_video else 4]) as (on_progress, should_stop):
        work = _Work(on_progress)
        report = track_run(request, work, should_stop, lines)
    with redirect_stdout(sys.stderr) if aside else nullcontext():
        print_report(report, request.out, json_file, speed=True, nothing_done=work.none(_FINISHED))


def observe(
    video: Source,
    out: RunOut = None,
    detector: DetectorFile = None,
    detector_size: DetectorSize = None,
    detections: DetectionFile = None,
    tracks: TrackFile = None,
    reid: Reid = None,
    start: Start = None,
    end: End = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    device: Device = None,
    overwrite: Overwrite = False,
    json_file: JsonFile = None,
) -> None:
    """Detect and embed only: write detections, camera motion and appearance to a run folder.

    If it is stopped or killed, the same command continues where it left off.
    """
    from touchline.cli.progress import reporting
    from touchline.run.observe_step import observe_run

    models = network_settings(detector, detector_size, detections, tracks, reid, device)
    asked = asked_settings(config, settings, models)
    request = _request(video, out, asked, start, end, overwrite, draw_video=False)
    with reporting() as (on_progress, should_stop):
        work = _Work(on_progress)
        report = observe_run(request, work, should_stop)
    if not report.complete:
        raise Interrupted(
            f"stopped after {report.counts.frames} frames, kept in {request.out}; "
            "the same command goes on from there"
        )
    print_report(report, request.out, json_file, speed=True, nothing_done=work.none(_OBSERVED))


def link(
    run: RunPath,
    config: ConfigFile = None,
    settings: Overrides = None,
    preset: Preset = None,
    json_file: JsonFile = None,
) -> None:
    """Recompute the tracks of a run from its observations, within seconds.

    Takes the settings tracker.*, link.* and page.*, and draw.only, which the run remembers. A
    people.html that is there is made again.
    """
    from touchline.cli.progress import reporting
    from touchline.run.folder import stored_settings
    from touchline.run.link_step import link_run

    asked = asked_settings(config, settings, {"tracker.preset": preset}, stored_settings(run))
    with reporting(steps=_STEPS[1:3]) as (on_progress, should_stop):
        work = _Work(on_progress)
        report = link_run(run, asked, work, should_stop)
    print_report(report, run, json_file, nothing_done=work.none(_LINKED))


def draw(
    run: RunPath,
    video: MovedVideo = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Redraw the annotated video of a run, and its people.html.

    Takes the settings draw.*, writer.* and page.*, which the run remembers.
    """
    from touchline.cli.progress import reporting
    from touchline.run.draw_step import draw_run
    from touchline.run.folder import stored_settings

    asked = asked_settings(config, settings, {}, stored_settings(run))
    with reporting() as (on_progress, should_stop):
        work = _Work(on_progress)
        report = draw_run(run, asked, work, should_stop, video)
    print_report(report, run, json_file, nothing_done=work.none(_DRAWN))


def demo(
    out: RunOut = None,
    end: End = None,
    json_file: JsonFile = None,
) -> None:
    """Track the ten-second clip that comes with the program, and print where the results are."""
    from touchline.cli.progress import reporting
    from touchline.demo import PITCH, VIDEO
    from touchline.run.folder import RunFolder
    from touchline.run.track import track_run

    out = out or Path("runs") / "demo"
    asked = asked_settings(None, None, PITCH)
    # An earlier demo is replaced; any other run in that folder is refused as usual.
    earlier = RunFolder(out).read_report()
    again = earlier is not None and earlier.source == VIDEO.name
    request = _request(str(VIDEO), out, asked, None, end, overwrite=again, draw_video=True)
    with reporting(steps=_STEPS) as (on_progress, should_stop):
        report = track_run(request, on_progress, should_stop)
    print_report(report, request.out, json_file, speed=True)


def network_settings(
    detector: Path | None,
    detector_size: str | None,
    detections: Path | None,
    tracks: Path | None,
    reid: str | None,
    device: str | None,
) -> dict[str, Any]:
    """The network options, by the settings they stand for."""
    return {
        "models.detector": detector,
        "models.detections": detections,
        "models.tracks": tracks,
        "models.reid": reid,
        # A number is the longer side; anything else is WIDTHxHEIGHT or auto, or refused.
        "detector.size": int(size) if is_count(size := detector_size or "") else detector_size,
        "detector.device": device,
        "embedder.device": device,
    }


def _request(
    video: str,
    out: Path | None,
    settings: dict[str, Any],
    start: str | None,
    end: str | None,
    overwrite: bool,
    draw_video: bool,
) -> RunRequest:
    from touchline.run.request import RunRequest

    if not video.strip():
        raise UsageError("the name of the video is empty")
    return RunRequest(
        source=video,
        out=out or default_out(video),
        settings=settings,
        start=parse_time(start, "--start"),
        end=parse_time(end, "--end"),
        overwrite=overwrite,
        draw_video=draw_video,
    )
