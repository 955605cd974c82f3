"""``reid prepare``, ``train``, ``export``, ``evaluate``: an encoder of people on your own data."""

from __future__ import annotations

import typer

from touchline.cli.reid_evaluate import evaluate
from touchline.cli.reid_export import export
from touchline.cli.reid_prepare import prepare
from touchline.cli.reid_train import train


def register(app: typer.Typer) -> None:
    """Add the group ``reid`` to ``app``."""
    reid = typer.Typer(
        help="Re-identification: cut crops, and train, export and score encoders of people.",
        no_args_is_help=True,
    )
    for command in (prepare, train, export, evaluate):
        reid.command()(command)
    app.add_typer(reid, name="reid")
