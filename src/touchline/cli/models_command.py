"""``models``: the shipped networks, and how to use others."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from touchline.errors import UsageError

OTHERS = """\
Others, as ONNX files:
  detectors  YOLO (v5 to v12), YOLOX, RT-DETR, D-FINE, RF-DETR exports: --detector FILE
             your own cameras: touchline train detector       (docs/detectors.md)
  embedders  CLIP-ReID, OSNet, or anything that maps crops to vectors: --reid FILE
             your own data: touchline reid train              (docs/embedders.md)
A network keeps the licence of whoever trained it: read it before you publish with it."""


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(models)


def models(
    name: Annotated[str | None, typer.Argument(help="Print the model card of this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """List the shipped networks: what they do, their training data and licence."""
    from touchline.models.shipped import shipped_models

    found = {model.name: model for model in shipped_models()}
    if name is not None and name not in found:
        raise UsageError(f"no network is called {name!r}: there are {', '.join(found)}")
    shown = [found[name]] if name is not None else list(found.values())
    if as_json:
        print(json.dumps([asdict(model) for model in shown], indent=2, default=str))
        return
    if name is not None:
        print(found[name].card.read_text(encoding="utf-8").rstrip())
        return
    for model in shown:
        megabytes = model.file.stat().st_size / 1e6
        print(f"{model.name}  ({model.role}, {megabytes:.1f} MB, {model.licence})")
        print(f"  {model.summary}")
        print(f"  trained on: {model.data}")
        print(f"  card: touchline models {model.name}")
    print()
    print(OTHERS)
