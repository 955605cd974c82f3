"""``evaluate``: score tracks against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import STANDARD_OUTPUT, answer
from touchline.cli.options import JsonFile
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
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
        list[Path],
        typer.Option(
            metavar="PATH",
            help="Tracks to score: a run folder, MOTChallenge text, a folder of NAME.txt, or a "
            "path with {name} in it. Given several times, a column each.",
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
        int, typer.Option(min=0, metavar="NUMBER", help="Number of the worst ones to list.")
    ] = 10,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score a missing result as one without tracks.")
    ] = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Print the scores of the results side by side as table, markdown or latex.",
        ),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Score tracks against ground truth: HOTA, CLEAR, identity, re-entry, the worst moments.

    Of several results each gets a column, and its differences to the first one get an interval.
    """
    from touchline.cli.evaluate_comparison import FORMATS, print_comparison
    from touchline.cli.evaluate_report import print_evaluation
    from touchline.evaluation.comparison import compare_tracks
    from touchline.evaluation.tracks import evaluate_tracks

    if form is not None and form not in FORMATS:
        raise UsageError(f"--format {form!r} is none of {', '.join(FORMATS)}")
    names = _names(result)
    several = len(names) > 1
    evaluations = {
        name: evaluate_tracks(
            truth,
            one,
            roles=_roles(roles),
            scale=scale,
            frame_rate=frame_rate,
            allow_missing=allow_missing,
            plots=plots / Path(name).name if several and plots is not None else plots,
        )
        for name, one in zip(names, result, strict=True)
    }
    print_warnings()
    if several or form is not None:
        comparison = compare_tracks(list(evaluations.values()), names)
        content = {
            "comparison": comparison.as_json(),
            "results": {name: one.as_json() for name, one in evaluations.items()},
        }
        answer(json_file, content, lambda: print_comparison(comparison, form or FORMATS[0]))
    else:
        (evaluation,) = evaluations.values()
        answer(json_file, evaluation.as_json(), lambda: print_evaluation(evaluation, worst))
    if plots is not None and json_file != STANDARD_OUTPUT:
        print(f"{'plots:':8} {plots}")


def _names(results: list[Path]) -> list[str]:
    """What to call each result: its last part, its whole path where others end alike."""
    short = [one.name for one in results]
    names = [
        name if short.count(name) == 1 else str(one)
        for name, one in zip(short, results, strict=True)
    ]
    if len(set(names)) < len(names):
        raise UsageError(f"--result {max(names, key=names.count)} is given twice")
    return names


def _roles(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    return ROLES if words == ("all",) else words
