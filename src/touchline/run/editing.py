"""Facts that a person states of a linked run: kept, honoured by its tracks at once, taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from touchline.config import check_config
from touchline.edits.anchors import fact_words, who_is_in
from touchline.edits.facts import Edit, EditKind, LabelKind, checked_edit
from touchline.edits.history import later_than, next_step, redo_last, undo_last
from touchline.errors import EditRefused, InputError, UsageError
from touchline.formats.edits_json import write_edits
from touchline.identities import Identities
from touchline.linking.pipeline import link_tracked
from touchline.linking.stated import Unmet
from touchline.observations import ObservationStore
from touchline.progress import OnProgress, ShouldStop
from touchline.run.changes import Changes, find_changes
from touchline.run.config import RunConfig
from touchline.run.edit_boxes import At, Facts, label_facts, pair_facts, swap_facts
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.kept_tracks import kept_tracks
from touchline.run.link_step import heeding, people_on_pitch, write_tracks
from touchline.run.made import tracks_stamp
from touchline.run.people import LinkedRun, linked_run, retell, retell_page
from touchline.run.questions import Question
from touchline.run.report import write_report
from touchline.run.request import AskedSettings
from touchline.run.tables import edits_of, identities_of, stored_tracks
from touchline.stage_times import StageTimes
from touchline.types import TrackTable

Value = str | int | None
"""Of a fact; None: it is not known."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit.

    Args:
        facts: that were stated, undone or redone; none: nothing was new.
        changes: of the identities; None where the run was not linked again, as nobody's identity
            depends on these facts.
        words: the facts, by the identities that their boxes had before.
    """

    facts: tuple[Edit, ...]
    changes: Changes | None
    words: tuple[str, ...] = ()


class Contradiction(EditRefused):
    """A fact that cannot hold with the hard rules, or with what was stated before.

    unmet: the fact, and why. table: the tracks that it was stated of.
    """

    def __init__(self, unmet: Unmet, table: TrackTable) -> None:
        self.unmet = unmet
        said = unmet.told(lambda fact: fact_words(table, fact))
        super().__init__(f"refused, as {said}{_where_to_split(unmet, table)}")


def _in_words(facts: Sequence[Edit], table: TrackTable) -> tuple[str, ...]:
    return tuple(fact_words(table, fact) for fact in facts)


def _where_to_split(unmet: Unmet, table: TrackTable) -> str:
    """What else may be the cause: a track of two people."""
    if unmet.between is None:
        return ""
    first, last = unmet.between
    identity = who_is_in(table, last)
    return (
        f"; if identity {identity} changes hands between frame {first.frame} and {last.frame}, "
        f"split it there first: touchline edit RUN split FRAME:{identity}"
    )


def unheard(stage: str, done: int, total: int | None) -> None:
    """Nobody is told of the progress."""


def _never() -> bool:
    return False


def state_labels(
    run: Path,
    kind: LabelKind,
    stated: Callable[[Identities], Sequence[tuple[int, Value]]],
    on_progress: OnProgress = unheard,
    should_stop: ShouldStop = _never,
) -> tuple[list[tuple[int, Value]], int, Edited]:
    """State names, teams, numbers or roles of identities; the new ones, and how many were old.

    stated: identity and value of each, out of the people as they are known now.
    Raises UsageError for a run without tracks and for somebody who is not there, EditRefused for
    what contradicts facts stated before.
    """
    told: list[tuple[int, Value]] = []
    wanted: Sequence[tuple[int, Value]] = ()

    def facts(linked: LinkedRun, before: Sequence[Edit]) -> Facts:
        nonlocal wanted
        people = identities_of(linked.folder, linked.table, linked.facts.video.fps)
        wanted = stated(people)
        new: Facts = []
        for identity, value in wanted:
            people.one(identity)
            found = label_facts(linked.table, [*before, *new], kind, identity, value)
            if found:
                new += found
                told.append((identity, found[0].value))
        return new

    edited = _state(run, facts, on_progress, should_stop)
    return told, len(wanted) - len(told), edited


def state_pair(
    run: Path,
    kind: EditKind,
    boxes: Sequence[At],
    on_progress: OnProgress = unheard,
    should_stop: ShouldStop = _never,
) -> Edited:
    """State ``same``, ``different``, ``split``, ``unknown`` or ``not-a-person`` of boxes.

    boxes: each a frame, from 1, and an identity as in tracks.csv now. Raises UsageError for a box
    that is not there, EditRefused for what contradicts facts stated before or cannot be.
    """

    def facts(linked: LinkedRun, _before: Sequence[Edit]) -> Facts:
        return pair_facts(linked.table, kind, boxes)

    return _state(run, facts, on_progress, should_stop)


def state_swap(
    run: Path,
    one: At,
    other: At,
    on_progress: OnProgress = unheard,
    should_stop: ShouldStop = _never,
) -> Edited:
    """State that two identities are swapped from a frame on. Raises as ``state_pair``."""

    def facts(linked: LinkedRun, _before: Sequence[Edit]) -> Facts:
        return swap_facts(linked.table, one, other)

    return _state(run, facts, on_progress, should_stop)


def answer(
    run: Path,
    question: Question,
    choice: int | Literal["nobody", "unknown"],
    on_progress: OnProgress = unheard,
    should_stop: ShouldStop = _never,
) -> Edited:
    """State who the person of a question is: one of its candidates, none of them, or unknown.

    One step. Raises InputError for a candidate that is not there, EditRefused as ``state_pair``.
    """
    candidates = question.candidates
    if isinstance(choice, int):
        if not 0 <= choice < len(candidates):
            raise InputError(
                f"there is no candidate {choice}: the question has {len(candidates)}, from 0"
            )
        candidates = (candidates[choice],)
    kinds: dict[object, EditKind] = {"nobody": "different", "unknown": "unknown"}
    kind = kinds.get(choice, "same")
    new = [Edit(kind, (each.box, question.box), "") for each in candidates]
    return _state(run, lambda _linked, _before: new, on_progress, should_stop)


def undo(run: Path, on_progress: OnProgress = unheard, should_stop: ShouldStop = _never) -> Edited:
    """Take back the last step that holds. Raises UsageError where there is none."""
    return _step(run, undo_last, "undo", on_progress, should_stop)


def redo(run: Path, on_progress: OnProgress = unheard, should_stop: ShouldStop = _never) -> Edited:
    """State again what was undone last. Raises UsageError where there is nothing."""
    return _step(run, redo_last, "redo", on_progress, should_stop)


def edits_with_identities(run: Path) -> list[tuple[Edit, tuple[int | None, ...]]]:
    """Every fact stated of a run, oldest first, and the identities that its boxes show now."""
    with linked_run(run, write=False) as linked:
        return [
            (edit, tuple(who_is_in(linked.table, box) for box in edit.boxes))
            for edit in edits_of(linked.folder, linked.facts)
        ]


def unmet_edits(run: Path) -> list[str]:
    """What is said of facts of a linked run that find no box, or that contradict others."""
    with closing(ObservationStore.open(RunFolder.existing(run).observations)) as store:
        facts = RunFacts.of(store)
    return [*facts.unmet_edits, *facts.edit_warnings]


def _state(
    run: Path,
    facts: Callable[[LinkedRun, Sequence[Edit]], Facts],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Edited:
    with linked_run(run, write=True) as linked:
        before = edits_of(linked.folder, linked.facts)
        found = facts(linked, before)
        if not found:
            return Edited((), None)
        now = later_than(before)
        step = next_step(before) if len(found) > 1 else None
        new = tuple(checked_edit(replace(edit, time=now, step=step)) for edit in found)
        changes = _hold(linked, before, (*before, *new), new, on_progress, should_stop)
        return Edited(new, changes, _in_words(new, linked.table))


def _step(
    run: Path,
    step: Callable[[Sequence[Edit]], tuple[tuple[Edit, ...], tuple[Edit, ...]]],
    word: str,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Edited:
    with linked_run(run, write=True) as linked:
        before = edits_of(linked.folder, linked.facts)
        after, touched = step(before)
        if not touched:
            raise UsageError(f"{linked.folder.edits} holds nothing to {word}")
        changes = _hold(linked, before, after, touched, on_progress, should_stop)
        return Edited(touched, changes, _in_words(touched, linked.table))


def _hold(
    linked: LinkedRun,
    before: Sequence[Edit],
    after: Sequence[Edit],
    touched: Sequence[Edit],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Changes | None:
    """Keep the facts ``after``, which differ from those ``before`` in those ``touched``."""
    if all(_is_bare(edit, before, after, linked) for edit in touched):
        _retell(linked, before, after)
        return None
    asked = AskedSettings.checked(linked.facts.settings)
    times = StageTimes()
    tracked = kept_tracks(linked, asked.config, on_progress, should_stop, times)
    with times.stage("link"):
        on_done = heeding(should_stop, on_progress)
        clip, outside = people_on_pitch(tracked, asked.config, after)
        found = link_tracked(clip, asked.config.link, after, on_done)
    told = set(touched)
    for unmet in found.unmet:
        if unmet.edit in told or replace(unmet.edit, undone=None) in told:
            raise Contradiction(unmet, linked.table)
    folder, store = linked.folder, linked.store
    write_edits(after, linked.facts.video.fingerprint, folder.edits)
    beside, before_edit = tracked.beside, linked.facts
    facts = write_tracks(folder, store, before_edit, asked, beside, found, after, times, outside)
    table = stored_tracks(folder, store, facts)
    retell_page(folder, facts, table)
    write_report(folder, store, facts, asked.config, times)
    return find_changes(linked.table, table)


def _is_bare(edit: Edit, before: Sequence[Edit], after: Sequence[Edit], linked: LinkedRun) -> bool:
    """Whether a fact can only change tables: who is who does not depend on it, by these tracks.

    A name does where somebody else has it, or where the same identity has another.
    """
    if edit.kind in ("team", "number"):
        about = (edit.kind, edit.boxes)
        same = [one for one in (*before, *after) if (one.kind, one.boxes) == about]
        return all(one.value is None for one in same)
    if edit.kind not in ("name", "role"):
        return edit.kind == "unknown"
    mine = who_is_in(linked.table, edit.boxes[0])
    for other in (*before, *after):
        if other.kind != edit.kind or other.boxes == edit.boxes or other.value is None:
            continue
        theirs = who_is_in(linked.table, other.boxes[0])
        alike = str(other.value).casefold() == str(edit.value).casefold()
        if alike != (theirs == mine) and (edit.kind == "name" or not alike):
            return False
    return True


def _retell(linked: LinkedRun, before: Sequence[Edit], after: Sequence[Edit]) -> None:
    """Write the facts, and tell the tables of them."""
    facts, made = linked.facts, linked.facts.tracks_made
    write_edits(after, facts.video.fingerprint, linked.folder.edits)
    config, frames = check_config(RunConfig, facts.settings), len(linked.store)
    if made is not None and made.stamp == tracks_stamp(frames, facts.video, config, before):
        made = replace(made, stamp=tracks_stamp(frames, facts.video, config, after))
    retell(linked, replace(facts, tracks_made=made))
