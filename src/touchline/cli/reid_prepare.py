"""``reid prepare``: crops of people out of tracking truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import answer
from touchline.cli.options import ConfigFile, JsonFile, OutFolder, Overrides, Seed
from touchline.cli.report import print_warnings
from touchline.errors import UsageError

if TYPE_CHECKING:
    from touchline.reid.prepare_config import PrepareConfig

_SOURCES = "Where crops come from"
_DRAWING = "Which crops are drawn"

SportsMot = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="SportsMOT, with splits_txt and dataset. Repeatable.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
Mot = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="Sequences with img1 and gt (SoccerNet tracking, MOT17). Repeatable.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
Videos = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Video with its --truth. Repeatable.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
Truths = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Ground truth of each --video, in the same order. Repeatable.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
Market1501 = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Market-1501: added to the training crops, or used alone.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
MatchPattern = Annotated[
    str | None,
    typer.Option(
        metavar="REGEX",
        help="Regular expression for the match in the name of a clip.",
        rich_help_panel=_SOURCES,
    ),
]
MatchTable = Annotated[
    Path | None,
    typer.Option(
        "--matches",
        metavar="FILE",
        help="CSV table with the match of each clip: columns sequence and match.",
        parser=named_path,
        rich_help_panel=_SOURCES,
    ),
]
SameIds = Annotated[
    bool,
    typer.Option(
        "--same-ids",
        help="An id of --mot and --video is the same person in all clips of a match.",
        rich_help_panel=_SOURCES,
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        metavar="FACTOR",
        help="Factor from the truth's pixels to the images'. Default: from seqinfo.ini.",
        rich_help_panel=_SOURCES,
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="match holds out whole matches; identity samples people as the original project "
        "did. Default: match.",
        rich_help_panel=_DRAWING,
    ),
]
Holdout = Annotated[
    float | None,
    typer.Option(
        metavar="FRACTION",
        help="Fraction of the matches (or people) to hold out. Default: 0.1.",
        rich_help_panel=_DRAWING,
    ),
]
HoldoutMatch = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Hold out this match. Repeatable.",
        rich_help_panel=_DRAWING,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="NUMBER", help="Number of threads. Default: one per processor, at most 8."
    ),
]


def prepare(
    out: OutFolder,
    sportsmot: SportsMot = None,
    mot: Mot = None,
    video: Videos = None,
    truth: Truths = None,
    market1501: Market1501 = None,
    match_pattern: MatchPattern = None,
    matches: MatchTable = None,
    same_ids: SameIds = False,
    scale: Scale = None,
    split: Split = None,
    holdout: Holdout = None,
    holdout_match: HoldoutMatch = None,
    seed: Seed = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    workers: Workers = None,
    json_file: JsonFile = None,
) -> None:
    """Cut crops of people out of videos with tracking truth, and split them.

    If it is stopped or killed, the same command continues where it left off. Size, number and
    spacing of the crops are settings: touchline settings reid prepare.
    """
    from touchline.cli.progress import reporting
    from touchline.reid.prepare import PrepareRequest, prepare_reid
    from touchline.reid.sources import SourceRequest

    options = {"split": split, "holdout": holdout, "seed": seed}
    drawing = _drawing(config, settings, options, holdout_match)
    sources = SourceRequest(
        sportsmot=sportsmot or (),
        mot=mot or (),
        videos=_pairs(video or [], truth or []),
        match_pattern=match_pattern,
        matches=_matches(matches),
        same_ids=same_ids,
        scale=scale,
    )
    request = PrepareRequest(sources, out, drawing, market1501, workers)
    with reporting("crops") as (on_progress, should_stop):
        report = prepare_reid(request, on_progress, should_stop)
    print_warnings(report["warnings"])
    answer(json_file, report, lambda: print(_summary(report, out)))


def _drawing(
    config: Path | None,
    settings: list[str] | None,
    options: Mapping[str, Any],
    holdout_matches: list[str] | None,
) -> PrepareConfig:
    from touchline.config import check_config
    from touchline.reid.prepare_config import PrepareConfig

    before = {"holdout_matches": holdout_matches} if holdout_matches else None
    return check_config(
        PrepareConfig, asked_settings(config, settings, options, before, PrepareConfig)
    )


def _pairs(videos: list[Path], truths: list[Path]) -> tuple[tuple[Path, Path], ...]:
    if len(videos) != len(truths):
        raise UsageError(
            f"{len(videos)} times --video and {len(truths)} times --truth: they are pairs"
        )
    return tuple(zip(videos, truths, strict=True))


def _matches(file: Path | None) -> dict[str, str]:
    from touchline.formats.matches_csv import read_matches

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
