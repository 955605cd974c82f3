"""What the documentation promises is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import touchline
from touchline.cli.reference import command_page
from touchline.config import commented_yaml, load_config
from touchline.run.config import RunConfig

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def test_the_settings_page_shows_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert commented_yaml(RunConfig()).rstrip() in page, (
        "docs/settings.md is out of date: run scripts/docs"
    )


def test_the_page_of_commands_is_what_the_program_says() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert command_page() == page, "docs/cli.md is out of date: run scripts/docs"


def test_the_printed_settings_are_a_settings_file_with_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(commented_yaml(RunConfig()), encoding="utf-8")
    assert load_config(RunConfig, file) == RunConfig()
    assert load_config(RunConfig, file, ["tracker.preset=botsort"]).tracker.fusion == "min"
    explicit = re.sub(r"(?m)^( *)#(\w+:)", r"\1\2", commented_yaml(RunConfig()))
    assert explicit != commented_yaml(RunConfig())
    file.write_text(explicit, encoding="utf-8")
    assert load_config(RunConfig, file) == RunConfig()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_page_of_the_python_interface_shows_every_public_name_once() -> None:
    pages = sorted((ROOT / "docs" / "api").glob("*.md"))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    shown = re.findall(r"^::: touchline\.(\w+)$", text, re.MULTILINE)
    assert sorted(shown) == sorted(touchline.__all__)
