"""Who the people of a linked run are, by what a person or a gallery says, put into its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from touchline.config import check_config
from touchline.edits import Edit, EditKind, best_box, checked_edit, who_is_in
from touchline.errors import UsageError, one_line
from touchline.formats.edits_json import write_edits
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.people_facts import Recognised
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.link_step import FORGOTTEN
from touchline.run.made import is_unchanged, remade, tracks_stamp
from touchline.run.people_page import page_of
from touchline.run.report import write_report
from touchline.run.tables import edits_of, identities_of, people_of_clip, tracks_of, write_tables
from touchline.types import TrackTable

Value = str | int | None
"""Of a fact; None: it is not known."""


@dataclass(frozen=True, slots=True)
class _Linked:
    """A linked run whose store is open."""

    folder: RunFolder
    store: ObservationStore
    facts: RunFacts
    table: TrackTable


def keep_recognised(run: Path, recognised: Sequence[Recognised]) -> None:
    """Put who of a gallery its people are into the tables of a linked run.

    Raises UsageError for a run without tracks, StoreError where nothing can be written; the tables
    are as before then.
    """
    with _linked(run, write=True) as linked:
        said = tuple(one for one in linked.facts.link_warnings if one != FORGOTTEN)
        _tell(linked, replace(linked.facts, recognised=tuple(recognised), link_warnings=said))


def state(
    run: Path, kind: EditKind, stated: Callable[[Identities], Sequence[tuple[int, Value]]]
) -> tuple[list[tuple[int, Value]], int]:
    """Keep facts in edits.json and put them into the tables; the new ones, and how many were old.

    stated: identity and value of each, out of the people as they are known now.
    Raises UsageError for a run without tracks, for somebody who is not there, and for a fact that
    contradicts one stated before.
    """
    with _linked(run, write=True) as linked:
        people = identities_of(linked.folder, linked.table, linked.facts.video.fps)
        before = edits_of(linked.folder, linked.facts)
        new: list[Edit] = []
        told: list[tuple[int, Value]] = []
        wanted = stated(people)
        for identity, value in wanted:
            people.one(identity)
            edit = _edit(linked.table, (*before, *new), kind, identity, value)
            if edit is not None:
                new.append(edit)
                told.append((identity, edit.value))
        if new:
            _keep(linked, before, (*before, *new))
    return told, len(wanted) - len(told)


def undo(run: Path) -> Edit:
    """Take back the last fact that holds; returns it. Raises UsageError where there is none."""
    with _linked(run, write=True) as linked:
        before = edits_of(linked.folder, linked.facts)
        held = [number for number, edit in enumerate(before) if edit.undone is None]
        if not held:
            raise UsageError(f"{linked.folder.edits} holds nothing to undo")
        last = before[held[-1]]
        after = [*before[: held[-1]], replace(last, undone=_now()), *before[held[-1] + 1 :]]
        _keep(linked, before, tuple(after))
        return last


def edits_with_identities(run: Path) -> list[tuple[Edit, int | None]]:
    """Every fact stated of a run, oldest first, and the identity that it is about now, or None."""
    with _linked(run, write=False) as linked:
        edits = edits_of(linked.folder, linked.facts)
        return [(edit, who_is_in(linked.table, edit.boxes[0])) for edit in edits]


@contextmanager
def _linked(run: Path, *, write: bool) -> Iterator[_Linked]:
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations, write=write)) as store:
        facts = RunFacts.of(store)
        if facts.tracks is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        table, rows = tracks_of(folder), store.track_rows()
        if not is_unchanged(facts.tracks_made, folder.tracks_csv):
            raise UsageError(
                f"{run} has a tracks.csv that was changed since it was made: touchline link {run} "
                "makes it again"
            )
        if rows is not None and len(rows) == len(table):
            table = replace(table, rows=rows)
        yield _Linked(folder, store, facts, table)


def _edit(
    table: TrackTable, before: Sequence[Edit], kind: EditKind, identity: int, value: Value
) -> Edit | None:
    """The fact that ``identity`` has this value; None where that was the last thing stated.

    Raises UsageError where somebody who is in the image with them was stated to have this name.
    """
    value = one_line(value.strip()) if isinstance(value, str) else value
    mine: Edit | None = None
    for edit in before:
        if edit.kind != kind or edit.undone is not None:
            continue
        who = who_is_in(table, edit.boxes[0])
        if who == identity:
            mine = edit
        elif kind == "name" and who is not None and value is not None and edit.value == value:
            _refuse_together(table, identity, who, value)
    if mine is not None and mine.value == value:
        return None
    # The box of what was stated before, so that this one takes its place.
    boxes = (best_box(table, identity),) if mine is None else mine.boxes
    return checked_edit(Edit(kind, boxes, value, _now()))


def _refuse_together(table: TrackTable, identity: int, who: int, name: Value) -> None:
    """Raises UsageError where two identities who are said to have one name are in one frame."""
    shared = set(table.frames[table.ids == identity].tolist())
    shared &= set(table.frames[table.ids == who].tolist())
    if shared:
        raise UsageError(
            f"identity {who} is {name} already, and in frame {min(shared) + 1} with identity "
            f'{identity}: they are two people; touchline name RUN {who} "" takes the name away'
        )


def _keep(linked: _Linked, before: tuple[Edit, ...], after: tuple[Edit, ...]) -> None:
    """Write the facts, and tell the tables of them."""
    facts, made = linked.facts, linked.facts.tracks_made
    write_edits(after, facts.video.fingerprint, linked.folder.edits)
    config, frames = check_config(RunConfig, facts.settings), len(linked.store)
    if made is not None and made.stamp == tracks_stamp(frames, facts.video, config, before):
        made = replace(made, stamp=tracks_stamp(frames, facts.video, config, after))
    _tell(linked, replace(facts, tracks_made=made))


def _tell(linked: _Linked, facts: RunFacts) -> None:
    """Write the tables of a run with what is known of its people now, and remember ``facts``."""
    folder, store = linked.folder, linked.store
    people, problems = people_of_clip(folder, facts, linked.table)
    write_tables(folder, linked.table, people, facts.recognised)
    made = remade(facts.tracks_made, [folder.tracks_csv, folder.players])
    facts = replace(facts, edit_warnings=tuple(problems), tracks_made=made)
    facts.commit(store, linked.facts)
    config = check_config(RunConfig, facts.settings)
    if folder.people.exists():  # its crops stay: nobody needs the video for a name
        known = identities_of(folder, linked.table, facts.video.fps)
        page = page_of(folder, facts, linked.table, known, config)
        if page is not None:
            page.write()
    write_report(folder, store, facts, config)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
