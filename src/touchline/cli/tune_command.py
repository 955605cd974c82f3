"""``tune``: search tracker and linking settings on stored observations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.options import ConfigFile, OutFolder, Overrides, Ray, Seed

if TYPE_CHECKING:
    from touchline.tuning.result import TuneResult

SequencesFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="YAML file that lists the train and validation sequences.",
        parser=named_path,
    ),
]
Trials = Annotated[
    int,
    typer.Option(
        metavar="NUMBER", help="Number of trials in all, including those already in the folder."
    ),
]
ObjectiveText = Annotated[
    str,
    typer.Option(
        "--objective",
        metavar="NAME",
        help="Score to maximise: hota, idf1, reentry, or a weighted sum: NAME=WEIGHT,...",
    ),
]
Processes = Annotated[
    int, typer.Option(metavar="NUMBER", help="Number of trials to run in parallel.")
]
SpaceFile = Annotated[
    Path | None,
    typer.Option(
        "--space",
        metavar="FILE",
        help="YAML file of the settings to search, with their ranges.",
        parser=named_path,
    ),
]


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(tune)


def tune(
    sequences: SequencesFile,
    out: OutFolder,
    trials: Trials = 200,
    objective: ObjectiveText = "hota",
    processes: Processes = 2,
    seed: Seed = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    space: SpaceFile = None,
    ray: Ray = None,
) -> None:
    """Search for better tracker.* and link.* settings on stored observations.

    If it is stopped or killed, the same command continues where it left off. Says so if the gain
    on the validation sequences may be luck. A search repeats exactly with --processes 1 only.
    """
    from touchline.batch_runs.ray_cluster import RayShare
    from touchline.cli.progress import reporting
    from touchline.tuning.result import TuneRequest
    from touchline.tuning.tune import tune as run_search

    request = TuneRequest(
        sequences,
        out,
        trials,
        objective,
        processes,
        seed or 0,
        asked_settings(config, settings, {}),
        space,
        None if ray is None else RayShare(ray, cpus=1),
    )
    with reporting("trials") as (on_progress, should_stop):
        result = run_search(request, on_progress, should_stop)
    _print(result)


def _print(result: TuneResult) -> None:
    from touchline.tuning.report import verdict

    for name, (before, after) in result.changes.items():
        print(f"  {name}: {before} -> {after}")
    print(verdict(result))
    print(f"settings and report in {result.request.out}")
