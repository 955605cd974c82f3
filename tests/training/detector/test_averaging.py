"""Averaged networks answer between those they are made of; only likes are averaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from touchline.errors import ModelError, UsageError
from touchline.training.blocks import Block
from touchline.training.checkpoints import save_checkpoint
from touchline.training.detector.averaging import average_detectors, plain
from touchline.training.detector.checkpoint import detector_metadata, load_detector
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.export import export_detector
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.yolox_file import load_yolox

NAMES = ("player", "ball")


def image() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((1, 3, 64, 96), np.float32) * 255)


def saved(folder: Path, seed: int, names: tuple[str, ...] = NAMES, act: str = "silu") -> Path:
    """A random network with normalisations of its own, as a checkpoint."""
    torch.manual_seed(seed)
    config = NetworkConfig.model_validate({"activation": act})
    network = DetectorNetwork(len(names), config).eval()
    for block in (module for module in network.modules() if isinstance(module, Block)):
        assert block.bn.running_mean is not None
        assert block.bn.running_var is not None
        block.bn.running_mean.normal_(0, 0.1)
        block.bn.running_var.uniform_(0.5, 2)
    file = folder / f"{act}_{seed}.safetensors"
    settings = DetectorTrainConfig(network=config)
    save_checkpoint(network, file, detector_metadata(network, names, settings, "made up"))
    return file


def answer(network: DetectorNetwork) -> Tensor:
    with torch.inference_mode():
        found: Tensor = network.eval()(image())
    return found


def test_folding_normalisations_changes_no_answer(tmp_path: Path) -> None:
    network = load_detector(saved(tmp_path, 0)).network
    torch.testing.assert_close(answer(plain(network)), answer(network), atol=1e-4, rtol=1e-4)


def test_all_of_one_network_is_that_network_and_the_file_says_what_it_is(tmp_path: Path) -> None:
    files = [saved(tmp_path, seed) for seed in (0, 1)]
    out = tmp_path / "mean.safetensors"
    average_detectors(files, [3.0, 0.0], out)
    found = load_detector(out)
    torch.testing.assert_close(
        answer(found.network), answer(load_detector(files[0]).network), atol=1e-4, rtol=1e-4
    )
    assert found.metadata["averaged"] == "1.00 silu_0.safetensors + 0.00 silu_1.safetensors"


def test_weights_are_averaged_by_their_shares(tmp_path: Path) -> None:
    files = [saved(tmp_path, seed) for seed in (0, 1)]
    out = tmp_path / "mean.safetensors"
    average_detectors(files, [1.0, 3.0], out)
    one, other = (plain(load_detector(file).network).state_dict() for file in files)
    for name, value in load_detector(out).network.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, 0.25 * one[name] + 0.75 * other[name])


def test_an_exported_file_can_be_averaged_and_trained_on(tmp_path: Path) -> None:
    file, onnx = saved(tmp_path, 0), tmp_path / "own.onnx"
    export_detector(file, onnx)
    again = DetectorNetwork(2, NetworkConfig()).eval()
    assert load_yolox(again, onnx, NAMES)
    trained = load_detector(file).network
    torch.testing.assert_close(answer(again), answer(trained), atol=1e-3, rtol=1e-3)
    average_detectors([file, onnx], [1, 1], tmp_path / "mean.safetensors")
    mean = load_detector(tmp_path / "mean.safetensors").network
    torch.testing.assert_close(answer(mean), answer(trained), atol=1e-3, rtol=1e-3)


def test_new_roles_begin_as_the_players_of_an_exported_file(tmp_path: Path) -> None:
    onnx = tmp_path / "own.onnx"
    export_detector(saved(tmp_path, 0), onnx)
    own, more = DetectorNetwork(2, NetworkConfig()), DetectorNetwork(2, NetworkConfig())
    load_yolox(own, onnx, NAMES)
    load_yolox(more, onnx, ("referee", "ball"))
    torch.testing.assert_close(answer(more), answer(own))


def test_networks_that_are_not_alike_are_refused(tmp_path: Path) -> None:
    file, out = saved(tmp_path, 0), tmp_path / "mean.safetensors"
    with pytest.raises(UsageError, match="2 checkpoints and 1 shares"):
        average_detectors([file, file], [1], out)
    with pytest.raises(UsageError, match="must be positive"):
        average_detectors([file, file], [1, -1], out)
    other = saved(tmp_path, 1, names=("player", "referee"))
    with pytest.raises(ModelError, match="other classes"):
        average_detectors([file, other], [1, 1], out)
    hard = tmp_path / "relu.onnx"
    export_detector(saved(tmp_path, 2, act="relu"), hard)
    with pytest.raises(ModelError, match="trained with ReLU"):
        average_detectors([file, hard], [1, 1], out)
    with pytest.raises(UsageError, match="must be a best"):
        average_detectors([hard, hard], [1, 1], out)
    assert not out.exists()
