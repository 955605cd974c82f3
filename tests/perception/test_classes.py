"""Class names of any model become roles."""

from __future__ import annotations

import pytest

from touchline.errors import ModelError, SettingsError
from touchline.perception.classes import choose_classes, role_of
from touchline.perception.coco import COCO_NAMES, coco_names


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("player", "player"),
        ("Players", "player"),
        ("Team-A player", "player"),
        ("football_player", "player"),
        ("player_1", "player"),
        ("Goal Keeper", "goalkeeper"),
        ("goalkeepers", "goalkeeper"),
        ("GK", "goalkeeper"),
        ("goalie", "goalkeeper"),
        ("player-goalkeeper", "goalkeeper"),
        ("REF", "referee"),
        ("Assistant Referee", "referee"),
        ("match officials", "referee"),
        ("sports ball", "ball"),
        ("Soccer-Ball", "ball"),
        ("football", "ball"),
        ("person", "person"),
        ("People", "person"),
        ("coach", None),
        ("team staff", None),
        ("basketball hoop", None),
        ("", None),
        ("0", None),
    ],
)
def test_a_name_tells_its_role_in_any_spelling(name: str, role: str | None) -> None:
    assert role_of(name) == role


NAMES = {0: "ball", 1: "goalkeeper", 2: "player", 3: "referee", 4: "coach"}


def test_by_default_every_class_with_a_role_is_kept() -> None:
    expected = {0: "ball", 1: "goalkeeper", 2: "player", 3: "referee"}
    assert choose_classes(NAMES) == expected


def test_coco_keeps_person_and_ball() -> None:
    assert choose_classes(dict(enumerate(COCO_NAMES))) == {0: "person", 32: "ball"}


def test_a_list_keeps_the_roles_it_names() -> None:
    assert choose_classes(NAMES, ["Players", "gk"]) == {1: "goalkeeper", 2: "player"}


def test_a_mapping_takes_names_or_numbers() -> None:
    assert choose_classes(NAMES, {"Coach": "referee", "2": "player"}) == {4: "referee", 2: "player"}


def test_an_unknown_role_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"unknown role 'goalkeper'.*did you mean 'goalkeeper'"):
        choose_classes(NAMES, ["goalkeper"])


def test_an_unknown_class_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"no class 'goalkeeprs'.*did you mean 'goalkeeper'"):
        choose_classes(NAMES, {"goalkeeprs": "goalkeeper"})


def test_a_number_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="no class '9'"):
        choose_classes(NAMES, {"9": "player"})


def test_a_role_the_model_does_not_know_is_refused_with_its_classes() -> None:
    with pytest.raises(SettingsError, match=r"asks for 'person'.*0 ball, 1 goalkeeper"):
        choose_classes(NAMES, ["person"])


def test_a_model_without_any_role_lists_its_classes_and_the_cure() -> None:
    with pytest.raises(ModelError, match=r"0 cat, 1 dog; map them with detector.classes"):
        choose_classes({0: "cat", 1: "dog"})


def test_coco_is_known_in_both_numberings() -> None:
    annotated = coco_names(91)
    assert annotated is not None
    assert (annotated[1], annotated[37], annotated[90]) == ("person", "sports ball", "toothbrush")
    assert len(annotated) == len(COCO_NAMES) == 80
    assert coco_names(4) is None
