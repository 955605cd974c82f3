"""``gallery``: keep the people of one clip and recognise them in the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchline.cli.arguments import is_count, named_path
from touchline.cli.gallery_report import (
    person_facts,
    person_line,
    print_identities,
    write_people_table,
)
from touchline.cli.json_file import answer
from touchline.cli.options import ConfigFile, JsonFile, Overrides, RunPath
from touchline.cli.report import print_warnings
from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.gallery.config import GalleryConfig
    from touchline.people_facts import Recognised

File = Annotated[
    Path, typer.Option("--gallery", "-g", metavar="FILE", help="Gallery file.", parser=named_path)
]
Number = Annotated[
    int, typer.Argument(metavar="PERSON", help="Number of the person, as gallery list shows it.")
]
Roster = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER",
        help="Number of people there are in all, or 'known' if all are in the gallery already.",
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--is",
        metavar="ID=PERSON",
        help="Say who an identity is: 7=3 means identity 7 is person 3. Repeatable.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    gallery = typer.Typer(
        help="Recognise people across the clips of a match.", no_args_is_help=True
    )
    for command in (add, match, name, merge, remove):
        gallery.command()(command)
    gallery.command("list")(list_people)
    app.add_typer(gallery, name="gallery")


def add(
    run: RunPath,
    file: File,
    roster: Roster = None,
    given: Given = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Add the people of a run: known people to their entries, the others as new people.

    Creates the gallery if there is none. Doubtful identities are left out; --is says who they are.
    Settings: touchline settings gallery.
    """
    from touchline.gallery.runs import add_run

    rows = add_run(run, file, _config(config, settings), **_roster(roster), given=_given(given))
    _answer(rows, run, json_file)


def match(
    run: RunPath,
    file: File,
    roster: Roster = None,
    given: Given = None,
    config: ConfigFile = None,
    settings: Overrides = None,
    json_file: JsonFile = None,
) -> None:
    """Match the identities of a run to the people in a gallery, and write them into its tables.

    The gallery is not changed. Settings: touchline settings gallery.
    """
    from touchline.gallery.runs import match_run

    rows = match_run(run, file, _config(config, settings), **_roster(roster), given=_given(given))
    _answer(rows, run, json_file)


def list_people(
    file: File,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the table to this file.", parser=named_path),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """List the people in a gallery and the clips they were seen in."""
    from touchline.gallery.store import opened

    with opened(file) as gallery:
        people, clips, embedder = gallery.listed(), gallery.clips(), gallery.embedder
    rows = [person_facts(person) for person in people]
    if csv is not None:
        write_people_table(rows, csv)

    def say() -> None:
        for row in rows:
            print(person_line(row))
        print(f"{len(people)} people, seen by {embedder}")
        for number, clip in clips.items():
            print(f"clip {number}: {clip}")

    answer(json_file, {"embedder": asdict(embedder), "clips": clips, "people": rows}, say)


def name(
    person: Number,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Their name; an empty one removes it.")
    ],
    file: File,
    number: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Their shirt number.", min=0, max=99)
    ] = None,
) -> None:
    """Name a person. Runs show the name after the next touchline gallery match."""
    from touchline.gallery.changes import name_person
    from touchline.gallery.store import opened

    with opened(file, write=True) as gallery:
        name_person(gallery, person, name.strip() or None, number)
    print(f"person {person} has {'the name ' + name.strip() if name.strip() else 'no name'} now")
    print("runs show it after touchline gallery match and touchline draw")


def merge(
    kept: Annotated[int, typer.Argument(metavar="KEPT", help="Number of the person to keep.")],
    other: Annotated[
        int, typer.Argument(metavar="OTHER", help="Number of their second entry, which is removed.")
    ],
    file: File,
) -> None:
    """Merge two entries of the same person."""
    from touchline.gallery.changes import merge_people
    from touchline.gallery.config import GalleryConfig
    from touchline.gallery.store import opened

    with opened(file, write=True) as gallery:
        merge_people(gallery, kept, other, GalleryConfig())
    print(f"person {other} is person {kept} now")


def remove(
    file: File,
    person: Annotated[
        int | None,
        typer.Argument(metavar="PERSON", help="Number of the person, as gallery list shows it."),
    ] = None,
    clip: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="Number of a clip: remove what it added, and people seen in no other clip.",
        ),
    ] = None,
) -> None:
    """Remove a person, or everything that one clip added."""
    from touchline.gallery.changes import remove_clip, remove_person
    from touchline.gallery.store import opened

    if (person is None) == (clip is None):
        raise UsageError("give the number of a person, or of a clip with --clip")
    with opened(file, write=True) as gallery:
        if person is not None:
            remove_person(gallery, person)
            print(f"person {person} is removed")
        elif clip is not None:
            print(f"{remove_clip(gallery, clip)} people were in no other clip and are removed")


def _config(file: Path | None, settings: list[str] | None) -> GalleryConfig:
    from touchline.config import load_config
    from touchline.gallery.config import GalleryConfig

    return load_config(GalleryConfig, file, settings or ())


def _roster(text: str | None) -> dict[str, Any]:
    """``--roster`` as keyword arguments of the library functions."""
    if text is None:
        return {}
    if text == "known":
        return {"closed": True}
    if not is_count(text) or int(text) == 0:
        raise UsageError(f"--roster {shown(text)!r} is neither a number of people nor 'known'")
    return {"roster": int(text)}


def _given(texts: list[str] | None) -> dict[int, int]:
    """Person by identity, from ``7=3``."""
    given = {}
    for text in texts or ():
        identity, _, person = text.partition("=")
        if not (is_count(identity) and is_count(person)):
            raise UsageError(f"--is {shown(text)!r} is not of the form IDENTITY=PERSON, as 7=3")
        given[int(identity)] = int(person)
    return given


def _answer(rows: Sequence[Recognised], run: Path, json_file: Path | None) -> None:
    print_warnings()
    answer(
        json_file,
        {"identities": [asdict(row) for row in rows]},
        lambda: print_identities(rows, run),
    )
