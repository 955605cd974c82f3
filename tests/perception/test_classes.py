"""Class names of any model become roles."""

from __future__ import annotations

import pytest

from touchline.errors import ModelError, SettingsError
from touchline.perception.classes import choose_classes, warn_of_dropped
from touchline.perception.coco import COCO_NAMES, coco_names

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


@pytest.mark.parametrize("names", [{0: "cat", 1: "dog"}, {0: "red", 1: "ball"}])
def test_a_model_without_people_lists_its_classes_and_the_cures(names: dict[int, str]) -> None:
    with pytest.raises(ModelError) as refused:
        choose_classes(names)
    listed = ", ".join(f"{number} {name}" for number, name in names.items())
    assert f"stands for people: {listed}; " in str(refused.value)
    assert "'detector.classes={0: player}'" in str(refused.value)
    assert "touchline.names" in str(refused.value)


def test_a_ball_alone_may_be_asked_for() -> None:
    assert choose_classes({0: "red", 1: "ball"}, ["ball"]) == {1: "ball"}


@pytest.mark.parametrize("setting", [None, ["player"]])
def test_classes_that_tell_no_role_are_named_once(setting: list[str] | None) -> None:
    (line,) = warn_of_dropped({**NAMES, 5: "kicker"}, setting)
    assert "4 coach, 5 kicker" in line
    assert "'detector.classes={0: ball, 1: goalkeeper, 2: player, 3: referee, ...}'" in line


def test_nothing_is_said_of_cocos_other_things_nor_of_a_mapping() -> None:
    assert warn_of_dropped(dict(enumerate(COCO_NAMES))) == []
    assert warn_of_dropped(NAMES, {"player": "player"}) == []


def test_hundreds_of_dropped_classes_are_counted() -> None:
    (line,) = warn_of_dropped({0: "player", **{n: f"thing {n}" for n in range(1, 365)}})
    assert "and 352 more" in line


def test_coco_is_known_in_both_numberings() -> None:
    annotated = coco_names(91)
    assert annotated is not None
    assert (annotated[1], annotated[37], annotated[90]) == ("person", "sports ball", "toothbrush")
    assert len(annotated) == len(COCO_NAMES) == 80
    assert coco_names(4) is None
