"""Settings come from YAML and name=value, and a mistake is named with its cure."""

from __future__ import annotations

from itertools import pairwise
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


def test_settings_made_in_python_are_refused_in_the_same_line() -> None:
    with pytest.raises(SettingsError, match=r"'max_lost'; did you mean 'max_lost_seconds'\?"):
        Inner(max_lost=8)  # type: ignore[call-arg]  # the mistake
    with pytest.raises(SettingsError, match=r"'tracker\.max_lost'; did you mean"):
        Outer(tracker={"max_lost": 8})
    with pytest.raises(SettingsError, match="max_lost_seconds = -1 is refused"):
        Inner(max_lost_seconds=-1)
    with pytest.raises(SettingsError, match=r"by their name: Inner\(max_lost_seconds=\.\.\.\)"):
        Inner(8)  # type: ignore[call-arg]  # the mistake
    assert Outer(tracker=Inner(max_lost_seconds=8)).tracker.max_lost_seconds == 8


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


class Words(ConfigSection):
    header: str = ""
    file: Path | None = None
    size: int | str | None = None
    classes: dict[str, str] = Field(default_factory=dict)


@pytest.mark.parametrize(
    "text",
    [
        *("a: b", "Derby: 2nd half", "[1] FC", "{x}", "12:30", "2026-05-01", "1.10", "0x10", "yes"),
        *("*star", "&and", "% of", "@home", "- dash", "null", "007", "1_000", "9" * 5000, "a # b"),
    ],
)
def test_a_text_setting_takes_any_text_as_it_is(text: str) -> None:
    assert load_config(Words, overrides=[f"header={text}"]).header == text


def test_a_text_may_be_quoted_and_a_path_may_be_left_out() -> None:
    config = load_config(Words, overrides=["header='a: b'", "file=c: d.onnx"])
    assert (config.header, config.file) == ("a: b", Path("c: d.onnx"))
    assert load_config(Words, overrides=["file=null"], values={"file": "x"}).file is None
    assert load_config(Words, overrides=["size=12"]).size == 12
    assert load_config(Words, overrides=["classes={0: player}"]).classes == {"0": "player"}


def _nested_aliases() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise("abcdefghi"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (_nested_aliases(), "aliases"),
        ("name: &n x\nfile: *n\n", "aliases"),
        ("[" * 100_000, "inside each other"),
        ("- " * 100_000, "inside each other"),
        ("name: " + "9" * 5000, "digits"),
        ("name: 0x" + "f" * 5000, "2\\^63"),
        ("[1]: 2", "is not a name"),
        ("yes: 2", "is not a name"),
        ("2026-01-01: 2\n2026-01-01: 3", "given twice"),
        ("name: !!binary x", "tag"),
        ("name: !!python/name:os.system", "tag"),
        ("name: !!bool x", "tag"),
        ('name: "\\ud800"', "no character"),
        ("name: x\n" * 10_000, "given twice"),
        ("name: " + "x" * (1 << 20), "bytes"),
        ("[" + "x," * 200_000 + "]", "values"),
    ],
    ids=lambda text: text[:20],
)
def test_a_hostile_settings_file_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=reason) as raised:
        load_config(Outer, file)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("content", [b"name: \xff", b"\xff\xfen\x00a\x00"])
def test_a_settings_file_in_another_encoding_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "encoded.yaml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"encoded\.yaml .*UTF-8"):
        load_config(Outer, file)
    file.write_bytes(b"\xef\xbb\xbfname: derby\r\n")
    assert load_config(Outer, file).name == "derby"


@pytest.mark.parametrize(
    "override",
    [
        "tracker.max_lost_seconds=" + "9" * 5000,
        "tracker.max_lost_seconds=[[[[[",
        "tracker.max_lost_seconds=" + "[" * 5000,
        "tracker.max_lost_seconds=*a",
        "tracker.max_lost_seconds=.nan",
        "tracker.max_lost_seconds=2026-01-01",
        "tracker.max_lost_seconds={1: 2}",
        "tracker={1: 2}",
        "1=2",
        ".=1",
        "." * 5000 + "=1",
        "a" * 5000 + "=1",
        "tracker..max_lost_seconds=1",
    ],
    ids=lambda text: text[:40],
)
def test_a_hostile_setting_is_one_line(override: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_config(Outer, overrides=[override])
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_any_value_from_python_is_taken_or_refused_in_one_line() -> None:
    for value in (
        10**5000,
        10**400,
        float("nan"),
        [[]],
        {1: {}},
        b"\xff",
        object(),
        {"a": 10**9999},
    ):
        with pytest.raises(SettingsError):
            check_config(Outer, {"tracker": {"max_lost_seconds": value}})
    with pytest.raises(SettingsError, match="impossible value"):
        check_config(Outer, {"name": 10**5000})
