"""``detector average``: the mean of several trained detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.extras import require_train


def average(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Checkpoint to write (.safetensors).", parser=named_path
        ),
    ],
    checkpoint: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="A best.safetensors of detector train, or what it started from: "
            "football-detector, or YOLOX-nano as ONNX. Repeatable.",
            parser=named_path,
        ),
    ],
    share: Annotated[
        list[float],
        typer.Option(metavar="NUMBER", help="How much each --checkpoint counts, in their order."),
    ],
) -> None:
    """Average the weights of detectors of one start (needs the extra "train").

    A detector averaged with what it started from keeps more of what that knew (WiSE-FT).
    """
    require_train("torch", "safetensors", "onnx")
    from touchline.training.detector.averaging import average_detectors

    average_detectors(checkpoint, share, out)
    print(f"{out}: the mean of {len(checkpoint)} networks")
