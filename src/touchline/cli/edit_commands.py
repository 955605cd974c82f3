"""``name``, ``team``, ``number``, ``role``: say who somebody is; ``edit``: what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.arguments import is_count, named_path
from touchline.cli.json_file import answer
from touchline.cli.options import CalledName, JsonFile, RunPath, ShirtNumber, Team
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.edits import EditKind
    from touchline.identities import Identities
    from touchline.person_choice import PersonChoice
    from touchline.run.people import Value

Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Say it of many: a table of two columns, identity and what is said.",
        parser=named_path,
    ),
]


def _words(value: str) -> object:
    return typer.Argument(
        metavar=f"[IDENTITY] {value}",
        help="Whom: their identity, as in players.csv, or one of the options below. Then what.",
    )


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    for command in (name, team, number, role, edit):
        app.command()(command)


def name(
    run: RunPath,
    words: Annotated[list[str] | None, _words("NAME")] = None,
    shirt: ShirtNumber = None,
    side: Team = None,
    called: CalledName = None,
    csv: Csv = None,
    json_file: JsonFile = None,
) -> None:
    """Name somebody: in every table and in the video that is drawn next. An empty name: unknown."""
    _state(run, "name", words, _choice(shirt, side, called), csv, json_file)


def team(
    run: RunPath,
    words: Annotated[list[str] | None, _words("TEAM")] = None,
    shirt: ShirtNumber = None,
    side: Team = None,
    called: CalledName = None,
    csv: Csv = None,
    json_file: JsonFile = None,
) -> None:
    """Say whose team somebody is in: A, B, officials or unknown."""
    _state(run, "team", words, _choice(shirt, side, called), csv, json_file)


def number(
    run: RunPath,
    words: Annotated[list[str] | None, _words("NUMBER")] = None,
    shirt: ShirtNumber = None,
    side: Team = None,
    called: CalledName = None,
    csv: Csv = None,
    json_file: JsonFile = None,
) -> None:
    """Say what shirt number somebody has: 0 to 99 or unknown."""
    _state(run, "number", words, _choice(shirt, side, called), csv, json_file)


def role(
    run: RunPath,
    words: Annotated[list[str] | None, _words("ROLE")] = None,
    shirt: ShirtNumber = None,
    side: Team = None,
    called: CalledName = None,
    csv: Csv = None,
    json_file: JsonFile = None,
) -> None:
    """Say what somebody is: player, goalkeeper, referee, person or unknown."""
    _state(run, "role", words, _choice(shirt, side, called), csv, json_file)


def edit(
    run: RunPath,
    action: Annotated[
        str,
        typer.Argument(metavar="list|undo", help="Show what was said of people, or undo the last."),
    ] = "list",
    json_file: JsonFile = None,
) -> None:
    """Show what was said of people of a run, or take the last of it back."""
    from touchline.run.people import edits_with_identities, undo

    if action not in ("list", "undo"):
        raise UsageError(f"edit {shown(action)} is unknown: give list or undo")
    if action == "undo":
        undone = undo(run)
        answer(json_file, {"undone": undone.as_json()}, lambda: print(f"undone: {undone}"))
        return
    rows = edits_with_identities(run)
    result = [{**one.as_json(), "identity": who} for one, who in rows]

    def say() -> None:
        for one, who in rows:
            state = "undone" if one.undone else "nobody there" if who is None else f"identity {who}"
            print(f"{one.time}  {state:12}  {one}")
        print(f"{len(rows)} edits")

    answer(json_file, {"edits": result}, say)


def _choice(shirt: int | None, side: str | None, called: str | None) -> PersonChoice:
    from touchline.person_choice import PersonChoice

    return PersonChoice((), shirt, side, called)


def _state(
    run: Path,
    kind: EditKind,
    words: Sequence[str] | None,
    choice: PersonChoice,
    csv: Path | None,
    json_file: Path | None,
) -> None:
    from touchline.run.people import state

    told, known = state(run, kind, _stated(kind, list(words or ()), choice, csv))
    print_warnings()

    def say() -> None:
        for identity, value in told:
            print(f"identity {identity}: {kind} {'unknown' if value is None else value}")
        if known:
            print(f"{known} were stated before")
        print(f"edits:   {run / 'edits.json'}")
        if (run / "annotated.mp4").exists():
            print(f"video:   touchline draw {run} draws it")

    stated = [{"identity": identity, kind: value} for identity, value in told]
    answer(json_file, {"stated": stated, "known_before": known}, say)


def _stated(
    kind: EditKind, words: list[str], choice: PersonChoice, csv: Path | None
) -> Callable[[Identities], Sequence[tuple[int, Value]]]:
    """What is said, of whom, from the words of the command. Raises UsageError."""
    if csv is not None:
        if words or choice:
            raise UsageError("give --csv alone, or one person and what is said of them")
        from touchline.formats.edits_csv import read_edits_csv

        rows = read_edits_csv(csv, kind)
        return lambda _people: [(identity, _value(kind, text)) for identity, text in rows]
    if choice:
        if len(words) != 1:
            raise UsageError(f"give one {kind} for {choice}, not {len(words)}")
        return lambda people: [(int(choice.person(people).ids[0]), _value(kind, words[0]))]
    if len(words) != 2 or not is_count(words[0]):
        raise UsageError(
            f"give an identity and a {kind}, as touchline {kind} RUN 8 {_EXAMPLES[kind]}; "
            "touchline info RUN lists the identities"
        )
    return lambda _people: [(int(words[0]), _value(kind, words[1]))]


_EXAMPLES = {"name": '"Ada Lund"', "team": "A", "number": "10", "role": "goalkeeper"}


def _value(kind: EditKind, text: str) -> Value:
    """What ``text`` says; None for unknown. Raises UsageError for a number that is none."""
    from touchline.identities import TEAMS, UNKNOWN
    from touchline.person_choice import team_code

    text = text.strip()
    if not text or (kind != "name" and text == "unknown"):
        return None
    if kind == "team":
        code = team_code(text)
        return None if code == UNKNOWN else TEAMS[code]
    if kind == "number":
        if not is_count(text.removeprefix("#")):
            raise UsageError(f"number {shown(text)!r} is none: give 0 to 99, or unknown")
        return int(text.removeprefix("#"))
    return text
