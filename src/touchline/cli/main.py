"""The ``touchline`` command: its groups, and how errors reach the person."""

from __future__ import annotations

import sys

import typer
from typer.main import get_command

from touchline.cli import inspect_commands, run_commands
from touchline.errors import TouchlineError

app = typer.Typer(
    name="touchline",
    help="Who is where in a football clip, and is it the same person as before?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run_commands.register(app)
inspect_commands.register(app)


def main() -> None:
    """Run the command line; a TouchlineError becomes one line and its exit code."""
    try:
        get_command(app).main(prog_name="touchline")
    except TouchlineError as error:
        print(f"touchline: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
