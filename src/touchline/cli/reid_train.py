"""``reid train``: fine-tune an encoder of people on crops."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.report import print_warnings
from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.training.reid.request import TrainReport
    from touchline.training.reid.samplers import FalseNegatives

_NEEDED = ("torch", "safetensors")


def train(
    data: Annotated[
        Path,
        typer.Option(
            help="Crops: output folder of reid prepare, or a manifest.csv.", parser=named_path
        ),
    ],
    checkpoint: Annotated[
        Path,
        typer.Option(help="Start from: CLIP, CLIP-ReID, OSNet or our own.", parser=named_path),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.", parser=named_path)],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", help="One setting, as images.epochs=30. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed. Default 0.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help="As in the original: neither sampler nor losses know of matches."
        ),
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write curves for TensorBoard too.")
    ] = False,
) -> None:
    """Fine-tune an encoder of people for --reid (needs the extra "train").

    Stopped or killed, the same command goes on where it ended. With several GPUs: torchrun
    --nproc-per-node N -m touchline reid train ...
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"{missing[0]} is not installed: pip install 'touchline[train]' brings it")
    from touchline.cli.training_progress import reporting_training
    from touchline.training.listener import Listener
    from touchline.training.reid.config import TrainConfig
    from touchline.training.reid.request import TrainRequest
    from touchline.training.reid.trainer import train as run_training

    before = {"rules": {"sampler": False, "losses": False}} if plain else None
    asked = asked_settings(config, settings, {"seed": seed}, before, TrainConfig)
    request = TrainRequest(data, checkpoint, out, asked, device, tensorboard)
    with reporting_training() as (on_step, on_event, should_stop):
        report = run_training(request, Listener(on_step, on_event, should_stop))
    if report is not None:
        print_warnings()
        print(_summary(report))


def _summary(report: TrainReport) -> str:
    lines = [f"{report.out}: best.safetensors, last.safetensors, train.yaml, log.jsonl"]
    if report.best:
        which = f"epoch {report.best_epoch}" if report.best_epoch else "before training"
        lines.append(
            f"  mAP {report.before['mAP']:.1%} -> {report.best['mAP']:.1%}, rank 1 "
            f"{report.before['rank1']:.1%} -> {report.best['rank1']:.1%} (best: {which})"
        )
    lines.append(f"  negatives of an epoch that may be one person: {_told(report.drawn)}")
    if report.plain is not None:
        lines.append(f"  of a plain sampler: {_told(report.plain)}")
    best = report.out / "best.safetensors"
    lines.append(f"  next: touchline reid export {best} NAME.onnx")
    return "\n".join(lines)


def _told(pairs: FalseNegatives) -> str:
    return f"{pairs.possible} of {pairs.negatives} pairs ({pairs.share:.1%})"
