"""Settings of the detector, from YAML or the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from touchline.config import load_config
from touchline.errors import SettingsError
from touchline.perception.config import DetectorConfig


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size=1280", 1280),
        ("size=1280x736", (1280, 736)),
        ("size=[640, 384]", (640, 384)),
        ("tiles=off", "off"),
        ("tiles=3x2", "3x2"),
        ("tiles=auto", "auto"),
        ("classes=player,ball", ("player", "ball")),
        ("classes=[player, ball]", ("player", "ball")),
        ("classes={0: player, goalie: goalkeeper}", {"0": "player", "goalie": "goalkeeper"}),
        ("threads=2", 2),
    ],
)
def test_settings_are_read_in_every_form_they_are_written(text: str, expected: Any) -> None:
    config = load_config(DetectorConfig, overrides=[text])
    assert getattr(config, text.partition("=")[0]) == expected


@pytest.mark.parametrize(
    "text",
    [
        "size=8",
        "size=wide",
        "size=640x",
        "tiles=many",
        "tiles=0x2",
        "tiles=2",
        "min_score=1.5",
        "max_overlap=0",
        "batch_size=0",
        "classes=[]",
        "classes={}",
        "sizes=640",
    ],
)
def test_settings_that_make_no_sense_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match=text.partition("=")[0]) as caught:
        load_config(DetectorConfig, overrides=[text])
    assert "\n" not in str(caught.value)


def test_the_guide_lists_every_setting_with_its_default() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "detectors.md").read_text(encoding="utf-8")
    for name, field in DetectorConfig.model_fields.items():
        default = "none" if field.default is None else str(field.default)
        assert f"| `detector.{name}` | {default} |" in guide
