"""Settings come from YAML and name=value, and a mistake is named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from touchline.config import ConfigSection, check_config, load_config, setting_names, settings_tree
from touchline.errors import SettingsError


class Inner(ConfigSection):
    max_lost_seconds: float = Field(5.0, ge=0)


class Outer(ConfigSection):
    tracker: Inner = Inner()
    name: str = "clip"


def test_defaults_then_file_then_overrides(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("name: derby\ntracker:\n  max_lost_seconds: 3\n")
    config = load_config(Outer, file, ["tracker.max_lost_seconds=8"], {"name": "first"})
    assert config.name == "derby"
    assert config.tracker.max_lost_seconds == 8.0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("tracker.max_lost_secnds=8", "did you mean 'tracker.max_lost_seconds'"),
        ("max_lost_seconds=8", "did you mean 'tracker.max_lost_seconds'"),
        ("trakcer.max_lost_seconds=8", "did you mean 'tracker'"),
        ("tracker.max_lost_seconds=-1", "tracker.max_lost_seconds = -1 is refused"),
        ("tracker.max_lost_seconds=soon", "'soon' is refused"),
        ("tracker.max_lost_seconds=.inf", "inf is refused"),
        ("tracker=5", r"tracker = 5 is refused: it is a part .* as in tracker\.NAME=VALUE"),
        ("max_lost_seconds", "not of the form name=value"),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_nearest_name(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as raised:
        load_config(Outer, overrides=[override])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["[1, 2", "- a\n- b\n", "\x00"])
def test_a_broken_settings_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"broken\.yaml"):
        load_config(Outer, file)


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("tracker:\n  max_lost_seconds: 3\ntracker:\n  max_lost_seconds: 4\n")
    with pytest.raises(SettingsError, match=r"twice\.yaml .*'tracker' is given twice.*line 3"):
        load_config(Outer, file)


def test_a_part_may_be_merged_from_another(tmp_path: Path) -> None:
    file = tmp_path / "merged.yaml"
    file.write_text("tracker: &base\n  max_lost_seconds: 3\n")
    assert load_config(Outer, file).tracker.max_lost_seconds == 3
    file.write_text("tracker:\n  <<: {max_lost_seconds: 4}\n")
    assert load_config(Outer, file).tracker.max_lost_seconds == 4


def test_a_part_without_lines_keeps_its_defaults(tmp_path: Path) -> None:
    file = tmp_path / "empty_part.yaml"
    file.write_text("tracker:\n  #max_lost_seconds: 3\n")
    assert load_config(Outer, file) == Outer()


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml does not exist"):
        load_config(Outer, tmp_path / "nowhere.yaml")


def test_an_empty_settings_file_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("")
    assert load_config(Outer, file) == Outer()


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Outer().name = "other"  # type: ignore[misc]


def test_the_tree_keeps_what_was_asked_and_nothing_else() -> None:
    tree = settings_tree(None, ["tracker.max_lost_seconds=8"], {"name": "x"})
    assert tree == {"name": "x", "tracker": {"max_lost_seconds": 8}}
    assert check_config(Outer, tree).tracker.max_lost_seconds == 8.0


def test_names_are_listed_with_their_part() -> None:
    assert setting_names(Outer) == ["tracker.max_lost_seconds", "name"]
