"""``info`` and ``reid export``: look at a video or a run, turn a checkpoint into ONNX."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.report import print_report
from touchline.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    app.command()(info)
    app.command()(settings)
    reid = typer.Typer(help="Re-identification networks.", no_args_is_help=True)
    reid.command()(export)
    # A group with one command would otherwise lose its name.
    reid.callback()(lambda: None)
    app.add_typer(reid, name="reid")


def info(
    path: Annotated[str, typer.Argument(help="Video, folder of images, run folder, address.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Say what a video is, or what a run did."""
    from touchline.run.folder import RunFolder

    folder = RunFolder(Path(path))
    if folder.observations.is_file():
        from touchline.run.report import current_report

        print_report(current_report(folder), folder.path, as_json, speed=True)
        return
    from dataclasses import asdict

    from touchline.video.reader import open_video

    with open_video(path) as video:
        facts = asdict(video.info)
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        print(f"{name + ':':14} {value}")


def settings() -> None:
    """Print every setting with its default, as a YAML file for --config."""
    from touchline.config import commented_yaml
    from touchline.run.config import RunConfig

    print(commented_yaml(RunConfig()).rstrip())


def export(
    checkpoint: Annotated[Path, typer.Argument(help="torchreid OSNet checkpoint (.pth).")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
) -> None:
    """Turn an OSNet checkpoint into an ONNX embedder for --reid (needs the extra "train")."""
    missing = [name for name in ("torch", "onnx", "onnxscript") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{missing[0]} is not installed: pip install 'touchline[train]' brings it")
    from touchline.training.export import export_checkpoint

    report = export_checkpoint(checkpoint, out)
    print(
        f"{report.file}: vectors of {report.feature_size} numbers, cosine with torch at least "
        f"{report.min_cosine:.6f} over {report.crops_compared} crops"
    )
