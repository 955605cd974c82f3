"""``review``: the page on which a run is looked at and corrected."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from touchline.cli.extras import require_ui
from touchline.cli.options import MovedVideo, RunPath


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(review)


def review(
    run: RunPath,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="NUMBER", help="Port. Default: a free one.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, and open no browser.")
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on. Default: 127.0.0.1, this machine only; with another one "
            "whoever has the printed address can see the clip and change the run.",
        ),
    ] = "127.0.0.1",
    video: MovedVideo = None,
) -> None:
    """Look at a run in the browser, and correct who is who (needs the extra "ui").

    Serves the page until Ctrl-C. Every correction is kept at once, as touchline edit does.
    """
    require_ui()
    from touchline.review.server import ReviewServer

    with ReviewServer(run, host=host, port=port, source=video) as server:

        def ready() -> None:
            print(f"review:  {server.page}", flush=True)
            print("Ctrl-C ends it; every correction is kept by then", flush=True)
            if not no_browser:
                webbrowser.open(server.page)

        with suppress(KeyboardInterrupt):  # how it is meant to end
            server.serve(ready)
