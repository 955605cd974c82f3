"""The page about the simulation shows the settings as they are."""

from __future__ import annotations

from pathlib import Path

from touchline.config import commented_yaml
from touchline.simulation.config import SimulationConfig

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulation.md"


def test_the_page_shows_every_setting_with_its_default() -> None:
    assert commented_yaml(SimulationConfig()).rstrip() in PAGE.read_text(encoding="utf-8"), (
        "docs/simulation.md is out of date: put commented_yaml(SimulationConfig()) into it"
    )
