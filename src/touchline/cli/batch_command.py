"""``batch``: track many clips, by several processes and machines at once."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import STANDARD_OUTPUT, answer, lines_target
from touchline.cli.options import (
    ConfigFile,
    DetectorFile,
    DetectorSize,
    Device,
    JsonFile,
    Overrides,
    Overwrite,
    Ray,
)
from touchline.cli.report import print_warnings
from touchline.cli.run_commands import (
    DetectionFile,
    End,
    NoVideo,
    Preset,
    Reid,
    Start,
    TrackFile,
    network_settings,
)
from touchline.clock_times import parse_time
from touchline.errors import Interrupted, TouchlineError, UsageError

if TYPE_CHECKING:
    from touchline.batch_runs.records import BatchSummary

Clips = Annotated[
    list[str],
    typer.Argument(
        metavar="CLIPS...",
        help="Folder, pattern or manifest of clips (a CSV file with the column video), or videos.",
    ),
]


def _place(text: str) -> str:
    """A folder, or its address. Raises UsageError if empty."""
    return text if "://" in text else str(named_path(text))


BatchOut = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Folder of the run folders and of the summary, or its address, as s3://bucket/folder.",
        parser=_place,
    ),
]
Workers = Annotated[
    int, typer.Option(min=1, metavar="NUMBER", help="Number of clips to track at once.")
]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Track the I-th of N parts of the clips only, counted from 1: one for each machine.",
    ),
]
RayCpus = Annotated[
    float,
    typer.Option("--ray-cpus", min=0, metavar="NUMBER", help="Processors that a Ray task takes."),
]
RayGpus = Annotated[
    float,
    typer.Option(
        "--ray-gpus", min=0, metavar="NUMBER", help="GPUs that a Ray task takes, as 0.25."
    ),
]
RayMinutes = Annotated[
    float,
    typer.Option(
        "--ray-minutes",
        min=0,
        metavar="MINUTES",
        help="Length of the parts into which Ray tasks divide a long clip; 0: none.",
    ),
]
ProgressLines = Annotated[
    Path | None,
    typer.Option(
        "--jsonl",
        metavar="FILE",
        help="Write how far the batch is, and what came of each clip, as lines of JSON to FILE, or "
        "with - to standard output.",
        parser=lines_target,
    ),
]
_SHARD = re.compile(r"(\d{1,9})/(\d{1,9})")


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(batch)


def batch(
    clips: Clips,
    out: BatchOut,
    workers: Workers = 1,
    shard: Shard = None,
    ray: Ray = None,
    ray_cpus: RayCpus = 2.0,
    ray_gpus: RayGpus = 0.0,
    ray_minutes: RayMinutes = 5.0,
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
    json_file: JsonFile = None,
    json_lines: ProgressLines = None,
) -> None:
    """Track many clips, each into a folder of its own, and sum up what came of them.

    What is finished is left alone, a clip that fails is tried again at the end. The same command
    continues after a stop, and may run on several machines at once: they share the clips. In
    --detections and --tracks, {stem} stands for the name of each video.
    """
    from touchline.batch_runs.batch import run_batch
    from touchline.batch_runs.jobs import BatchRequest
    from touchline.batch_runs.ray_cluster import RayShare
    from touchline.cli.batch_progress import batch_reporting

    if ray is None and (ray_cpus, ray_gpus, ray_minutes) != (2.0, 0.0, 5.0):
        raise UsageError("--ray-cpus, --ray-gpus and --ray-minutes act with --ray ADDRESS only")
    models = network_settings(detector, detector_size, detections, tracks, reid, device)
    request = BatchRequest(
        clips=clips,
        out=out,
        settings=asked_settings(config, settings, {**models, "tracker.preset": preset}),
        start=parse_time(start, "--start"),
        end=parse_time(end, "--end"),
        workers=workers,
        shard=_shard(shard),
        overwrite=overwrite,
        draw_video=not no_video,
        ray=None if ray is None else RayShare(ray, ray_cpus, ray_gpus, ray_minutes * 60),
    )
    aside = json_lines == STANDARD_OUTPUT
    if aside and json_file == STANDARD_OUTPUT:
        raise UsageError("--jsonl - and --json - both want standard output; give one a file")
    with batch_reporting(workers, json_lines) as (view, should_stop):
        summary = run_batch(request, view, should_stop)
        stopped = should_stop()
    print_warnings()
    with redirect_stdout(sys.stderr) if aside else nullcontext():
        answer(json_file, summary.as_json(), lambda: _print(summary, out))
    counts = summary.counts()
    if stopped:
        raise Interrupted(
            f"stopped: {counts['done']} of {counts['clips']} clips are done; the same command "
            "goes on from there"
        )
    if summary.failed:
        names = ", ".join(clip.clip for clip in summary.failed)
        raise TouchlineError(
            f"{counts['failed']} of {counts['clips']} clips failed ({names}); the same command "
            "tries them again"
        )


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _SHARD.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--shard {text!r} is no part: give 2/8 for the second of eight")
    return int(found[1]), int(found[2])


def _print(summary: BatchSummary, out: str) -> None:
    """One line a clip, and what it comes to."""
    width = max(len("clip"), *(len(clip.clip) for clip in summary.clips))
    print(f"{'clip':{width}}  {'minutes':>7}  {'fps':>6}  {'people':>6}  warnings")
    for clip in summary.clips:
        minutes = "" if clip.minutes is None else f"{clip.minutes:.2f}"
        fps = "" if clip.frames_per_second is None else f"{clip.frames_per_second:.1f}"
        people = "" if clip.identities is None else str(clip.identities)
        line = f"{clip.clip:{width}}  {minutes:>7}  {fps:>6}  {people:>6}  {len(clip.warnings):>8}"
        if clip.state != "done":
            line += f"  {clip.state}" + (f": {clip.failure}" if clip.failure else "")
        print(line)
    print(", ".join(f"{count} {state}" for state, count in summary.counts().items() if count))
    place = out.rstrip("/")
    print(f"summary: {place}/summary.csv, {place}/summary.json")
