"""Every command and every setting that a message or a page names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

import touchline
from touchline.cli.main import app
from touchline.cli.settings_command import setting_trees
from touchline.config import ConfigSection, nearest_name, setting_names

SOURCE = Path(touchline.__file__).parent
ROOT = Path(__file__).parents[2]

SETTINGS: dict[str, type[ConfigSection]] = {
    command: tree.kind for tree in setting_trees().values() for command in tree.commands
}
"""What ``-s`` sets, by the command."""

PROSE = {"is", "has", "from", "for", "or", "again", "trained"}
"""Words that follow the name of the program without being a command."""

NO_SETTINGS = {"name", "models.detector.provider", "detector.provider"}
"""What stands for any setting, and facts of a run that are named like one."""

_FILES = (".yaml", ".yml", ".pkl", ".md", ".onnx", ".csv", ".txt", ".toml", ".json", ".pt")

_COMMAND = re.compile(r"(?<!import )\btouchline ([a-z]+)(?: ([a-z]+))?\b")
_SETTING = re.compile(
    r"(?:\btouchline ((?:[a-z]+ )+)[^\n]*?)?(?<![\w-])(?:-s|--set)[ =]"
    r"['\"]?([a-z_]+(?:\.[a-z_]+)*)="
)
_DOTTED = re.compile(r"(?<![\w./])([a-z]+)\.([a-z_]+(?:\.[a-z_]+)*)(?![\w./(])")


def commands(command: Any = None, path: str = "") -> set[str]:
    """Names of all commands, and of the groups that hold them."""
    command = command or get_command(app)
    below = getattr(command, "commands", {})
    names = {path} if path else set()
    return names.union(*(commands(one, f"{path} {name}".strip()) for name, one in below.items()))


@cache
def texts() -> list[tuple[str, str]]:
    """Where something is said to people, and what."""
    return [*messages(), *pages()]


def messages() -> Iterator[tuple[str, str]]:
    """Module and text of every string in the program, help included; ``{}`` for what varies."""
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        parts = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
            if part is not node
        }
        for node in ast.walk(tree):
            text = None
            if isinstance(node, ast.JoinedStr):
                values = (v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
                text = "".join(map(str, values))
            elif isinstance(node, ast.Constant) and id(node) not in parts:
                text = node.value if isinstance(node.value, str) else None
            if text:
                yield str(file.relative_to(SOURCE)), text


def pages() -> Iterator[tuple[str, str]]:
    """Name and code of every page: what stands in backticks, blocks joined where a line goes on."""
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *SOURCE.rglob("*.md")]
    for file in sorted(files):
        text = file.read_text(encoding="utf-8").replace("\\\n", " ")
        blocks = re.findall(r"^```.*?^```|^(?: {4}.*\n)+", text, flags=re.MULTILINE | re.DOTALL)
        for block in blocks:
            yield file.name, block
            text = text.replace(block, "")
        for code in re.findall(r"`([^`]+)`", text):
            yield file.name, " ".join(code.split())
    for file in [*(ROOT / "benchmarks").iterdir(), *(ROOT / "scripts").iterdir()]:
        if file.is_file():
            yield file.name, file.read_text(encoding="utf-8").replace("\\\n", " ")


def named_commands() -> Iterator[tuple[str, str]]:
    groups = {name.partition(" ")[0] for name in commands() if " " in name}
    for place, text in texts():
        for found in _COMMAND.finditer(" ".join(text.split())):
            yield place, found[0].partition(" ")[2] if found[1] in groups else found[1]


def named_settings() -> Iterator[tuple[str, str | None, str]]:
    """Place, command where it is known, and setting."""
    for place, text in texts():
        for found in _SETTING.finditer(text):
            yield place, longest_command(found[1]), found[2]


def longest_command(words: str | None) -> str | None:
    named = (words or "").split()
    for count in (2, 1):
        if " ".join(named[:count]) in SETTINGS:
            return " ".join(named[:count])
    return None


def known_settings() -> set[str]:
    return {name for kind in SETTINGS.values() for name in setting_names(kind)}


def test_every_command_that_is_named_is_one() -> None:
    known, found = commands(), list(named_commands())
    assert len(found) > 100, "the commands in texts are not found any more"
    for place, name in found:
        if name.partition(" ")[0] not in PROSE:
            assert name in known, f"{place} names 'touchline {name}'"


def test_the_grammar_is_object_then_verb_and_a_verb_alone_for_runs() -> None:
    verbs = {
        "gallery": {"add", "match", "name", "merge", "remove", "list"},
        "reid": {"prepare", "train", "export", "evaluate"},
        "detector": {"train", "average", "export", "evaluate"},
        "pitch": {"show", "evaluate"},
    }
    alone = {
        "track",
        "batch",
        "observe",
        "link",
        "draw",
        "demo",
        "evaluate",
        "info",
        "doubts",
        "export",
        "report",
    }
    alone |= {"clip", "tune", "simulate", "settings", "models", "review"}
    alone |= {"name", "team", "number", "role", "edit"}  # facts about a run
    below = {f"{thing} {verb}" for thing, named in verbs.items() for verb in named}
    assert commands() == {*verbs, *below, *alone}


def test_every_setting_that_is_named_is_one() -> None:
    found = list(named_settings())
    assert len(found) > 15, "the settings in texts are not found any more"
    for place, command, name in found:
        known = setting_names(SETTINGS[command]) if command else sorted(known_settings())
        assert name in {*known, *NO_SETTINGS}, f"{place} names {name}{nearest_name(name, known)}"


def test_every_dotted_setting_in_a_message_or_page_is_one() -> None:
    """As in "tracker.min_score": its first word is a part of the settings."""
    known = known_settings()
    roots = {name.partition(".")[0] for name in known if "." in name}
    parts = {
        name.rsplit(".", length)[0] for name in known for length in range(1, name.count(".") + 1)
    }
    found = 0
    for place, text in texts():
        if "touchline." in text or "import " in text:  # Python, where a dot is another thing
            continue
        for match in _DOTTED.finditer(text):
            name = match[0]
            if match[1] in roots and name not in NO_SETTINGS and not name.endswith(_FILES):
                found += 1
                assert name in known | parts, f"{place} names the setting {name}"
    assert found > 30, "the settings in texts are not found any more"


def test_yaml_on_the_pages_names_settings_that_are_there() -> None:
    """Blocks that hold a part of the settings, as docs/tuning.md shows some."""
    roots = {name.partition(".")[0] for name in known_settings() if "." in name}
    for place, text in pages():
        if not text.startswith("```yaml"):
            continue
        tree = yaml.safe_load(text.removeprefix("```yaml").removesuffix("```"))
        for part, values in tree.items() if isinstance(tree, dict) else ():
            for name in values if part in roots and isinstance(values, dict) else ():
                below = {
                    full for full in known_settings() if f"{full}.".startswith(f"{part}.{name}.")
                }
                assert below, f"{place} names the setting {part}.{name}"
