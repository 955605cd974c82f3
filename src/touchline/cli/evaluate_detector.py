"""``evaluate detector``: how well a detector finds people and the ball."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import STANDARD_OUTPUT, JsonFile, write_json
from touchline.cli.report import print_warnings
from touchline.errors import Interrupted

_LOWEST_SCORE = 0.01
"""Average precision needs every detection, also those scored too low for a tracker."""


def detector(
    data: Annotated[
        Path,
        typer.Option(
            help="Labelled images (YOLO or COCO), or a sequence folder with gt/gt.txt.",
            parser=named_path,
        ),
    ],
    model: Annotated[
        Path | None,
        typer.Option("--detector", help="ONNX detector; see docs/detectors.md.", parser=named_path),
    ] = None,
    matches: Annotated[
        str | None, typer.Option(help="Only images of these matches, as 08fd33,744b27.")
    ] = None,
    match_pattern: Annotated[
        str | None,
        typer.Option(help="Regular expression for the match in file names; default up to _."),
    ] = None,
    class_names: Annotated[
        str | None, typer.Option(help="For labels without classes.txt, as ball,player.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="The sequence's video.", parser=named_path)
    ] = None,
    every: Annotated[float, typer.Option(min=0.0, help="Seconds between frames.")] = 1.0,
    precision: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Precision at which to report recall.")
    ] = 0.9,
    detector_size: Annotated[
        str | None, typer.Option(help="Network input: longer side (1280) or WIDTHxHEIGHT.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device for networks: auto, cpu, ...")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", help="One setting, as tiles=2x1. Repeatable."),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Score a detector: average precision and recall, by role and by height in pixels."""
    from touchline.api.video import load_detector
    from touchline.cli.evaluate_detector_report import print_evaluation
    from touchline.cli.progress import reporting
    from touchline.config import check_config
    from touchline.detection.data import MATCH_PATTERN
    from touchline.evaluation.detector import evaluate_detector
    from touchline.evaluation.true_images import open_truth
    from touchline.perception.config import DetectorConfig

    truth = open_truth(
        data,
        matches=_words(matches),
        names=_words(class_names),
        match_pattern=match_pattern or MATCH_PATTERN,
        video=video,
        seconds=every,
    )
    options = {"size": detector_size, "device": device}
    low = {"min_score": _LOWEST_SCORE}
    asked = asked_settings(None, settings, options, low, DetectorConfig)
    found = load_detector(model, check_config(DetectorConfig, asked))
    with reporting("images") as (on_progress, should_stop):

        def on_image(done: int) -> None:
            on_progress("detect", done, len(truth))
            if should_stop():
                raise Interrupted("stopped before there was a score; nothing is kept")

        evaluation = evaluate_detector(
            found,
            truth,
            true_roles=truth.roles,
            found_roles=found.roles,
            precision=precision,
            on_image=on_image,
        )
    print_warnings()
    report = {
        "data": str(data),
        "matches": _words(matches),
        "detector": found.name,
        "sha256": found.sha256,
        **evaluation.as_json(),
    }
    if json_file == STANDARD_OUTPUT:
        write_json(json_file, report)
        return
    print_evaluation(evaluation)
    if json_file is not None:
        write_json(json_file, report)
        print(f"json: {json_file}")


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]
