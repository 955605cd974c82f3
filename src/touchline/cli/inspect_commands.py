"""``info``, ``export``: describe a run or a video, write tracks for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import answer
from touchline.cli.options import JsonFile, RunPath
from touchline.cli.report import print_report, print_warnings
from touchline.formats.writers import WRITERS


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    app.command()(info)
    app.command()(export)


def info(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="Video file, folder of images, address or run folder."),
    ],
    json_file: JsonFile = None,
) -> None:
    """Describe a video, or what a run did and found."""
    from touchline.run.folder import RunFolder

    folder = RunFolder(Path(path))
    if os.path.isfile(folder.observations):
        from touchline.run.report import current_report

        print_report(current_report(folder), folder.path, json_file, speed=True)
        return
    from dataclasses import asdict

    from touchline.video.rates import rate_warning
    from touchline.video.reader import open_video

    with open_video(path) as video:
        facts = asdict(video.info)
        warnings = [*video.warnings]
        rate = rate_warning(video.info, video.info.fps)
    print_warnings([*warnings, *([] if rate is None else [rate])])

    def say() -> None:
        for name, value in facts.items():
            print(f"{name + ':':14} {value}")

    answer(json_file, facts, say)


def export(
    run: RunPath,
    format_name: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help=f"Format: {', '.join(WRITERS)}."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="PATH",
            help="File or folder to write. Default: RUN/NAME with the ending of the format.",
            parser=named_path,
        ),
    ] = None,
) -> None:
    """Export the tracks of a run for other programs: SoccerNet tools, CVAT, Sportscode."""
    from touchline.run.export import export_run

    print(export_run(run, format_name, out))
