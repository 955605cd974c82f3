"""``info``, ``export``: describe a run or a video, write tracks for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import answer
from touchline.cli.options import CalledName, JsonFile, Players, RunPath, ShirtNumber, Team
from touchline.cli.report import print_report, print_summary, print_warnings
from touchline.errors import UsageError
from touchline.formats.writers import EXPORT_FORMATS

if TYPE_CHECKING:
    from touchline.person_choice import PersonChoice
    from touchline.run.folder import RunFolder


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    app.command()(info)
    app.command()(export)


def info(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="Video file, folder of images, address or run folder."),
    ],
    player: Players = None,
    number: ShirtNumber = None,
    team: Team = None,
    name: CalledName = None,
    json_file: JsonFile = None,
) -> None:
    """Describe a video, or what a run did and whom it found.

    Of people who are chosen, it lists when they were in the image.
    """
    from touchline.person_choice import PersonChoice
    from touchline.run.folder import RunFolder

    folder, choice = RunFolder(Path(path)), PersonChoice(player or (), number, team, name)
    if os.path.isfile(folder.observations):
        _describe_run(folder, choice, json_file)
        return
    if choice:
        raise UsageError(f"{path} is no run folder, so {choice} is nobody in it")
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


def _describe_run(folder: RunFolder, choice: PersonChoice, json_file: Path | None) -> None:
    from touchline.cli.players_report import people_answer, print_people
    from touchline.run.report import current_report
    from touchline.run.tables import identities_of, tracks_of

    report = current_report(folder)
    linked = folder.tracks_csv.is_file() and folder.players.is_file()
    if not linked and not choice:
        print_report(report, folder.path, json_file, speed=True)
        return
    table = tracks_of(folder)
    people = identities_of(folder, table, report.video.fps)
    if choice:
        rows = people_answer(folder, table, choice.people(people), with_times=True)
        answer(json_file, {"players": rows}, lambda: print_people(rows))
        return
    rows = people_answer(folder, table, people, with_times=False)

    def say() -> None:
        print_summary(report, folder.path, speed=True)
        print_people(rows)

    print_warnings(report.warnings)
    answer(json_file, {**report.as_json(), "players": rows}, say)


def export(
    run: RunPath,
    format_name: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help=f"Format: {', '.join(EXPORT_FORMATS)}."),
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
    """Export a run for other programs: all its tables (xlsx), or its tracks for CVAT and others."""
    from touchline.run.export import export_run

    written = export_run(run, format_name, out)
    print_warnings()
    print(written)
