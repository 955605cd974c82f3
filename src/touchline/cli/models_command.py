"""``models``: the shipped networks, and how to use others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.json_file import answer
from touchline.cli.options import JsonFile
from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.models.shipped import ShippedModel

OTHERS = """\
Others, as ONNX files:
  detectors  YOLO (v5 to v12), YOLOX, RT-DETR, D-FINE, RF-DETR exports: --detector FILE
             your own cameras: touchline detector train       (docs/detectors.md)
  embedders  CLIP-ReID, OSNet, or anything that maps crops to vectors: --reid FILE
             your own data: touchline reid train              (docs/embedders.md)
A network keeps the licence of whoever trained it: read it before you publish with it."""


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(models)


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Print the model card of this network.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """List the built-in networks: what they do, their training data and licence."""
    from touchline.models.shipped import shipped_models

    found = {model.name: model for model in shipped_models()}
    if name is not None and name not in found:
        raise UsageError(f"no network is called {name!r}: there are {', '.join(found)}")
    shown = [found[name]] if name is not None else list(found.values())
    facts = [asdict(model) | {"file": str(model.file), "card": str(model.card)} for model in shown]
    answer(json_file, facts, lambda: _print_card(shown[0]) if name else _print_list(shown))


def _print_card(model: ShippedModel) -> None:
    print(model.card.read_text(encoding="utf-8").rstrip())


def _print_list(models: Sequence[ShippedModel]) -> None:
    for model in models:
        megabytes = model.file.stat().st_size / 1e6
        print(f"{model.name}  ({model.role}, {megabytes:.1f} MB, {model.licence})")
        print(f"  {model.summary}")
        print(f"  trained on: {model.data}")
        print(f"  card: touchline models {model.name}")
    print()
    print(OTHERS)
