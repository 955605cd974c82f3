"""``info`` and ``reid export``: look at a video or a run, turn a checkpoint into ONNX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


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
    facts = _facts(path)
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for name, value in _lines(facts):
        print(f"{name + ':':32} {value}")


def settings() -> None:
    """Print every setting with its default, as a YAML file for --config."""
    from touchline.config import commented_yaml
    from touchline.run.config import RunConfig

    print(commented_yaml(RunConfig()).rstrip())


def export(
    checkpoint: Annotated[Path, typer.Argument(help="torchreid OSNet checkpoint (.pth).")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
) -> None:
    """Turn an OSNet checkpoint into an ONNX embedder for --reid (needs touchline[train])."""
    from touchline.training.export import export_checkpoint

    print(export_checkpoint(checkpoint, out))


def _facts(path: str) -> dict[str, Any]:
    from touchline.run.folder import RunFolder

    folder = RunFolder(Path(path))
    if folder.report.is_file():
        return folder.read_report()
    from dataclasses import asdict

    from touchline.video.reader import open_video

    with open_video(path) as video:
        return asdict(video.info)


def _lines(facts: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{prefix}{name}.")
        else:
            lines.append((prefix + name, value))
    return lines
