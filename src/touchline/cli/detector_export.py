"""``detector export``: a trained detector as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path, words
from touchline.cli.extras import require_train
from touchline.cli.options import Matches
from touchline.cli.report import print_warnings


def export(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="CHECKPOINT",
            help="The best.safetensors of detector train.",
            parser=named_path,
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="ONNX file to write.", parser=named_path)
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Labelled images on which to compare with torch; int8 is calibrated on them.",
            parser=named_path,
        ),
    ] = None,
    matches: Matches = None,
    precision: Annotated[
        str, typer.Option(metavar="NAME", help="Numeric precision: fp32 or int8.")
    ] = "fp32",
) -> None:
    """Export a trained detector to ONNX for --detector (needs the extra "train").

    The file is compared with torch.
    """
    require_train("torch", "safetensors", "onnx")
    from touchline.training.detector.export import export_detector

    named = tuple(words(matches) or ())
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
