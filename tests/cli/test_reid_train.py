"""``touchline reid train`` as a person types it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from training.reid.train_scenes import draw_people, save_clip
from typer.testing import CliRunner, Result

from touchline.cli.main import app
from touchline.errors import TouchlineError, UsageError

QUICK = (
    "workers=0",
    "prompts.epochs=1",
    "images.epochs=1",
    "images.identities_per_batch=4",
    "images.crops_per_identity=2",
    "augmentation.groups=[flip]",
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Crops to train on and a checkpoint to begin from."""
    folder = tmp_path_factory.mktemp("train")
    return draw_people(folder / "crops", crops=3), save_clip(folder / "clip.safetensors")


def words(places: tuple[Path, Path], out: Path, *more: str) -> list[str]:
    data, checkpoint = map(str, places)
    asked = ["reid", "train", "--data", data, "--checkpoint", checkpoint, "--out", str(out)]
    settings = [word for text in QUICK for word in ("--set", text)]
    return [*asked, "--device", "cpu", *settings, *more]


def reid_train(places: tuple[Path, Path], out: Path, *more: str) -> Result:
    result = CliRunner().invoke(app, words(places, out, *more))
    if result.exception is not None and isinstance(result.exception, TouchlineError):
        raise result.exception
    return result


def test_it_says_what_was_gained_and_what_to_do_next(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = reid_train(places, out, "--seed", "3")
    assert result.exit_code == 0, result.output
    assert "prompts 1/1: loss" in result.stderr
    assert "images 1/1: loss" in result.stderr
    assert "before training, validation: mAP" in result.stderr
    assert "negatives of an epoch that may be one person: 0 of" in result.stdout
    assert "of a plain sampler:" in result.stdout
    assert f"touchline reid export {out}/best.safetensors NAME.onnx" in result.stdout
    assert yaml.safe_load((out / "train.yaml").read_text())["seed"] == 3
    names = {"train.yaml", "log.jsonl", "best.safetensors", "last.safetensors", "last.state.pt"}
    assert {file.name for file in out.iterdir()} == names


def test_saved_settings_train_the_same_again(places: tuple[Path, Path], tmp_path: Path) -> None:
    reid_train(places, tmp_path / "one", "--plain", "-s", "images.label_smoothing=0.2")
    saved = tmp_path / "one" / "train.yaml"
    settings = yaml.safe_load(saved.read_text())
    assert settings["rules"] == {"sampler": False, "losses": False}
    assert settings["images"]["label_smoothing"] == 0.2
    reid_train(places, tmp_path / "two", "--config", str(saved))
    first, second = (load_file(tmp_path / name / "last.safetensors") for name in ("one", "two"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_ctrl_c_saves_and_the_same_command_goes_on(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "touchline", *words(places, out, "-s", "prompts.epochs=99999")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (out / "last.state.pt").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "touchline: stopped in stage prompts, before epoch" in errors
    assert "the same command goes on from there" in errors
    epochs = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()][2:]
    assert [line["epoch"] for line in epochs] == list(range(1, len(epochs) + 1))


def test_what_is_wrong_is_said_before_anything_is_done(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match=r"unknown setting 'images\.epoch'; did you mean"):
        reid_train(places, out, "-s", "images.epoch=3")
    with pytest.raises(UsageError, match="does not exist"):
        reid_train((tmp_path / "nowhere", places[1]), out)
    assert not out.exists()
