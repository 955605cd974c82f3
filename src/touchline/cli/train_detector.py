"""``train detector``: train a detector of people and the ball on labelled images."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.report import print_warnings
from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.training.detector.request import DetectorReport

_NEEDED = ("torch", "safetensors", "onnx")

train_app = typer.Typer(
    help='Train detectors on your own images (needs the extra "train").',
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add ``train`` and its commands."""
    app.add_typer(train_app, name="train")


@train_app.command()
def detector(
    data: Annotated[
        list[Path],
        typer.Option(help="Folder in YOLO or COCO format. Repeatable.", parser=named_path),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.", parser=named_path)],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Start from: YOLOX-nano as ONNX, or a best.safetensors of this command. "
            "Default: random weights, which need far more images.",
            parser=named_path,
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            help="Folder to validate on. Default: one match held out of --data.",
            parser=named_path,
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", help="One setting, as schedule.epochs=30. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed. Default 0.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write curves for TensorBoard too.")
    ] = False,
) -> None:
    """Train a detector for --detector on labelled images.

    Stopped or killed, the same command goes on where it ended.
    """
    _require_torch()
    from touchline.cli.training_progress import reporting_training
    from touchline.training.detector.config import DetectorTrainConfig
    from touchline.training.detector.request import DetectorRequest
    from touchline.training.detector.trainer import train_detector
    from touchline.training.listener import Listener

    asked = asked_settings(config, settings, {"seed": seed}, kind=DetectorTrainConfig)
    request = DetectorRequest(tuple(data), out, checkpoint, validation, asked, device, tensorboard)
    with reporting_training() as (on_step, on_event, should_stop):
        report = train_detector(request, Listener(on_step, on_event, should_stop))
    print_warnings()
    print(_summary(report))


@train_app.command()
def export(
    checkpoint: Annotated[
        Path, typer.Argument(help="best.safetensors of train detector.", parser=named_path)
    ],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.", parser=named_path)],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Labelled images for comparison; int8 calibrates on them.", parser=named_path
        ),
    ] = None,
    matches: Annotated[
        str | None,
        typer.Option(help="Compare on images of these matches only, as 08fd33,744b27."),
    ] = None,
    precision: Annotated[str, typer.Option(help="fp32 or int8.")] = "fp32",
) -> None:
    """Export a trained detector to ONNX for --detector, and compare it with torch."""
    _require_torch()
    from touchline.training.detector.export import export_detector

    named = tuple(word.strip() for word in (matches or "").split(",") if word.strip())
    report = export_detector(checkpoint, out, data=data, precision=precision, matches=named)
    print_warnings()
    size = report.file.stat().st_size / 1e6
    print(f"{report.file}: {report.precision}, {size:.1f} MB")
    print(
        f"  as torch within {report.score_error:.1g} of score and {report.box_error:.1g} pixels, "
        f"on {report.image_count} images"
    )
    for name, value in report.onnx.items():
        print(f"  {name} {value:.1%} (torch {report.torch[name]:.1%})")


@train_app.command()
def settings() -> None:
    """Print every setting of train detector with its default, as a YAML file for --config."""
    from touchline.config import commented_yaml
    from touchline.training.detector.config import DetectorTrainConfig

    print(commented_yaml(DetectorTrainConfig()).rstrip())


def _require_torch() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"{missing[0]} is not installed: pip install 'touchline[train]' brings it")


def _summary(report: DetectorReport) -> str:
    lines = [f"{report.out}: best.safetensors, last.safetensors, train.yaml, log.jsonl"]
    if report.best:
        which = f"epoch {report.best_epoch}" if report.best_epoch else "before training"
        lines.append(
            f"  score {report.before['score']:.3f} -> {report.best['score']:.3f} (best: {which})"
        )
        lines += [f"  {name} {value:.1%}" for name, value in report.best.items() if name != "score"]
    best = report.out / "best.safetensors"
    lines.append(f"  next: touchline train export {best} NAME.onnx")
    return "\n".join(lines)
