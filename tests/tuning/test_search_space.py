"""The search space: the default one fits the program, and others are checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_scenes import write_yaml

from touchline.config import check_config, setting_names
from touchline.errors import SettingsError
from touchline.run.config import RunConfig
from touchline.tracking.presets import PRESETS
from touchline.tuning.search_space import (
    DEFAULT_RANGES,
    OneOf,
    Range,
    base_values,
    configured,
    default_space,
    read_space,
    rounded,
    with_settings,
)


def test_the_usual_space_holds_the_defaults_of_every_preset() -> None:
    for preset in PRESETS:
        base = check_config(RunConfig, {"tracker": {"preset": preset}})
        space = read_space(None, base)
        assert list(space) == list(default_space(base))
        for name, value in base_values(space, base).items():
            choice = space[name]
            assert isinstance(choice, Range)
            assert choice.low <= float(value) <= choice.high
        assert configured(base.model_dump(), base_values(space, base)) == base
    defaults = RunConfig()
    assert read_space(None, defaults) == default_space(defaults)  # nothing had to be widened


@pytest.mark.parametrize(
    ("method", "searched", "left_out"),
    [
        ("global", "link.whole.prior_log_odds", "tracker.reentry.prior_log_odds"),
        ("online", "tracker.reentry.prior_log_odds", "link.whole.prior_log_odds"),
    ],
)
def test_only_what_acts_with_the_method_is_searched(
    tmp_path: Path, method: str, searched: str, left_out: str
) -> None:
    base = check_config(RunConfig, {"link": {"method": method}})
    space = read_space(None, base)
    assert searched in space
    assert left_out not in space
    file = write_yaml(tmp_path / "space.yaml", {left_out: "default"})
    with pytest.raises(
        SettingsError, match=f"{left_out} acts on nothing with link.method={method}"
    ):
        read_space(file, base)
    # Where the method itself is searched, both may act.
    tree = {left_out: "default", "link.method": ["online", "global"]}
    assert left_out in read_space(write_yaml(file, tree), base)


def test_what_a_switch_turns_off_is_not_searched(tmp_path: Path) -> None:
    base = check_config(RunConfig, {"link": {"whole": {"motion": False, "split": False}}})
    space = read_space(None, base)
    assert "link.whole.max_change_llr" not in space
    assert "link.whole.max_motion_seconds" not in space
    file = write_yaml(tmp_path / "space.yaml", {"link.whole.max_change_llr": [-2, 0]})
    with pytest.raises(SettingsError, match=r"acts on nothing with link\.whole\.split=false"):
        read_space(file, base)


def test_every_usual_range_is_of_a_setting_that_there_is() -> None:
    names = set(setting_names(RunConfig))
    assert set(DEFAULT_RANGES) <= names


@given(st.data())
def test_every_point_of_the_usual_space_is_a_valid_configuration(data: st.DataObject) -> None:
    values = {
        name: data.draw(st.floats(choice.low, choice.high), name)
        for name, choice in DEFAULT_RANGES.items()
        if isinstance(choice, Range)
    }
    tracker = configured({}, values).tracker
    assert tracker.min_score == values["tracker.min_score"]
    assert tracker.min_high_score >= tracker.min_score
    assert tracker.min_new_score >= tracker.min_high_score
    assert tracker.reentry.max_seconds >= tracker.reentry.min_seconds


def test_a_raised_score_raises_those_that_are_not_searched_too() -> None:
    tracker = configured({}, {"tracker.min_score": 0.7}).tracker
    assert (tracker.min_score, tracker.min_high_score, tracker.min_new_score) == (0.7, 0.7, 0.7)


def test_a_file_names_what_is_searched(tmp_path: Path) -> None:
    tree = {
        "tracker.max_lost_seconds": [1, 2],
        "tracker": {
            "fusion": ["additive", "min"],
            "expansion": "default",
            "appearance_weight": [0.1, 0.3, 0.5],
            "fuse_score": [True, False],
        },
        "link.interpolation.max_gap_seconds": [0.5, 0.6],
    }
    space = read_space(write_yaml(tmp_path / "space.yaml", tree), RunConfig())
    assert space == {
        "tracker.max_lost_seconds": Range(1.0, 2.5, log=True),  # widened to hold the default
        "tracker.fusion": OneOf(("additive", "min")),
        "tracker.expansion": DEFAULT_RANGES["tracker.expansion"],
        "tracker.appearance_weight": OneOf((0.1, 0.3, 0.5, 0.4)),
        "tracker.fuse_score": OneOf((True, False)),
        "link.interpolation.max_gap_seconds": Range(0.5, 1.0, log=True),
    }


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({}, "names no setting to search"),
        ({"tracker.max_lost_second": [1, 3]}, "did you mean 'tracker.max_lost_seconds'"),
        ({"detector.min_score": [0.1, 0.3]}, "does not act on stored observations"),
        ({"tracker.max_lost_seconds": [3, 1]}, r"\[3, 1\] is empty"),
        ({"tracker.max_lost_seconds": 3}, r"give \[low, high\]"),
        ({"tracker.max_lost_seconds": []}, r"give \[low, high\]"),
        ({"tracker.max_distance": [0.5, 1.5]}, "tracker.max_distance = 1.5 is refused"),
        ({"tracker.fusion": ["additive", "max"]}, "tracker.fusion = 'max' is refused"),
        ({"tracker.fusion": "default"}, "has no default range"),
        ({"tracker.appearance_keep": [0.1, 0.9]}, "only numbers and words are searched"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    tmp_path: Path, tree: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        read_space(write_yaml(tmp_path / "space.yaml", tree), RunConfig())


def test_values_have_three_digits_within_the_range_and_the_base_is_exact() -> None:
    choice = Range(0.1, 0.99999)
    assert rounded(choice, 0.123456, 0.5) == 0.123
    assert rounded(choice, 0.99998, 0.5) == 0.99999
    assert rounded(choice, 0.123456, 0.123456) == 0.123456
    assert rounded(OneOf((0.123456,)), 0.123456, 1.0) == 0.123456


def test_distances_are_shares_of_the_range() -> None:
    assert Range(0.0, 2.0).distance(0.5, 1.5) == 0.5
    assert Range(0.1, 10.0, log=True).distance(0.1, 1.0) == pytest.approx(0.5)
    assert OneOf(("a", "b")).distance("a", "b") == 1.0
    assert OneOf(("a", "b")).distance("b", "b") == 0.0


def test_settings_are_put_into_a_copy() -> None:
    tree = {"tracker": {"preset": "botsort"}, "link": None}
    result = with_settings(tree, {"tracker.reentry.prior_log_odds": 2.0, "link.interpolation.a": 1})
    assert result == {
        "tracker": {"preset": "botsort", "reentry": {"prior_log_odds": 2.0}},
        "link": {"interpolation": {"a": 1}},
    }
    assert tree == {"tracker": {"preset": "botsort"}, "link": None}
