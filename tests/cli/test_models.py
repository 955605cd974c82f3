"""``touchline models``: what ships, under which licence, and its cards."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.models.shipped import shipped_models


def test_models_lists_what_ships_with_its_licence_and_how_to_use_others() -> None:
    result = CliRunner().invoke(app, ["models"])
    assert result.exit_code == 0
    for model in shipped_models():
        assert model.name in result.output
        assert model.licence in result.output
    assert "RF-DETR" in result.output
    assert "CLIP-ReID" in result.output


def test_a_name_prints_its_card_and_json_its_facts() -> None:
    first = shipped_models()[0]
    card = CliRunner().invoke(app, ["models", first.name])
    assert card.output.strip() == first.card.read_text(encoding="utf-8").strip()
    facts = json.loads(CliRunner().invoke(app, ["models", "--json", "-"]).output)
    assert [one["sha256"] for one in facts] == [model.sha256 for model in shipped_models()]


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    result = CliRunner().invoke(app, ["models", "yolo"])
    assert result.exit_code != 0
    assert "football-detector" in str(result.exception)
