"""``reid evaluate``: how well an embedder re-identifies people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import answer
from touchline.cli.options import Device, JsonFile, Seed
from touchline.cli.report import print_warnings
from touchline.errors import Interrupted, UsageError


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Crops: a manifest.csv, a folder with one or with lists, or Market-1501.",
            parser=named_path,
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--reid",
            metavar="NAME",
            help="Embedder to score: football-reid, colour, an ONNX file or a checkpoint.",
        ),
    ],
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Also score k-reciprocal re-ranking.")
    ] = False,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Draw the queries from this split, for example train. Default: query.",
        ),
    ] = None,
    no_robustness: Annotated[
        bool,
        typer.Option("--no-robustness", help="Score only the unmodified crops; five times faster."),
    ] = False,
    seed: Seed = None,
    device: Device = None,
    json_file: JsonFile = None,
) -> None:
    """Score an embedder: mAP, ranks, and how they depend on shirt colour, size and time."""
    from touchline.api.video import load_embedder
    from touchline.cli.progress import reporting
    from touchline.cli.reid_evaluate_report import print_evaluation
    from touchline.evaluation.reid import evaluate_reid
    from touchline.perception.config import EmbedderConfig
    from touchline.reid.crops import VARIANTS
    from touchline.reid.folders import read_reid_data

    if model == "none":
        raise UsageError("--reid none is no embedder to score; colour is the built-in one")
    manifest = read_reid_data(data)
    embedder = load_embedder(model, EmbedderConfig(device=device or "auto"))
    with reporting("crops") as (on_progress, should_stop):

        def on_crops(done: int, total: int) -> None:
            on_progress("embed", done, total)
            if should_stop():
                raise Interrupted("stopped before there was a score; nothing is kept")

        evaluation = evaluate_reid(
            manifest,
            embedder,
            split=split,
            variants={} if no_robustness else VARIANTS,
            reranking=rerank,
            seed=seed or 0,
            on_progress=on_crops,
        )
    print_warnings()
    report = {"data": str(data), "reid": model, "seed": seed or 0, **evaluation.as_json()}
    answer(json_file, report, lambda: print_evaluation(evaluation))
