"""The ``touchline`` command: its groups, and how errors reach the user."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from touchline import __version__
from touchline.cli import (
    batch_command,
    clip_command,
    detector_commands,
    doubts_command,
    edit_commands,
    evaluate_command,
    gallery_commands,
    inspect_commands,
    models_command,
    pitch_commands,
    reid_commands,
    report_command,
    review_command,
    run_commands,
    settings_command,
    simulate_command,
    tune_command,
)
from touchline.cli.plain_help import with_plain_help
from touchline.cli.repeats import refuse_repeats
from touchline.cli.verbosity import take_verbosity
from touchline.cli.wrong_use import ParseError, explained
from touchline.errors import TouchlineError, UsageError, one_line
from touchline.foreign_text import shown
from touchline.stop_signals import STOP_SIGNALS

TRACEBACK = "TOUCHLINE_TRACEBACK"
"""If set, this environment variable shows the traceback of an unexpected error."""

_INTERRUPTED = 130

app = typer.Typer(
    name="touchline",
    help="Who is where in a football clip, and is it the same person as before?",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run_commands.register(app)
batch_command.register(app)
evaluate_command.register(app)
inspect_commands.register(app)
doubts_command.register(app)
report_command.register(app)
clip_command.register(app)
edit_commands.register(app)
review_command.register(app)
gallery_commands.register(app)
reid_commands.register(app)
detector_commands.register(app)
pitch_commands.register(app)
tune_command.register(app)
simulate_command.register(app)
settings_command.register(app)
models_command.register(app)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and exit.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say warnings and errors alone; also behind a command.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say more, with seconds; also behind a command.")
    ] = False,
) -> None:
    del quiet, verbose  # taken out of the words before they are parsed
    if version:
        print(f"touchline {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a TouchlineError becomes one line and its exit code."""
    for number in STOP_SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)  # stops as Ctrl-C does
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a name that the terminal cannot show is not fatal
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:])
    except TouchlineError as error:
        with suppress(OSError):  # the terminal may be gone
            print(f"touchline: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    # A fault of ours or of the system is one line, too; the variable shows where it came from.
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        print(f"touchline: {_unforeseen(error)}", file=sys.stderr)
        sys.exit(TouchlineError.exit_code)
    if code == _INTERRUPTED:  # Ctrl-C where nothing handles it
        print("touchline: stopped; the same command starts or goes on", file=sys.stderr)
    sys.exit(code)


def _run(words: list[str]) -> int:
    """The exit code of a command line; what is wrong with it is raised as a UsageError."""
    words = take_verbosity(words)
    program = with_plain_help(get_command(app))
    refuse_repeats(program, words)
    try:
        code = program.main(words, prog_name="touchline", standalone_mode=False)
    except ParseError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # which has printed the help by now
            return UsageError.exit_code
        raise explained(error, program, words) from None
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> str:
    """One line about an unexpected error: of the system, or a bug of ours."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename is not None else ""
        return one_line(f"{name}{error.strerror}; choose another name or place")
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; close other programs, or ask for less"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "unknown"
    return one_line(
        f"a fault of the program ({type(error).__name__}: {shown(str(error), 200)}; {place}): "
        f"please report it with what {TRACEBACK}=1 shows"
    )


if __name__ == "__main__":
    main()
