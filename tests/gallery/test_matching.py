"""People of a clip are recognised in the next one, and nobody is named on a guess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_people import scene

from touchline.errors import UsageError
from touchline.gallery.config import GalleryConfig
from touchline.gallery.evidence import appearance_llr, log_odds, oriented
from touchline.gallery.matching import NO_PERSON, match_people
from touchline.gallery.people import PersonEmbeddings
from touchline.identities import UNKNOWN

CONFIG = GalleryConfig()
TEN = list(range(10))
APART = ~np.eye(10, dtype=np.bool_)
TWO = ~np.eye(2, dtype=np.bool_)


def gallery_of(who: list[int], **options: float) -> PersonEmbeddings:
    """A gallery in which person k has the number k + 1; ``who`` ascends."""
    people = scene(who, key="first", seed=1, **options).clip.people  # type: ignore[arg-type]
    identities = replace(people.identities, ids=np.array(who, np.int64) + 1)
    return replace(people, identities=identities)


def test_everybody_of_the_first_clip_is_known_in_the_second() -> None:
    second = scene([3, 1, 4, 0, 5, 9, 2, 6], seed=2)
    matches = match_people(second.clip, gallery_of(TEN), CONFIG)
    assert matches.persons.tolist() == (second.truth + 1).tolist()
    assert set(matches.states) == {"known"}
    assert (matches.runners_up != matches.persons).all()


def test_a_stranger_is_unknown() -> None:
    second = scene([0, 1, 2, 3, 4, 77], seed=2)
    matches = match_people(second.clip, gallery_of(TEN), CONFIG)
    assert matches.persons.tolist() == [1, 2, 3, 4, 5, NO_PERSON]
    assert matches.states[-1] == "unknown"


def test_appearance_that_tells_little_makes_doubts_instead_of_names() -> None:
    states, right = [], []
    for seed in range(8):
        second = scene(TEN, seed=100 + seed, noise=6.0)
        matches = match_people(second.clip, gallery_of(TEN, noise=6.0), CONFIG)
        states += matches.states.tolist()
        right += (matches.persons == second.truth + 1).tolist()
    assert states.count("known") < 0.3 * len(states)
    assert np.mean(right) < 0.6


def test_confidence_says_how_often_it_is_right() -> None:
    sure, right = [], []
    for seed in range(12):
        second = scene(TEN, seed=100 + seed, noise=1.6)
        gallery = gallery_of(TEN, noise=1.6)
        matches = match_people(second.clip, gallery, CONFIG)
        sure += matches.confidences.tolist()
        right += (matches.persons == second.truth + 1).tolist()
    assert np.mean(right) == pytest.approx(np.mean(sure), abs=0.15)
    assert np.mean(np.array(right)[np.array(sure) > 0.9]) > 0.9


def test_pieces_of_one_person_are_that_person() -> None:
    second = scene([2, 5, 2], seed=2)
    matches = match_people(second.clip, gallery_of(TEN), CONFIG)
    assert matches.persons.tolist() == [3, 6, 3]


def test_two_seen_in_one_frame_are_two_people() -> None:
    second = scene([2, 2, 5, 7, 1, 8], seed=2)
    cannot_link = replace(second.clip, cannot_link=~np.eye(6, dtype=np.bool_))
    matches = match_people(cannot_link, gallery_of(TEN), CONFIG)
    assert (matches.persons == 3).sum() == 1
    assert matches.persons[2:].tolist() == [6, 8, 2, 9]


def test_a_closed_roster_names_everybody() -> None:
    second = scene([0, 1, 2, 3, 77], seed=2)
    matches = match_people(second.clip, gallery_of(TEN[:5]), CONFIG, closed=True)
    assert matches.persons.tolist() == [1, 2, 3, 4, 5]


@settings(max_examples=20, deadline=None)
@given(st.permutations(TEN), st.integers(0, 99))
def test_the_order_of_identities_does_not_matter(order: list[int], seed: int) -> None:
    second = scene(order, seed=seed)
    assert match_people(second.clip, gallery_of(TEN), CONFIG).persons.tolist() == [
        who + 1 for who in order
    ]


def test_the_light_of_a_clip_does_not_matter() -> None:
    second = scene(TEN, seed=2).clip.people
    brighter = scene(TEN, seed=2, light=5.0).clip.people
    np.testing.assert_allclose(
        appearance_llr(second, gallery_of(TEN), APART),
        appearance_llr(brighter, gallery_of(TEN), APART),
        atol=1e-4,
    )


def test_many_embeddings_say_more_than_one() -> None:
    gallery = gallery_of(TEN)
    people = scene(TEN, seed=2, embeddings=8).clip.people
    one = people.owners != np.roll(people.owners, 1)
    single = replace(
        people,
        owners=people.owners[one],
        embeddings=people.embeddings[one],
        counts=people.counts[one],
    )
    many = appearance_llr(people, gallery, APART)
    few = appearance_llr(single, gallery, APART)
    # A stranger's single look is less surely another person.
    others = ~np.eye(10, dtype=np.bool_)
    assert few[others].mean() > many[others].mean()


def featured(people: PersonEmbeddings, **columns: list[float]) -> PersonEmbeddings:
    known = {name: np.array(values) for name, values in columns.items()}
    return replace(people, identities=replace(people.identities, **known))


def test_another_number_or_another_team_forbids_and_a_doubtful_one_does_not() -> None:
    numbered: dict[str, list[float]] = {"numbers": [7, 9], "number_confidences": [0.95, 0.95]}
    gallery = featured(gallery_of([0, 1]), **numbered)
    same = featured(scene([0, 1], seed=2).clip.people, **numbered)
    found = log_odds(same, gallery, TWO, CONFIG)
    assert np.isinf(found[0, 1])
    assert np.isinf(found[1, 0])
    plain = log_odds(scene([0, 1], seed=2).clip.people, gallery_of([0, 1]), TWO, CONFIG)
    assert (np.diag(found) > np.diag(plain) + 2.0).all()

    unsure = featured(same, numbers=[9, 7], number_confidences=[0.4, 0.4])
    assert np.isfinite(log_odds(unsure, gallery, TWO, CONFIG)).all()

    teams: dict[str, list[float]] = {"teams": [0, 1], "team_confidences": [0.9, 0.9]}
    ours = featured(scene([0, 1], seed=2).clip.people, **teams)
    found = log_odds(ours, featured(gallery_of([0, 1]), **teams), TWO, CONFIG)
    assert np.isinf(found[0, 1])
    assert np.isfinite(np.diag(found)).all()


def test_teams_are_named_as_in_the_gallery() -> None:
    sure = {"team_confidences": [1.0] * 4}
    gallery = featured(gallery_of([0, 1, 2, 3]), teams=[0, 0, 1, 1], **sure)
    clip = featured(scene([0, 1, 2, 3], seed=2).clip.people, teams=[1, 1, 0, 2], **sure)
    assert oriented(clip, gallery).identities.teams.tolist() == [0, 0, 1, 2]
    same = featured(clip, teams=[0, 0, 1, 1], **sure)
    assert oriented(same, gallery) is same


def test_a_user_knows_better() -> None:
    second = scene([0, 1, 2], seed=2)
    matches = match_people(second.clip, gallery_of(TEN), CONFIG, given={1: 9, 11: 9 + 1})
    assert matches.persons.tolist() == [9, 10, 3]
    assert (matches.confidences[:2] > 0.999).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({5: 1}, "no identity 5"),
        ({1: 99}, "no person 99"),
        ({1: 2, 11: 2}, "cannot both be person 2"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[int, int], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        match_people(scene([0, 1], seed=2).clip, gallery_of(TEN), CONFIG, given=given)


def test_an_empty_clip_and_an_empty_gallery() -> None:
    nobody = gallery_of([])
    first = match_people(scene([0, 1]).clip, nobody, CONFIG)
    assert first.states.tolist() == ["unknown", "unknown"]
    assert first.persons.tolist() == [NO_PERSON, NO_PERSON]
    assert len(match_people(scene([]).clip, gallery_of(TEN), CONFIG)) == 0


def test_who_was_never_embedded_is_nobody_for_certain() -> None:
    second = scene([0, 1], seed=2).clip
    seen = second.people.owners == 0
    people = replace(
        second.people,
        owners=second.people.owners[seen],
        embeddings=second.people.embeddings[seen],
        counts=second.people.counts[seen],
    )
    matches = match_people(replace(second, people=people), gallery_of(TEN), CONFIG)
    assert matches.persons[1] == NO_PERSON
    assert matches.identities.teams.tolist() == [UNKNOWN, UNKNOWN]
