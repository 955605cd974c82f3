"""``reid train``: fine-tune an encoder of people on crops."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.extras import require_train
from touchline.cli.options import ConfigFile, Device, OutFolder, Overrides, Seed, TensorBoard
from touchline.cli.report import print_warnings

if TYPE_CHECKING:
    from touchline.training.reid.request import TrainReport
    from touchline.training.reid.samplers import FalseNegatives


def train(
    data: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Crops: the folder of reid prepare, or a manifest.csv.",
            parser=named_path,
        ),
    ],
    checkpoint: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Weights to start from: CLIP, CLIP-ReID, OSNet, or a checkpoint of this command.",
            parser=named_path,
        ),
    ],
    out: OutFolder,
    config: ConfigFile = None,
    settings: Overrides = None,
    seed: Seed = None,
    device: Device = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="Ignore which clips are of one match, in sampler and losses, as the original "
            "project does.",
        ),
    ] = False,
    tensorboard: TensorBoard = False,
) -> None:
    """Fine-tune an encoder of people for --reid (needs the extra "train").

    If it is stopped or killed, the same command continues where it left off. On several GPUs:
    torchrun --nproc-per-node N -m touchline reid train ... Settings: touchline settings reid train.
    """
    require_train("torch", "safetensors")
    from touchline.cli.training_progress import reporting_training
    from touchline.training.listener import Listener
    from touchline.training.reid.config import TrainConfig
    from touchline.training.reid.request import TrainRequest
    from touchline.training.reid.trainer import train as run_training

    before = {"rules": {"sampler": False, "losses": False}} if plain else None
    asked = asked_settings(config, settings, {"seed": seed}, before, TrainConfig)
    request = TrainRequest(data, checkpoint, out, asked, device or "auto", tensorboard)
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
        lines.append(
            f"  last: mAP {report.last['mAP']:.1%}, rank 1 {report.last['rank1']:.1%} (not chosen "
            "by validation, as best is)"
        )
    lines.append(f"  negatives of an epoch that may be one person: {_told(report.drawn)}")
    if report.plain is not None:
        lines.append(f"  of a plain sampler: {_told(report.plain)}")
    best = report.out / "best.safetensors"
    lines.append(f"  next: touchline reid export {best} NAME.onnx")
    return "\n".join(lines)


def _told(pairs: FalseNegatives) -> str:
    return f"{pairs.possible} of {pairs.negatives} pairs ({pairs.share:.1%})"
