"""``detector train``: train a detector of people and the ball on labelled images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.extras import require_train
from touchline.cli.options import ConfigFile, Device, OutFolder, Overrides, Seed, TensorBoard
from touchline.cli.report import print_warnings
from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.training.detector.request import DetectorReport

_RANDOM = "none"
"""The checkpoint that stands for random weights."""


def train(
    out: OutFolder,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Labelled images in YOLO or COCO format. Repeatable.",
            parser=named_path,
        ),
    ] = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="VIDEO|RUN",
            help="A clip that nobody labelled: it is tracked first, an image every two seconds "
            "learns what tracking confirms, and the rest of it is ignored. Repeatable.",
            parser=named_path,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Weights to start from: football-detector (the default), YOLOX-nano as ONNX, a "
            "best.safetensors of this command, or none for random ones, which need thousands of "
            "images.",
            parser=named_path,
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Labelled images to validate on. Default: one match held out of --data.",
            parser=named_path,
        ),
    ] = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    seed: Seed = None,
    device: Device = None,
    tensorboard: TensorBoard = False,
) -> None:
    """Train a detector for --detector on your own images (needs the extra "train").

    If it is stopped or killed, the same command continues where it left off. Settings: touchline
    settings detector train.
    """
    require_train("torch", "safetensors", "onnx")
    from touchline.cli.training_progress import reporting_training
    from touchline.models.shipped import DETECTOR
    from touchline.training.detector.config import DetectorTrainConfig
    from touchline.training.detector.request import DetectorRequest
    from touchline.training.detector.trainer import train_detector
    from touchline.training.listener import Listener

    asked = asked_settings(config, settings, {"seed": seed}, kind=DetectorTrainConfig)
    start = Path(DETECTOR) if checkpoint is None else checkpoint
    if not data and validation is None:
        raise UsageError(
            "there are no labelled images to judge by: give --data FOLDER, or --validation FOLDER "
            "beside --unlabelled"
        )
    if not data and not unlabelled:
        raise UsageError("there is nothing to train on: give --data FOLDER or --unlabelled VIDEO")
    request = DetectorRequest(
        tuple(data or ()),
        out,
        None if str(start) == _RANDOM else start,
        validation,
        tuple(_labelled(unlabelled or (), out)),
        asked,
        device or "auto",
        tensorboard,
    )
    with reporting_training() as (on_step, on_event, should_stop):
        report = train_detector(request, Listener(on_step, on_event, should_stop))
    print_warnings()
    print(_summary(report))


def _labelled(clips: Sequence[Path], out: Path) -> Iterator[Path]:
    """Folders of images of clips, labelled as far as tracking tells; those there are kept."""
    from touchline.cli.progress import reporting
    from touchline.run.pseudo_labels import LABELLED, label_clip

    names = [clip.stem for clip in clips]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two of --unlabelled are named {name}: rename one")
    for clip in clips:
        folder = out / "unlabelled" / clip.stem
        with reporting(steps=("observe", "link", "label")) as (on_progress, should_stop):
            found = label_clip(clip, folder, on_progress, should_stop)
        if found is not None:
            print(
                f"{clip}: {found.images} images with {found.people} people and {found.balls} balls "
                f"that tracking confirms; {found.ignored} parts are ignored ({found.folder})"
            )
        yield folder / LABELLED


def _summary(report: DetectorReport) -> str:
    lines = [f"{report.out}: best.safetensors, last.safetensors, train.yaml, log.jsonl"]
    if report.best:
        which = f"epoch {report.best_epoch}" if report.best_epoch else "before training"
        lines.append(f"  on the validation images, before training -> best ({which}):")
        lines += [
            f"  {name} {report.before[name]:.1%} -> {value:.1%}"
            for name, value in report.best.items()
        ]
        lines.append(
            f"  last: score {report.last['score']:.1%} (not chosen by validation, as best is)"
        )
    if report.best and not report.best_epoch:
        lines.append(
            "  no epoch scored above the start, so best.safetensors is the start: train longer, on "
            "more images, or with a lower schedule.learning_rate"
        )
    best = report.out / "best.safetensors"
    lines.append(f"  next: touchline detector export {best} NAME.onnx")
    return "\n".join(lines)
