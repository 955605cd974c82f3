"""``detector train``, ``average``, ``export``, ``evaluate``: a detector for your own cameras."""

from __future__ import annotations

import typer

from touchline.cli.detector_average import average
from touchline.cli.detector_evaluate import evaluate
from touchline.cli.detector_export import export
from touchline.cli.detector_train import train


def register(app: typer.Typer) -> None:
    """Add the group ``detector`` to ``app``."""
    detector = typer.Typer(
        help="Detectors for your own cameras: train, export and score them.", no_args_is_help=True
    )
    for command in (train, average, export, evaluate):
        detector.command()(command)
    app.add_typer(detector, name="detector")
