"""Undo and redo mark facts, step by step, and remove none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from touchline.edits.facts import Edit, SeenBox
from touchline.edits.history import later_than, next_step, redo_last, undo_last

BOX = SeenBox(1, 0, (0.0, 0.0, 9.0, 9.0))


def stated(edits: Sequence[Edit], count: int = 1) -> tuple[Edit, ...]:
    """``edits`` and a step of ``count`` more."""
    step = next_step(edits) if count > 1 else None
    new = Edit("name", (BOX,), later_than(edits), f"step {len(edits)}", None, step)
    return (*edits, *[new] * count)


def held(edits: Sequence[Edit]) -> list[object]:
    return [edit.value for edit in edits if edit.undone is None]


def test_a_step_of_several_facts_is_undone_and_redone_as_one() -> None:
    edits = stated(stated((), 1), 4)
    undone, step = undo_last(edits)
    assert (held(undone), len(step), len(undone)) == (["step 0"], 4, 5)
    redone, again = redo_last(undone)
    assert redone == edits
    assert len(again) == 4


def test_nothing_is_undone_or_redone_where_there_is_nothing() -> None:
    assert undo_last(()) == ((), ())
    edits = stated(())
    assert redo_last(edits) == (edits, ())
    assert undo_last(undo_last(edits)[0])[1] == ()


def test_what_was_stated_after_an_undo_replaces_what_was_undone() -> None:
    edits = stated(undo_last(stated(stated(())))[0])
    assert redo_last(edits)[1] == ()
    undone, _ = undo_last(edits)
    redone, step = redo_last(undone)
    assert redone == edits
    assert step[0].value == "step 2"


def test_times_of_any_kind_do_no_harm() -> None:
    for time in ("", "yesterday", "9999-12-31T23:59:59.999999", "2999-01-01", "0001-01-01"):
        edits = tuple(replace(edit, time=time) for edit in stated(()))
        undone, _ = undo_last(edits)
        assert held(undone) == []
        assert later_than(edits)


@given(st.lists(st.sampled_from("sur"), max_size=30))
def test_any_row_of_commands_is_that_of_two_stacks(commands: list[str]) -> None:
    edits: tuple[Edit, ...] = ()
    done: list[object] = []
    gone: list[object] = []
    for command in commands:
        if command == "s":
            edits = stated(edits)
            done.append(edits[-1].value)
            gone = []
        elif command == "u":
            edits, step = undo_last(edits)
            assert bool(step) == bool(done)
            if done:
                gone.append(done.pop())
        else:
            edits, step = redo_last(edits)
            assert bool(step) == bool(gone)
            if gone:
                done.append(gone.pop())
        assert held(edits) == done
