"""Settings of the tracker: presets and what overrides them."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchline.config import check_config, load_config
from touchline.errors import SettingsError
from touchline.tracking.config import ReentryConfig, TrackerConfig
from touchline.tracking.presets import PRESETS


def test_preset_fills_in_what_is_not_given() -> None:
    config = TrackerConfig(preset="botsort")
    assert (config.min_high_score, config.min_score, config.min_new_score) == (0.7, 0.2, 0.8)
    assert (config.fusion, config.output_box, config.fuse_score) == ("min", "filtered", True)
    assert (config.appearance_keep, config.max_lost_seconds) == (0.9, 5.0)
    assert not config.reentry.enabled


def test_what_is_given_wins_over_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("preset: botsort\nmax_lost_seconds: 8\n")
    config = load_config(TrackerConfig, file, ["reentry.enabled=true"])
    assert config.max_lost_seconds == 8
    assert config.reentry.enabled
    assert config.max_appearance_distance == 0.15


def test_preset_also_decides_what_is_left_open_about_returning_players() -> None:
    config = check_config(TrackerConfig, {"preset": "botsort", "reentry": {"prior_log_odds": -2}})
    assert (config.reentry.enabled, config.reentry.prior_log_odds) == (False, -2)
    assert not check_config(TrackerConfig, {"preset": "botsort", "reentry": None}).reentry.enabled
    whole = TrackerConfig(preset="botsort", reentry=ReentryConfig(prior_log_odds=-2))
    assert whole.reentry == ReentryConfig(prior_log_odds=-2)


def test_effective_settings_come_back_as_the_same_settings() -> None:
    config = TrackerConfig(preset="botsort", max_lost_seconds=8)
    dumped = config.model_dump()
    assert dumped["min_high_score"] == 0.7
    assert TrackerConfig.model_validate(dumped) == config
    assert TrackerConfig.model_validate_json(config.model_dump_json()) == config


def test_unknown_preset_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="preset = 'sort' is refused"):
        check_config(TrackerConfig, {"preset": "sort"})


def test_settings_of_the_rule_before_are_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"reentry\.max_speed"):
        check_config(TrackerConfig, {"reentry": {"max_speed": 2.0}})


def test_unknown_role_is_refused() -> None:
    with pytest.raises(SettingsError, match="roles"):
        check_config(TrackerConfig, {"roles": ["coach"]})


def test_roles_are_a_list_or_a_text_with_commas() -> None:
    for roles in (["player", "referee"], "player,referee", " player, referee"):
        assert check_config(TrackerConfig, {"roles": roles}).roles == ("player", "referee")
    with pytest.raises(SettingsError, match="roles"):
        check_config(TrackerConfig, {"roles": ""})


def test_scores_that_do_not_rise_are_refused_by_name_and_value() -> None:
    with pytest.raises(SettingsError, match=r"min_high_score 0.5 lies above min_new_score 0.4;"):
        check_config(TrackerConfig, {"min_new_score": 0.4})
    with pytest.raises(SettingsError, match=r"min_score 0.75 lies above min_high_score 0.7;"):
        check_config(TrackerConfig, {"preset": "botsort", "min_score": 0.75})
    equal = TrackerConfig(min_score=0.5, min_high_score=0.5, min_new_score=0.5)
    assert equal.min_new_score == 0.5


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid_and_says_its_name(preset: str) -> None:
    assert check_config(TrackerConfig, {"preset": preset}).preset == preset
