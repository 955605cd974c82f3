"""``evaluate tracks``, ``reid`` and ``detector``: score results against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.evaluate_detector import detector
from touchline.cli.evaluate_reid import reid
from touchline.cli.json_file import STANDARD_OUTPUT, JsonFile, write_json
from touchline.cli.report import print_warnings
from touchline.types import PEOPLE, ROLES


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    evaluate = typer.Typer(help="Score results against ground truth.", no_args_is_help=True)
    evaluate.command()(tracks)
    evaluate.command()(reid)
    evaluate.command()(detector)
    app.add_typer(evaluate, name="evaluate")


def tracks(
    truth: Annotated[
        Path,
        typer.Option(help="gt.txt, sequence folder, or folder of sequences.", parser=named_path),
    ],
    result: Annotated[
        Path,
        typer.Option(
            help="Run folder, MOT text, folder of NAME.txt, or a path with {name}.",
            parser=named_path,
        ),
    ],
    json_file: JsonFile = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Folder for identity timelines and HOTA curves.", parser=named_path),
    ] = None,
    roles: Annotated[
        str, typer.Option(help=f"Roles to score, of {', '.join(ROLES)}; or all.")
    ] = ",".join(PEOPLE),
    scale: Annotated[
        float | None,
        typer.Option(help="Factor for the result's pixels; default from the image sizes."),
    ] = None,
    frame_rate: Annotated[
        float | None, typer.Option(help="Frames per second; default from seqinfo.ini.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="Number of worst moments to list.")] = 10,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score a missing result as no tracks.")
    ] = False,
) -> None:
    """Score tracks: HOTA, CLEAR, identity, returning players, the worst moments."""
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
    if json_file == STANDARD_OUTPUT:
        write_json(json_file, evaluation.as_json())
        return
    print_evaluation(evaluation, worst)
    if json_file is not None:
        write_json(json_file, evaluation.as_json())
        print(f"json:  {json_file}")
    if plots is not None:
        print(f"plots: {plots}")


def _roles(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    return ROLES if words == ("all",) else words
