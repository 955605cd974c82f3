"""``clip``: a video of some people of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import asked_settings, named_path
from touchline.cli.json_file import answer
from touchline.cli.options import (
    CalledName,
    ConfigFile,
    JsonFile,
    MovedVideo,
    Overrides,
    Players,
    RunPath,
    ShirtNumber,
    Team,
)
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.run.clip_step import ClipMade

_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")
_SMALLEST, _LARGEST = 64, 8192


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(clip)


def clip(
    run: RunPath,
    player: Players = None,
    number: ShirtNumber = None,
    team: Team = None,
    name: CalledName = None,
    only_when_seen: Annotated[
        bool,
        typer.Option(
            "--only-when-seen",
            help="Only the stretches in which one of them is in the image, with half a second "
            "before and after, joined.",
        ),
    ] = False,
    zoom: Annotated[
        bool, typer.Option("--zoom", help="Follow them closely, all of them in the image.")
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="With --zoom: WIDTHxHEIGHT of the video. Default: as the video's, 1280 wide at "
            "most.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="MP4 to write. Default: RUN/clip-8.mp4, by the identities.",
            parser=named_path,
        ),
    ] = None,
    video: MovedVideo = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Make a video of some people: them marked in the whole clip, or followed closely.

    Takes the settings draw.* and writer.*, for this video alone.
    """
    from touchline.cli.progress import reporting
    from touchline.person_choice import PersonChoice
    from touchline.run.clip_step import ClipRequest, clip_run
    from touchline.run.folder import stored_settings

    choice = PersonChoice(player or (), number, team, name)
    request = ClipRequest(choice, out, only_when_seen, zoom, _sides(size))
    asked = asked_settings(config, settings, {}, stored_settings(run))
    with reporting() as (on_progress, should_stop):
        made = clip_run(run, request, asked, on_progress, should_stop, video)
    print_warnings()
    result = {
        "file": str(made.file),
        "identities": list(made.identities),
        "seconds": made.seconds,
        "seen_seconds": made.seen_seconds,
        "of_seconds": made.of_seconds,
        "lost_seconds": made.lost_seconds,
    }
    answer(json_file, result, lambda: _say(made))


def _say(made: ClipMade) -> None:
    several = len(made.identities) > 1
    who = f"{'identities' if several else 'identity'} {', '.join(map(str, made.identities))}"
    print(
        f"{who}: {made.seconds:.1f} of {made.of_seconds:.1f} seconds, "
        f"{'one of them ' if several else ''}in the image for {made.seen_seconds:.1f}"
    )
    if made.lost_seconds:
        print(
            f"for {made.lost_seconds:.1f} seconds they are too far apart for a window of this "
            "shape; a wider --size holds them all"
        )
    print(f"video:   {made.file}")


def _sides(text: str | None) -> tuple[int, int] | None:
    """Width and height. Raises UsageError."""
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip().lower())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(_SMALLEST <= side <= _LARGEST for side in sides):
        raise UsageError(
            f"--size {shown(text)!r} is no size: give WIDTHxHEIGHT, as 640x360, each {_SMALLEST} "
            f"to {_LARGEST}"
        )
    return sides
