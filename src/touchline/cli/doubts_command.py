"""``doubts``: the moments of a run that are worth a look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import answer
from touchline.cli.options import JsonFile, RunPath
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
from touchline.stretches import clock

if TYPE_CHECKING:
    from touchline.identities import Identities
    from touchline.run.doubts import Doubts


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(doubts)


def doubts(
    run: RunPath,
    most: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many of each kind. Default: 20.")
    ] = 20,
    html: Annotated[
        bool, typer.Option("--html", help="Also write a page that shows both sides as crops.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write the page. Default: RUN/doubts.html.",
            parser=named_path,
        ),
    ] = None,
    video: Annotated[
        str | None,
        typer.Option("--video", metavar="FILE", help="Where the video is now, if it was moved."),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """List the moments to check: the least sure joins of a run, and joins that were nearly made."""
    from touchline.cli.progress import reporting
    from touchline.run.doubts_page import found_doubts, write_doubts

    if not html and (out or video):
        raise UsageError("--out and --video are for the page: give --html too")
    found, people = found_doubts(run, most)
    page = None
    if html:
        with reporting() as (on_progress, should_stop):
            page = write_doubts(run, found, on_progress, should_stop, out, video)
    print_warnings()

    def say() -> None:
        _print(found, people)
        if page is not None:
            print(f"page:    {page}")

    answer(json_file, found.as_json(), say)


def _print(found: Doubts, people: Identities) -> None:
    from touchline.run.doubts import label_of
    from touchline.run.join_words import away_words, cues, join_cues, margin_words

    said = f"{found.of_all} joins, {found.doubtful} of them with a question mark in the video"
    print(said + ("; the least sure:" if found.joins else ""))
    for number, join in enumerate(found.joins, 1):
        other = join.runner_up
        print(
            f"{number:3}  {clock(join.time):>9}  {join.confidence:4.0%} sure  "
            f"{label_of(people, join.identity)}, {away_words(join)}"
        )
        print(f"{'':16}{', '.join(map(str, join_cues(join)))}")
        rest = [f"sum {join.log_odds:+.1f}, {margin_words(join)}"]
        if other is not None:
            rest.append(f"else {label_of(people, other.identity)} {other.log_odds:+.1f}")
        print(f"{'':16}{'; '.join(rest)}")
    if found.misses:
        print(f"perhaps the same person ({found.of_misses} pairs):")
    for number, miss in enumerate(found.misses, 1):
        names = " and ".join(label_of(people, who) for who in miss.identities)
        told = ", ".join(map(str, cues(miss.evidence)))
        print(f"{number:3}  {names}: {told}; sum {miss.log_odds:+.1f}")
