"""The original project's training is a file of settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
import yaml
from training.reid.train_scenes import draw_people, save_clip
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.config import check_config, settings_tree
from touchline.perception.crops import CropFormat
from touchline.training.checkpoints import read_checkpoint
from touchline.training.reid.config import TrainConfig

ORIGINAL = Path(__file__).resolve().parents[3] / "examples" / "original-training.yaml"


def test_the_settings_are_those_that_the_original_is_known_by() -> None:
    config = check_config(TrainConfig, settings_tree(ORIGINAL))
    changes = config.augmentation
    assert {"colour", "hue", "gamma", "blur"} < set(changes.groups)
    assert "quality" not in changes.groups
    colour, hue, gamma, blur = changes.colour, changes.hue, changes.gamma, changes.blur
    assert (colour.probability, hue.probability, gamma.probability) == (1, 1, 1)
    assert (colour.brightness, colour.contrast, colour.saturation) == (0.2, 0, 0.2)
    assert hue.max_degrees / 360 == pytest.approx(0.05)
    assert (gamma.min_gamma, gamma.max_gamma) == (0.8, 1.2)
    assert (blur.probability, blur.motion, blur.kernel) == (0.1, 0, (3, 5))
    assert (config.prompts.max_gradient_norm, config.images.max_gradient_norm) == (0, 0)
    assert (config.resize, config.images.epoch_end) == ("bicubic", "no_full_batch")
    assert (config.rules.sampler, config.rules.losses) == (True, False)


def test_the_command_trains_with_them(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    data, out = draw_people(tmp_path / "crops", crops=3), tmp_path / "out"
    checkpoint = save_clip(tmp_path / "clip.safetensors")
    words = ["reid", "train", "--data", data, "--checkpoint", checkpoint, "--out", out]
    words += ["--config", ORIGINAL, "--device", "cpu"]
    small = ("workers=0", "prompts.epochs=1", "images.epochs=2")
    sizes = ("images.identities_per_batch=4", "images.crops_per_identity=2")
    words += [word for text in (*small, *sizes) for word in ("--set", text)]
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.output
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    # Before training and after the last epoch; the next one would be the fifth.
    scored = [line for line in log if line["event"] == "validation"]
    assert [line["epoch"] for line in scored] == [0, 2]
    told = re.search(r"last: mAP ([\d.]+)%", result.stdout)
    assert told
    assert float(told[1]) == pytest.approx(100 * scored[-1]["mAP"], abs=0.05)
    saved = yaml.safe_load((out / "train.yaml").read_text())
    assert saved["augmentation"]["blur"]["kernel"] == [3, 5]
    metadata = read_checkpoint(out / "last.safetensors").metadata
    assert CropFormat.from_metadata(metadata).resize == "bicubic"
