"""People of a gallery are added, named, joined and removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_people import COLOUR, scene

from touchline.errors import UsageError
from touchline.gallery.adding import Added, add_people
from touchline.gallery.changes import merge_people, name_person, remove_clip, remove_person
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import NO_PERSON, match_people
from touchline.gallery.people import ClipPeople
from touchline.gallery.store import Gallery, opened

CONFIG = GalleryConfig()


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """An empty gallery, open for changes."""
    with opened(tmp_path / "g", write=True, create=COLOUR) as opened_gallery:
        yield opened_gallery


def seen_for(clip: ClipPeople, *seconds: float) -> ClipPeople:
    """``clip``, whose identities were seen for so long."""
    identities = replace(clip.people.identities, seconds=np.array(seconds))
    return replace(clip, people=replace(clip.people, identities=identities))


def add(gallery: Gallery, clip: ClipPeople, **options: int) -> Added:
    matches = match_people(clip, gallery.people(), CONFIG)
    return add_people(gallery, clip, matches, CONFIG, **options)


def test_known_people_gain_embeddings_and_strangers_become_people(gallery: Gallery) -> None:
    add(gallery, scene([0, 1, 2, 3, 4, 5], key="first", seed=1).clip)
    added = add(gallery, scene([3, 0, 77, 5, 1, 2], key="second", seed=2).clip)
    assert added.persons.tolist() == [4, 1, 7, 6, 2, 3]
    assert added.new.tolist() == [False, False, True, False, False, False]
    listed = {person.person: person for person in gallery.listed()}
    assert listed[4].clips == ("first", "second")
    assert listed[4].embeddings == 16
    assert listed[7].clips == ("second",)


def test_a_clip_is_added_once(gallery: Gallery) -> None:
    add(gallery, scene([0, 1], key="first", seed=1).clip)
    with pytest.raises(UsageError, match="already: remove clip 1 first"):
        add(gallery, scene([0, 1], key="first", seed=1).clip)


def test_the_doubtful_and_the_hardly_seen_are_left_out(gallery: Gallery) -> None:
    clip = scene([0, 1, 2], key="first", seed=1).clip
    added = add(gallery, seen_for(clip, 4.0, 0.5, 4.0))
    assert added.persons.tolist() == [1, NO_PERSON, 2]
    second = scene([0, 2], key="second", seed=2).clip
    matches = match_people(second, gallery.people(), CONFIG)
    doubtful = replace(matches, states=np.array(["doubtful", "known"]))
    assert add_people(gallery, second, doubtful, CONFIG).persons.tolist() == [NO_PERSON, 2]


def test_a_roster_takes_those_seen_longest(gallery: Gallery) -> None:
    clip = scene([0, 1, 2, 3], key="first", seed=1).clip
    added = add(gallery, seen_for(clip, 3.0, 9.0, 4.0, 8.0), roster=2)
    assert added.persons.tolist() == [NO_PERSON, 1, NO_PERSON, 2]


def test_embeddings_stay_bounded_however_many_clips_come(gallery: Gallery) -> None:
    for number in range(6):
        add(gallery, scene([0, 1, 2, 3], key=f"clip {number}", seed=number, embeddings=40).clip)
    assert {person.embeddings for person in gallery.listed()} <= set(
        range(1, CONFIG.max_embeddings + 1)
    )
    assert {len(person.clips) for person in gallery.listed()} == {6}


def test_an_empty_clip_adds_nobody(gallery: Gallery) -> None:
    assert len(add(gallery, scene([]).clip).persons) == 0
    assert gallery.listed() == []
    assert len(gallery.people()) == 0


def test_a_name_is_kept_changed_and_taken_away(gallery: Gallery) -> None:
    add(gallery, scene([0, 1], key="first", seed=1).clip)
    name_person(gallery, 1, "Ödegaard, M.", 8)
    assert [(p.name, p.number) for p in gallery.listed()] == [("Ödegaard, M.", 8), (None, -1)]
    with pytest.raises(UsageError, match=r"person 1 is called Ödegaard, M\. already"):
        name_person(gallery, 2, "Ödegaard, M.")
    name_person(gallery, 1, "Ödegaard, M.")  # his own name again
    name_person(gallery, 1, None)
    assert gallery.listed()[0].name is None
    assert gallery.listed()[0].number == 8


def test_a_missing_person_cannot_be_named_joined_or_removed(gallery: Gallery) -> None:
    with pytest.raises(UsageError, match="holds nobody yet"):
        name_person(gallery, 1, "Nobody")
    add(gallery, scene([0, 1], key="first", seed=1).clip)
    with pytest.raises(UsageError, match=r"holds no person 9; .* \(1 to 2\)"):
        name_person(gallery, 9, "Nobody")
    with pytest.raises(UsageError, match="no person 9"):
        merge_people(gallery, 1, 9, CONFIG)
    with pytest.raises(UsageError, match="no person 9"):
        remove_person(gallery, 9)


def test_pieces_of_one_person_are_joined(gallery: Gallery) -> None:
    add(gallery, scene([0, 1, 0], key="first", seed=1).clip)
    name_person(gallery, 3, "Rice")
    merge_people(gallery, 1, 3, CONFIG)
    people = gallery.listed()
    assert [(p.person, p.name, p.seconds, p.embeddings) for p in people] == [
        (1, "Rice", 8.0, 16),
        (2, None, 4.0, 8),
    ]
    assert gallery.remembered("first", "first tracks") == {1: 1, 11: 2, 21: 1}
    with pytest.raises(UsageError, match="both were seen in one frame of first"):
        merge_people(gallery, 2, 1, CONFIG)
    with pytest.raises(UsageError, match="with themselves"):
        merge_people(gallery, 1, 1, CONFIG)


def test_who_was_seen_beside_a_part_was_seen_beside_the_whole(gallery: Gallery) -> None:
    clip = scene([0, 1, 0], key="first", seed=1).clip
    cannot_link = np.zeros((3, 3), np.bool_)
    cannot_link[1, 2] = cannot_link[2, 1] = True
    add(gallery, replace(clip, cannot_link=cannot_link))
    merge_people(gallery, 1, 3, CONFIG)
    with pytest.raises(UsageError, match="both were seen in one frame"):
        merge_people(gallery, 1, 2, CONFIG)


def test_a_removed_person_is_forgotten_and_his_number_not_given_again(gallery: Gallery) -> None:
    add(gallery, scene([0, 1], key="first", seed=1).clip)
    remove_person(gallery, 2)
    assert gallery.people().ids.tolist() == [1]
    add(gallery, scene([0, 1, 2], key="second", seed=2).clip)
    assert [person.person for person in gallery.listed()] == [1, 3, 4]


def test_a_removed_clip_takes_along_who_was_in_no_other(gallery: Gallery) -> None:
    add(gallery, scene([0, 1, 2, 3], key="first", seed=1).clip)
    add(gallery, scene([0, 1, 2, 77], key="second", seed=2).clip)
    with pytest.raises(UsageError, match=r"no clip 5; it holds 1 \(first\), 2 \(second\)"):
        remove_clip(gallery, 5)
    assert remove_clip(gallery, 2) == 1
    assert [(p.person, p.clips) for p in gallery.listed()] == [
        (person, ("first",)) for person in (1, 2, 3, 4)
    ]
    added = add(gallery, scene([0, 1, 2, 77], key="second", seed=2).clip)
    assert added.persons.tolist() == [1, 2, 3, 6]
