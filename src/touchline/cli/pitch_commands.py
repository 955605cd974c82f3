"""``pitch show``, ``evaluate``: where on the pitch an image looks, seen and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import answer
from touchline.cli.options import ConfigFile, JsonFile, OutFolder, Overrides
from touchline.cli.report import print_warnings
from touchline.errors import Interrupted


def register(app: typer.Typer) -> None:
    """Add the group ``pitch`` to ``app``."""
    pitch = typer.Typer(
        help="Where on the pitch: show and score the camera of images.", no_args_is_help=True
    )
    for command in (show, evaluate):
        pitch.command()(command)
    app.add_typer(pitch, name="pitch")


def show(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="Picture, video file, folder of images, or run."),
    ],
    out: OutFolder = Path("pitch"),
    every: Annotated[
        float,
        typer.Option(
            min=0.01, metavar="SECONDS", help="Time between the frames that are looked at."
        ),
    ] = 2.0,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Draw the lines of the pitch over images, where the camera of each is found.

    Settings: those of pitch in touchline settings. Of a run, people are known and left out.
    """
    from touchline.cli.pitch_report import print_shown, shown_row
    from touchline.config import check_config
    from touchline.run.config import RunConfig
    from touchline.run.pitch_show import show_pitch

    asked = check_config(RunConfig, asked_settings(config, settings, {}))
    shown = list(show_pitch(source, out, asked.pitch, every))
    print_warnings()
    answer(json_file, [shown_row(one) for one in shown], lambda: print_shown(shown))


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Pictures with labelled points of the pitch: images, labels and points.csv.",
            parser=named_path,
        ),
    ],
    worst: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Number of the worst ones to list.")
    ] = 10,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Score the cameras of single pictures with labelled points of the pitch.

    JaC@5 is the share of points within 5 pixels at a width of 960, completeness the share of
    pictures with an answer. Settings: those of pitch in touchline settings.
    """
    from touchline.cli.pitch_report import print_pitch_evaluation
    from touchline.cli.progress import reporting
    from touchline.config import check_config
    from touchline.evaluation.pitch_pictures import evaluate_pitch
    from touchline.run.config import RunConfig

    asked = check_config(RunConfig, asked_settings(config, settings, {}))
    with reporting("pictures") as (on_progress, should_stop):

        def on_picture(done: int, total: int) -> None:
            on_progress("calibrate", done, total)
            if should_stop():
                raise Interrupted("stopped before there was a score; nothing is kept")

        evaluation = evaluate_pitch(data, asked.pitch, on_picture)
    print_warnings()
    report = {"data": str(data), **evaluation.as_json()}
    answer(json_file, report, lambda: print_pitch_evaluation(evaluation, worst))
