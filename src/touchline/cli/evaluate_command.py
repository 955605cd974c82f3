"""``evaluate``: score tracks against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import STANDARD_OUTPUT, answer
from touchline.cli.options import JsonFile
from touchline.cli.report import print_warnings
from touchline.types import PEOPLE, ROLES


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(evaluate)


def evaluate(
    truth: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="Ground truth: a gt.txt, a sequence folder, or a folder of sequences.",
            parser=named_path,
        ),
    ],
    result: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="Tracks to score: a run folder, MOTChallenge text, a folder of NAME.txt, or a "
            "path with {name} in it.",
            parser=named_path,
        ),
    ],
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write identity timelines and HOTA curves to this folder.",
            parser=named_path,
        ),
    ] = None,
    roles: Annotated[
        str,
        typer.Option(metavar="NAMES", help=f"Roles to score: any of {', '.join(ROLES)}; or all."),
    ] = ",".join(PEOPLE),
    scale: Annotated[
        float | None,
        typer.Option(
            metavar="FACTOR",
            help="Factor from the result's pixels to the truth's. Default: from the image sizes.",
        ),
    ] = None,
    frame_rate: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Frames per second. Default: from seqinfo.ini."),
    ] = None,
    worst: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Number of worst moments to list.")
    ] = 10,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score a missing result as one without tracks.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Score tracks against ground truth: HOTA, CLEAR, identity, re-entry, the worst moments."""
    from touchline.cli.evaluate_report import print_evaluation
    from touchline.evaluation.tracks import evaluate_tracks

    evaluation = evaluate_tracks(
        truth,
        result,
        roles=_roles(roles),
        scale=scale,
        frame_rate=frame_rate,
        allow_missing=allow_missing,
        plots=plots,
    )
    print_warnings()
    answer(json_file, evaluation.as_json(), lambda: print_evaluation(evaluation, worst))
    if plots is not None and json_file != STANDARD_OUTPUT:
        print(f"{'plots:':8} {plots}")


def _roles(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    return ROLES if words == ("all",) else words
