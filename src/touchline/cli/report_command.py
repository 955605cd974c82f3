"""``report``: a page about a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.options import RunPath
from touchline.cli.report import print_warnings


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(report)


def report(
    run: RunPath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write the page. Default: RUN/report.html.",
            parser=named_path,
        ),
    ] = None,
) -> None:
    """Write a page about a run: where everybody was, how far and how fast, and what is unsure."""
    from touchline.run.report_page import write_report_of

    page = write_report_of(run, out)
    print_warnings()
    print(f"report: {page}")
