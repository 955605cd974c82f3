"""``simulate``: a run folder from a simulated scene or from ground truth, without a video."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import STANDARD_OUTPUT
from touchline.cli.options import ConfigFile, JsonFile, Overrides, Overwrite, Seed
from touchline.cli.report import print_report


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(simulate)


def simulate(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Run folder to write.", parser=named_path)
    ],
    seconds: Annotated[float | None, typer.Option(help="Length of the scene. Default: 30.")] = None,
    seed: Seed = None,
    people: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="People per team. Default: 11.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="Frames per second. Default: 25.")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Detector whose errors to simulate: small, large or none."
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Simulate only the detector, on this ground truth: a sequence folder or a gt.txt.",
            parser=named_path,
        ),
    ] = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    overwrite: Overwrite = False,
    json_file: JsonFile = None,
) -> None:
    """Simulate a football scene: write ground truth, and what a detector would have seen of it.

    touchline link OUT tracks it; touchline evaluate --truth OUT --result OUT scores the tracks.
    Settings: touchline settings simulate.
    """
    from touchline.cli.progress import reporting
    from touchline.run.simulate import SimulateRequest, simulate_run
    from touchline.simulation.config import SimulationConfig

    options = {
        "seconds": seconds,
        "seed": seed,
        "people": people,
        "frame_rate": fps,
        "detector.preset": network,
    }
    asked = asked_settings(config, settings, options, kind=SimulationConfig)
    with reporting() as (on_progress, should_stop):
        report = simulate_run(
            SimulateRequest(out, asked, truth, overwrite), on_progress, should_stop
        )
    print_report(report, out, json_file, speed=True)
    if json_file != STANDARD_OUTPUT:
        print(f"{'truth:':8} {out / 'gt' / 'gt.txt'}")
