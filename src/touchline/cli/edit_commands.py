"""``name``, ``team``, ``number``, ``role``: say who somebody is; ``edit``: what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from touchline.cli.arguments import is_count, named_path
from touchline.cli.json_file import answer
from touchline.cli.options import CalledName, JsonFile, RunPath, ShirtNumber, Team
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.edits.facts import Edit, EditKind, LabelKind, SeenBox
    from touchline.identities import Identities
    from touchline.person_choice import PersonChoice
    from touchline.run.changes import Changes, MovedBoxes
    from touchline.run.editing import Value

Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Say it of many: a table of two columns, identity and what is said.",
        parser=named_path,
    ),
]


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[IDENTITY] VALUE",
        help="Whom: their identity, as in players.csv, or one of the options below. Then what.",
    ),
]
Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FRAME:IDENTITY",
        help="Boxes: a frame, from 1, and the identity that has it in tracks.csv now.",
    ),
]

_LABELS: dict[LabelKind, str] = {
    "name": "Name somebody: in every table and in the video that is drawn next. An empty name: "
    "unknown.",
    "team": "Say whose team somebody is in: A, B, officials or unknown.",
    "number": "Say what shirt number somebody has: 0 to 99 or unknown.",
    "role": "Say what somebody is: player, goalkeeper, referee, person or unknown.",
}

_ACTIONS: dict[str, int] = {"list": 0, "undo": 0, "redo": 0, "swap": 2}
_ACTIONS |= {"same": 2, "different": 2, "unknown": 2, "split": 1, "not-a-person": 1}
"""What edit does, and about how many boxes."""


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    for kind, about in _LABELS.items():
        app.command(kind, help=about)(_label_command(kind))
    app.command()(edit)


def _label_command(kind: LabelKind) -> Callable[..., None]:
    """The command that states this of people."""

    def command(
        run: RunPath,
        words: Words = None,
        shirt: ShirtNumber = None,
        side: Team = None,
        called: CalledName = None,
        csv: Csv = None,
        json_file: JsonFile = None,
    ) -> None:
        from touchline.person_choice import PersonChoice

        _state(run, kind, words, PersonChoice((), shirt, side, called), csv, json_file)

    return command


def edit(
    run: RunPath,
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="same, different or unknown (two boxes: one person, two, or nobody can tell), "
            "split (somebody else begins at the box), swap (two people from there on), "
            "not-a-person, undo, redo, or list.",
        ),
    ] = "list",
    places: Places = None,
    json_file: JsonFile = None,
) -> None:
    """State who is who, and link the run again by it; undo, redo or list what was stated.

    A fact is about boxes, so it holds whatever the run is linked with later.
    """
    if action not in _ACTIONS:
        known = ", ".join(_ACTIONS)
        raise UsageError(f"edit {shown(action)} is unknown: give one of {known}")
    boxes = [_place(text) for text in places or []]
    if len(boxes) != _ACTIONS[action]:
        raise UsageError(
            f"edit {action} takes {_ACTIONS[action]} of FRAME:IDENTITY, as 1200:17, not "
            f"{len(boxes)}"
        )
    if action == "list":
        _list(run, json_file)
    else:
        _edit(run, action, boxes, json_file)


def _place(text: str) -> tuple[int, int]:
    """A frame and an identity, from ``1200:17``. Raises UsageError."""
    frame, _, identity = text.partition(":")
    if not (is_count(frame) and is_count(identity)):
        raise UsageError(f"{shown(text)!r} is no box: give FRAME:IDENTITY, as 1200:17")
    return int(frame), int(identity)


def _edit(run: Path, action: str, boxes: list[tuple[int, int]], json_file: Path | None) -> None:
    """Do it, and say what was stated and what that changed."""
    from touchline.cli.progress import reporting
    from touchline.run import editing

    with reporting(steps=("link", "who is who")) as (on_progress, should_stop):
        if action in ("undo", "redo"):
            step = editing.undo if action == "undo" else editing.redo
            edited = step(run, on_progress, should_stop)
        elif action == "swap":
            edited = editing.state_swap(run, boxes[0], boxes[1], on_progress, should_stop)
        else:
            edited = editing.state_pair(
                run, cast("EditKind", action), boxes, on_progress, should_stop
            )
    print_warnings(editing.unmet_edits(run))
    done = {"undo": "undone", "redo": "redone"}.get(action, "stated")
    moved = () if edited.changes is None else edited.changes.moved

    def say() -> None:
        for words in edited.words:
            print(f"{done}: {words}")
        for one in moved:
            print(_who_moved(one, edited.changes))
        if edited.changes is not None and not moved:
            print("nobody's boxes changed hands")
        _print_files(run)

    answer(
        json_file,
        {
            done: [fact.as_json() for fact in edited.facts],
            "identities": None if edited.changes is None else edited.changes.identities,
            "moved": [asdict(one) for one in moved],
        },
        say,
    )


def _who_moved(one: MovedBoxes, changes: Changes | None) -> str:
    """One stretch of boxes that changed hands, by the numbers of before and of now."""
    frames, was = f"frames {one.first_frame} to {one.last_frame}", f"what was identity {one.before}"
    others = None if changes is None else changes.identities.get(one.before)
    if one.after == one.before and others is not None:
        return (
            f"{frames}: {one.boxes} boxes of {was} still are; all others are identity {others} now"
        )
    to = "nobody" if one.after is None else f"identity {one.after}"
    return f"{frames}: {one.boxes} boxes of {was} are {to} now"


def _told(edit: Edit, who: Sequence[int | None]) -> str:
    """A fact by the identities that its boxes show now."""
    shown_by = dict(zip(edit.boxes, who, strict=True))

    def called(box: SeenBox) -> str:
        identity = shown_by.get(box)
        return str(box) if identity is None else f"identity {identity} in frame {box.frame}"

    return edit.words(called)


def _list(run: Path, json_file: Path | None) -> None:
    from touchline.run.editing import edits_with_identities, unmet_edits

    rows = edits_with_identities(run)
    unmet = unmet_edits(run)

    def say() -> None:
        for one, who in rows:
            state = "undone" if one.undone else "holds"
            print(f"{one.time}  {state:6}  {_told(one, who)}")
        print(f"{len(rows)} edits")
        for reason in unmet:
            print(f"not met: {reason}")

    result = [{**one.as_json(), "identities": list(who)} for one, who in rows]
    answer(json_file, {"edits": result, "unmet": unmet}, say)


def _state(
    run: Path,
    kind: LabelKind,
    words: Sequence[str] | None,
    choice: PersonChoice,
    csv: Path | None,
    json_file: Path | None,
) -> None:
    from touchline.cli.progress import reporting
    from touchline.run.editing import state_labels, unmet_edits

    stated = _stated(kind, list(words or ()), choice, csv)
    with reporting(steps=("link", "who is who")) as (on_progress, should_stop):
        told, known, _ = state_labels(run, kind, stated, on_progress, should_stop)
    print_warnings(unmet_edits(run))

    def say() -> None:
        for identity, value in told:
            print(f"identity {identity}: {kind} {'unknown' if value is None else value}")
        if known:
            print(f"{known} were stated before")
        _print_files(run)

    answers = [{"identity": identity, kind: value} for identity, value in told]
    answer(json_file, {"stated": answers, "known_before": known}, say)


def _print_files(run: Path) -> None:
    print(f"edits:   {run / 'edits.json'}")
    if (run / "annotated.mp4").exists():
        print(f"video:   touchline draw {run} draws it")


def _stated(
    kind: LabelKind, words: list[str], choice: PersonChoice, csv: Path | None
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


def _value(kind: LabelKind, text: str) -> Value:
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
