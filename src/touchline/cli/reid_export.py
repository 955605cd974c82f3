"""``reid export``: a checkpoint as an ONNX embedder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.extras import require_train

if TYPE_CHECKING:
    from touchline.training.reid.export import ExportReport


def export(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="CHECKPOINT",
            help="Checkpoint of CLIP, CLIP-ReID, OSNet or reid train.",
            parser=named_path,
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="ONNX file to write.", parser=named_path)
    ],
    stride: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=16,
            metavar="PIXELS",
            help="Stride of CLIP's patches: 16 or 12. Default: that of the checkpoint.",
        ),
    ] = None,
    feature: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Of CLIP-ReID: both features (1280 numbers), or projected alone (512).",
        ),
    ] = "both",
    precision: Annotated[
        str, typer.Option(metavar="NAME", help="Numeric precision: fp32, fp16 or int8.")
    ] = "fp32",
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Crops on which to compare with torch, as for reid evaluate; int8 needs them.",
            parser=named_path,
        ),
    ] = None,
    min_cosine: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="NUMBER",
            help="Least median cosine with torch; a file below it is refused. Default: by "
            "precision.",
        ),
    ] = None,
) -> None:
    """Export a checkpoint to an ONNX embedder for --reid (needs the extra "train").

    The file is compared with torch, and refused if it differs too much.
    """
    require_train("torch", "safetensors", "onnx", "onnxscript")
    from touchline.reid.folders import read_reid_data
    from touchline.training.reid.export import export_checkpoint

    report = export_checkpoint(
        checkpoint,
        out,
        stride=stride,
        feature=feature,
        data=None if data is None else read_reid_data(data),
        precision=precision,
        min_cosine=min_cosine,
    )
    print(_summary(report, "made-up crops" if data is None else "crops"))


def _summary(report: ExportReport, crops: str) -> str:
    agreement = report.agreement
    megabytes = report.file.stat().st_size / 1e6
    lines = [
        f"{report.file}: {report.precision}, {megabytes:.1f} MB, vectors of {report.feature_size} "
        f"numbers, cosine with torch at least {agreement.min_cosine:.6f}, median "
        f"{agreement.median_cosine:.6f} over {agreement.crops} {crops}"
    ]
    for name, scores in (("torch", agreement.torch), ("onnx", agreement.onnx)):
        if scores is not None:
            lines.append(
                f"  {name + ':':6} mAP {scores['mAP']:.2%}, rank 1 {scores['rank1']:.2%} "
                f"of {agreement.queries} queries"
            )
    return "\n".join(lines)
