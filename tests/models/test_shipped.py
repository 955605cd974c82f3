"""The networks of the package are whole, small, described, and found by their names."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from touchline.errors import ModelError
from touchline.models import shipped
from touchline.models.shipped import ShippedModel, checked_file, model_file, shipped_models
from touchline.perception.detector import load_detector_file
from touchline.perception.embedder import load_embedder_file

LIMITS = {"detector": 8_000_000, "embedder": 6_000_000}

MODELS = shipped_models()


def test_a_detector_and_an_embedder_ship() -> None:
    assert {model.name: model.role for model in MODELS} == {
        shipped.DETECTOR: "detector",
        shipped.EMBEDDER: "embedder",
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_shipped_file_is_the_released_one_and_small(model: ShippedModel) -> None:
    assert hashlib.sha256(model.file.read_bytes()).hexdigest() == model.sha256
    assert model.file.stat().st_size <= LIMITS[model.role]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_card_says_what_one_must_know_before_using_it(model: ShippedModel) -> None:
    card = model.card.read_text(encoding="utf-8")
    for heading in ("Data", "Licence", "Recipe", "Scores", "Speed", "Known failures", "Input"):
        assert f"\n## {heading}" in card, heading
    assert "CC BY 4.0" in card
    assert model.sha256 in card


def test_the_shipped_networks_open_as_what_they_are() -> None:
    detector = load_detector_file(model_file(shipped.DETECTOR))
    assert set(detector.roles) == {"player", "goalkeeper", "referee", "ball"}
    assert load_embedder_file(model_file(shipped.EMBEDDER)).size <= 256


def test_a_name_means_the_shipped_file_and_a_path_stays_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model,) = (model for model in MODELS if model.name == shipped.DETECTOR)
    assert model_file(shipped.DETECTOR) == model.file
    assert model_file(tmp_path / "own.onnx") == tmp_path / "own.onnx"
    assert model_file("football-detectr") == Path("football-detectr")
    monkeypatch.chdir(tmp_path)
    Path(shipped.DETECTOR).write_bytes(b"mine")
    assert model_file(shipped.DETECTOR) == Path(shipped.DETECTOR)


def test_a_damaged_or_missing_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    for model in MODELS:
        shutil.copy(model.file, tmp_path)
    shutil.copy(shipped.FOLDER / shipped.INDEX, tmp_path)
    first, second = shipped_models(tmp_path)
    assert checked_file(first) == first.file
    content = bytearray(second.file.read_bytes())
    content[len(content) // 2] ^= 1
    second.file.write_bytes(content)
    with pytest.raises(ModelError, match=r"is not the released .*install touchline again"):
        checked_file(second)
    second.file.unlink()
    with pytest.raises(ModelError, match="is missing: install touchline again"):
        checked_file(second)
