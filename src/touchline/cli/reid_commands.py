"""``reid prepare``, ``reid train``, ``reid export``: from crops to an encoder in ONNX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.reid_train import train
from touchline.cli.report import print_warnings
from touchline.errors import UsageError

_SOURCES = "Where crops come from"
_DRAWING = "How crops are drawn"

Folders = list[Path] | None


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    reid = typer.Typer(help="Re-identification: data and networks.", no_args_is_help=True)
    reid.command()(prepare)
    reid.command()(train)
    reid.command()(export)
    app.add_typer(reid, name="reid")


def prepare(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.", parser=named_path)],
    sportsmot: Annotated[
        Folders,
        typer.Option(
            help="SportsMOT folder with splits_txt and dataset.",
            parser=named_path,
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    mot: Annotated[
        Folders,
        typer.Option(
            help="Sequence folders with img1 and gt (SoccerNet tracking, MOT17).",
            parser=named_path,
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    video: Annotated[
        Folders,
        typer.Option(help="Video; needs --truth.", parser=named_path, rich_help_panel=_SOURCES),
    ] = None,
    truth: Annotated[
        Folders,
        typer.Option(
            help="Ground truth of each --video, in the same order.",
            parser=named_path,
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    market1501: Annotated[
        Path | None,
        typer.Option(
            help="Market-1501 folder: mixed into train, or alone.",
            parser=named_path,
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    match_pattern: Annotated[
        str | None,
        typer.Option(
            help="Regular expression for the match in a clip's name.",
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    matches: Annotated[
        Path | None,
        typer.Option(
            help="CSV table with columns sequence,match.",
            parser=named_path,
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    same_ids: Annotated[
        bool,
        typer.Option(
            "--same-ids",
            help="In --mot and --video, an id is the same person in all clips of a match.",
            rich_help_panel=_SOURCES,
        ),
    ] = False,
    scale: Annotated[
        float | None,
        typer.Option(
            help="Factor for the ground truth's pixels; default from seqinfo.ini.",
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="match: whole matches held out; identity: the original project's sampling.",
            rich_help_panel=_DRAWING,
        ),
    ] = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            help="Share of matches (or identities) to hold out. Default 0.1.",
            rich_help_panel=_DRAWING,
        ),
    ] = None,
    holdout_match: Annotated[
        list[str] | None,
        typer.Option(help="Hold out this match. Repeatable.", rich_help_panel=_DRAWING),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Random seed. Default 0.", rich_help_panel=_DRAWING)
    ] = None,
    min_height: Annotated[
        float | None,
        typer.Option(help="Least crop height in pixels. Default 24.", rich_help_panel=_DRAWING),
    ] = None,
    min_width: Annotated[
        float | None,
        typer.Option(help="Least crop width in pixels. Default 8.", rich_help_panel=_DRAWING),
    ] = None,
    min_visible: Annotated[
        float | None,
        typer.Option(
            help="Least share of a box inside the image and not covered. Default 0.5.",
            rich_help_panel=_DRAWING,
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Margin added on each side, in box sizes. Default 0.", rich_help_panel=_DRAWING
        ),
    ] = None,
    crops_per_track: Annotated[
        int | None, typer.Option(help="Most crops per track. Default 8.", rich_help_panel=_DRAWING)
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file of settings.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", help="One setting, as min_gap_seconds=4. Repeatable."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of threads; default: one per processor.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print prepare.json only.")] = False,
) -> None:
    """Cut crops of people out of tracking truth: lists, manifest, report.

    Stopped or killed, the same command goes on where it ended.
    """
    from touchline.cli.progress import reporting
    from touchline.config import check_config
    from touchline.reid.prepare import PrepareRequest, prepare_reid
    from touchline.reid.prepare_config import PrepareConfig
    from touchline.reid.sources import SourceRequest

    options = {
        "split": split,
        "holdout": holdout,
        "seed": seed,
        "min_height": min_height,
        "min_width": min_width,
        "min_visible": min_visible,
        "margin": margin,
        "crops_per_track": crops_per_track,
    }
    before = {"holdout_matches": holdout_match} if holdout_match else None
    asked = asked_settings(config, settings, options, before, PrepareConfig)
    drawing = check_config(PrepareConfig, asked)
    if len(video or ()) != len(truth or ()):
        raise UsageError(
            f"{len(video or ())} times --video and {len(truth or ())} times --truth: they are pairs"
        )
    sources = SourceRequest(
        sportsmot=sportsmot or (),
        mot=mot or (),
        videos=tuple(zip(video or (), truth or (), strict=True)),
        match_pattern=match_pattern,
        matches=_matches(matches),
        same_ids=same_ids,
        scale=scale,
    )
    request = PrepareRequest(sources, out, drawing, market1501, workers)
    with reporting("crops") as (on_progress, should_stop):
        report = prepare_reid(request, on_progress, should_stop)
    print_warnings(report["warnings"])
    print(json.dumps(report, indent=2) if as_json else _summary(report, out))


def _matches(file: Path | None) -> dict[str, str]:
    from touchline.formats.match_files import read_matches

    return {} if file is None else read_matches(file)


def _summary(report: Mapping[str, Any], out: Path) -> str:
    lines = [f"{out}: manifest.csv, list_*.txt, gid2info.json, prepare.json"]
    lines += [
        f"  {name + ':':9} {part['crops']} crops of {part['identities']} people, "
        f"{part['clips']} clips, {part['matches']} matches"
        for name, part in report["splits"].items()
    ]
    if report["held_out"]:
        lines.append(f"  held out: {', '.join(report['held_out'])}")
        lines.append(f"  held out and never a query: {report['without_query']} people")
    pairs = report["possible_duplicates"]
    lines.append(
        "  pairs that may be one person under two names: "
        + ", ".join(f"{count} {where}" for where, count in pairs.items())
    )
    lines += [f"  left out: {count} {reason}" for reason, count in report["left_out"].items()]
    return "\n".join(lines)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint of CLIP-ReID, CLIP or OSNet.")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    stride: Annotated[
        int | None,
        typer.Option(
            min=1, max=16, help="Stride of CLIP's patches, 16 or 12; default: the checkpoint's."
        ),
    ] = None,
    precision: Annotated[str, typer.Option(help="Numeric precision: fp32, fp16 or int8.")] = "fp32",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Crops for comparison with torch, as for evaluate reid; int8 needs them.",
            parser=named_path,
        ),
    ] = None,
    min_cosine: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Refuse if the median cosine is lower; default by precision."
        ),
    ] = None,
) -> None:
    """Export a checkpoint to an ONNX embedder for --reid (needs the extra "train").

    The file is compared with torch; one that agrees too little is refused.
    """
    needed = ("torch", "safetensors", "onnx", "onnxscript")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise UsageError(f"{missing[0]} is not installed: pip install 'touchline[train]' brings it")
    from touchline.reid.folders import read_reid_data
    from touchline.training.reid.export import export_checkpoint

    report = export_checkpoint(
        checkpoint,
        out,
        stride=stride,
        data=None if data is None else read_reid_data(data),
        precision=precision,
        min_cosine=min_cosine,
    )
    agreement = report.agreement
    megabytes = report.file.stat().st_size / 1e6
    print(
        f"{report.file}: {report.precision}, {megabytes:.1f} MB, vectors of {report.feature_size} "
        f"numbers, cosine with torch at least {agreement.min_cosine:.6f}, median "
        f"{agreement.median_cosine:.6f} over {agreement.crops} "
        + ("made-up crops" if data is None else "crops")
    )
    for name, scores in (("torch", agreement.torch), ("onnx", agreement.onnx)):
        if scores is not None:
            print(
                f"  {name + ':':6} mAP {scores['mAP']:.2%}, rank 1 {scores['rank1']:.2%} "
                f"of {agreement.queries} queries"
            )
