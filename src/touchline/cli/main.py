"""The ``touchline`` command: its groups, and how errors reach the person."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import Annotated

import typer
from typer.main import get_command

from touchline import __version__
from touchline.cli import (
    evaluate_commands,
    gallery_commands,
    inspect_commands,
    models_command,
    reid_commands,
    run_commands,
    simulate_commands,
    train_detector,
    tune_commands,
)
from touchline.errors import TouchlineError
from touchline.stop_signals import STOP_SIGNALS

_INTERRUPTED = 130

app = typer.Typer(
    name="touchline",
    help="Who is where in a football clip, and is it the same person as before?",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run_commands.register(app)
inspect_commands.register(app)
models_command.register(app)
reid_commands.register(app)
evaluate_commands.register(app)
gallery_commands.register(app)
simulate_commands.register(app)
train_detector.register(app)
tune_commands.register(app)


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"touchline {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a TouchlineError becomes one line and its exit code."""
    for number in STOP_SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)  # stops as Ctrl-C does
    try:
        get_command(app).main(prog_name="touchline")
    except TouchlineError as error:
        with suppress(OSError):  # the terminal may be gone
            print(f"touchline: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # Ctrl-C where nothing listens to it; typer says no word
            print("touchline: stopped; the same command starts or goes on", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
