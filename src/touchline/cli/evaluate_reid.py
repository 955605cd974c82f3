"""``evaluate reid``: how well an embedder re-identifies people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import STANDARD_OUTPUT, JsonFile, write_json
from touchline.cli.report import print_warnings
from touchline.errors import Interrupted, UsageError


def reid(
    data: Annotated[
        Path,
        typer.Option(
            help="manifest.csv, or a folder with one, with lists, or in Market-1501 layout.",
            parser=named_path,
        ),
    ],
    model: Annotated[
        str, typer.Option("--reid", help="colour (built in), an ONNX file or a checkpoint.")
    ],
    json_file: JsonFile = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Also score k-reciprocal re-ranking.")
    ] = False,
    split: Annotated[
        str | None, typer.Option(help="Draw queries from these crops, as train.")
    ] = None,
    no_robustness: Annotated[
        bool,
        typer.Option("--no-robustness", help="Score the unmodified crops only; five times faster."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Random seed for drawn queries and hues.")] = 0,
    device: Annotated[str, typer.Option(help="Device for networks: auto, cpu, cuda, ...")] = "auto",
) -> None:
    """Score an embedder: mAP, ranks, and how they depend on shirt colour, size and time."""
    from touchline.api.video import load_embedder
    from touchline.cli.evaluate_reid_report import print_evaluation
    from touchline.cli.progress import reporting
    from touchline.evaluation.reid import evaluate_reid
    from touchline.perception.config import EmbedderConfig
    from touchline.reid.crops import VARIANTS
    from touchline.reid.folders import read_reid_data

    if model == "none":
        raise UsageError("--reid none is no embedder to score; colour is the built-in one")
    manifest = read_reid_data(data)
    embedder = load_embedder(model, EmbedderConfig(device=device))
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
            seed=seed,
            on_progress=on_crops,
        )
    print_warnings()
    report = {"data": str(data), "reid": model, "seed": seed, **evaluation.as_json()}
    if json_file == STANDARD_OUTPUT:
        write_json(json_file, report)
        return
    print_evaluation(evaluation)
    if json_file is not None:
        write_json(json_file, report)
        print(f"json: {json_file}")
