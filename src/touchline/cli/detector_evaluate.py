"""``detector evaluate``: how well a detector finds people and the ball."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path, words
from touchline.cli.json_file import answer
from touchline.cli.options import (
    ConfigFile,
    DetectorFile,
    DetectorSize,
    Device,
    JsonFile,
    Matches,
    Overrides,
)
from touchline.cli.report import print_warnings
from touchline.errors import Interrupted

_LOWEST_SCORE = 0.01
"""Average precision needs every detection, also those scored too low for a tracker."""


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Labelled images (YOLO or COCO), or a sequence folder with gt/gt.txt.",
            parser=named_path,
        ),
    ],
    model: DetectorFile = None,
    matches: Matches = None,
    match_pattern: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="Regular expression for the match in the name of an image. Default: up to the "
            "first _.",
        ),
    ] = None,
    class_names: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Names of the classes where there is no classes.txt, for example ball,player.",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Video of the sequence, if --data is one.", parser=named_path
        ),
    ] = None,
    every: Annotated[
        float,
        typer.Option(
            min=0.0, metavar="SECONDS", help="Time between the frames that are looked at."
        ),
    ] = 1.0,
    precision: Annotated[
        float,
        typer.Option(
            min=0.01, max=1.0, metavar="FRACTION", help="Precision at which to report recall."
        ),
    ] = 0.9,
    detector_size: DetectorSize = None,
    device: Device = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Score a detector: average precision and recall, by role and by height in pixels.

    Settings: touchline settings detector evaluate.
    """
    from touchline.api.video import load_detector
    from touchline.cli.detector_evaluate_report import print_evaluation
    from touchline.cli.progress import reporting
    from touchline.config import check_config
    from touchline.detection.data import MATCH_PATTERN
    from touchline.evaluation.detector import evaluate_detector
    from touchline.evaluation.true_images import open_truth
    from touchline.perception.config import DetectorConfig

    truth = open_truth(
        data,
        matches=words(matches),
        names=words(class_names),
        match_pattern=match_pattern or MATCH_PATTERN,
        video=video,
        seconds=every,
    )
    options = {"size": detector_size, "device": device}
    low = {"min_score": _LOWEST_SCORE}
    asked = asked_settings(config, settings, options, low, DetectorConfig)
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
        "matches": words(matches),
        "detector": found.name,
        "sha256": found.sha256,
        **evaluation.as_json(),
    }
    answer(json_file, report, lambda: print_evaluation(evaluation))
