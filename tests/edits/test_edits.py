"""Facts about who a box shows find the person again, whatever the tracks are called now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from touchline.edits.anchors import best_box, who_is_in
from touchline.edits.facts import Edit, SeenBox, checked_edit, in_force
from touchline.edits.people import with_edits
from touchline.errors import InputError
from touchline.identities import Identities
from touchline.types import TrackTable

COUNT = 20


def two_walkers() -> TrackTable:
    """Identity 1 walks alone and 2 beside them; from frame 10 on they are nearly in one place."""
    frames = np.repeat(np.arange(COUNT), 2)
    ids = np.tile([1, 2], COUNT)
    left = np.where(ids == 1, 100.0, np.where(frames < 10, 300.0, 102.0))
    boxes = np.column_stack([left, left * 0 + 50, left + 20, left * 0 + 100])
    sure = np.where((ids == 1) & (frames < 5), 0.6, 0.95)
    return TrackTable(
        frames,
        frames / 25,
        ids,
        boxes,
        np.full(2 * COUNT, 0.9),
        np.full(2 * COUNT, "player", "<U10"),
        np.zeros(2 * COUNT, np.bool_),
        sure,
        np.tile([7, 3], COUNT),
    )


def fact(kind: str, where: SeenBox, value: str | int | None, undone: str | None = None) -> Edit:
    return Edit(kind, (where,), "2026-01-01T00:00:00+00:00", value, undone)  # type: ignore[arg-type]


def test_the_box_to_remember_is_sure_and_away_from_others() -> None:
    where = best_box(two_walkers(), 1)
    assert (where.frame, where.detection) == (
        10,
        7,
    )  # of frames 6 to 10, nearest the middle of 6 to 20
    assert where.box == (100.0, 50.0, 120.0, 100.0)


def test_a_fact_holds_under_other_ids_and_another_detector() -> None:
    table = two_walkers()
    where = best_box(table, 2)
    assert who_is_in(replace(table, ids=table.ids + 40), where) == 42
    other = replace(table, boxes=table.boxes + 3.0, rows=None)
    assert who_is_in(other, where) == 2
    assert who_is_in(replace(table, boxes=table.boxes + 200.0), where) is None


def test_a_frame_without_the_person_is_found_by_those_beside_it() -> None:
    table = two_walkers()
    there = table[table.frames != 4]
    assert who_is_in(there, SeenBox(5, 7, (100.0, 50.0, 120.0, 100.0))) == 1
    assert who_is_in(there, SeenBox(5, 7, (140.0, 50.0, 160.0, 100.0))) is None
    far = table[(table.frames == 0) | (table.frames == 19)]
    assert who_is_in(far, SeenBox(9, 7, (100.0, 50.0, 120.0, 100.0))) == 1  # 0.32 s away
    assert who_is_in(far, SeenBox(60, 7, (100.0, 50.0, 120.0, 100.0))) is None


def test_of_two_boxes_in_one_place_the_detection_decides() -> None:
    table = two_walkers()
    where = SeenBox(15, 3, (101.0, 50.0, 121.0, 100.0))
    assert who_is_in(table, where) == 2
    assert who_is_in(table, replace(where, detection=7)) == 1


def test_people_are_what_is_said_of_them_and_the_later_word_holds() -> None:
    table = two_walkers()
    people = Identities.of_tracks(table, 0.04)
    one, two = best_box(table, 1), best_box(table, 2)
    edits = [
        fact("name", one, "Ann"),
        fact("name", one, "Bo"),
        fact("team", two, "B"),
        fact("number", two, 10),
        fact("role", two, "goalkeeper"),
        fact("number", one, 9, undone="2026-01-02T00:00:00+00:00"),
    ]
    known, problems = with_edits(people, table, edits)
    assert known.names.tolist() == ["Bo", ""]
    assert (known.teams.tolist(), known.team_confidences.tolist()) == ([-1, 1], [0.0, 1.0])
    assert (known.numbers.tolist(), known.roles.tolist()) == ([-1, 10], ["player", "goalkeeper"])
    assert problems == []
    nobody = with_edits(people[:0], TrackTable.empty(), edits[:1])
    assert len(nobody[0]) == 0
    assert "nobody is in that box" in nobody[1][0]


def test_what_finds_no_box_and_what_contradicts_is_listed() -> None:
    table = two_walkers()
    people = Identities.of_tracks(table, 0.04)
    lost = fact("name", SeenBox(900, 1, (0.0, 0.0, 9.0, 9.0)), "Cy")
    early, late = (SeenBox(frame, 7, (100.0, 50.0, 120.0, 100.0)) for frame in (2, 8))
    known, problems = with_edits(
        people, table, [lost, fact("number", early, 4), fact("number", late, 5)]
    )
    assert known.numbers.tolist() == [5, -1]
    assert "name Cy of the box at 0,0 in frame 900" in problems[0]
    assert "identity 1 has two facts, of which the later holds: number 5" in problems[1]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("team", "C", "team 'C' is refused; allowed: A, B, officials"),
        ("number", 100, "number '100' is refused; allowed: 0 to 99"),
        ("role", "ball", "role 'ball' is refused"),
        ("name", "  ", "name '' is refused"),
    ],
)
def test_what_nobody_can_be_is_refused(kind: str, value: str | int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked_edit(fact(kind, SeenBox(1, 0, (0.0, 0.0, 9.0, 9.0)), value))
    with pytest.raises(InputError, match="is about one box, not 0"):
        checked_edit(Edit("name", (), "", "Ann"))


TWO = (SeenBox(1, 0, (0.0, 0.0, 9.0, 9.0)), SeenBox(9, 0, (0.0, 0.0, 9.0, 9.0)))


@pytest.mark.parametrize(
    ("kind", "boxes", "words"),
    [
        ("same", TWO[:1], "a fact of kind same is about two boxes, not 1"),
        ("not-a-person", TWO, "a fact of kind not-a-person is about one box, not 2"),
        ("different", (TWO[0], TWO[0]), "not twice the box at 0,0 in frame 1"),
        ("same", (TWO[0], SeenBox(1, 1, (50.0, 0.0, 60.0, 9.0))), "in two places at once"),
        ("split", TWO[::-1], "frame 1 is not after frame 9"),
    ],
)
def test_facts_about_other_boxes_than_their_kind_has_are_refused(
    kind: str, boxes: tuple[SeenBox, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        checked_edit(Edit(kind, boxes, ""))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="has no value, as '3'"):
        checked_edit(Edit("same", TWO, "", 3))


def test_of_one_box_the_last_label_is_in_force() -> None:
    one, two = TWO
    edits = [fact("name", one, "Ann"), fact("name", one, "Bo"), fact("name", two, "Cy", "later")]
    assert [edit.value for edit in in_force(edits)] == ["Bo"]
