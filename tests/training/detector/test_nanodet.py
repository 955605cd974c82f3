"""The larger network is read, trained and averaged as the small one is."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorflow_graphs import write_nanodet
from torch import Tensor
from training.detector.detector_scenes import COLOURS, QUICK, draw_pitches

from touchline.errors import ModelError
from touchline.training.checkpoints import save_checkpoint
from touchline.training.detector.averaging import average_detectors, plain
from touchline.training.detector.boxes import cells, told_boxes
from touchline.training.detector.checkpoint import detector_metadata, load_detector
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.nanodet import NanoDetHead
from touchline.training.detector.network import DetectorNetwork, Scored
from touchline.training.detector.request import DetectorRequest
from touchline.training.detector.start import read_start
from touchline.training.detector.trainer import train_detector

LARGE = NetworkConfig(kind="nanodet-g")
NAMES = ("player", "goalkeeper", "referee", "ball")
START = Path(__file__).parents[3] / "benchmarks" / "nanodet_start.py"


def image() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((1, 3, 64, 96), np.float32) * 255)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = DetectorNetwork(len(NAMES), LARGE)
    file = tmp_path / "large.safetensors"
    texts = detector_metadata(network, NAMES, DetectorTrainConfig(network=LARGE), "made up")
    save_checkpoint(network, file, texts)
    return file


def test_it_answers_cell_by_cell_boxes_that_hold_the_middle_of_their_cell() -> None:
    torch.manual_seed(0)
    network = DetectorNetwork(4, LARGE).eval()
    with torch.inference_mode():
        raw_BAF = network(image())
    assert raw_BAF.shape == (1, 12 * 8 + 6 * 4 + 3 * 2, 9)
    corner_A2, stride_A = cells(96, 64, torch.device("cpu"))
    (box_A4,) = told_boxes(raw_BAF, corner_A2, stride_A)
    middle_A2 = corner_A2 + stride_A[:, None] / 2
    assert (box_A4[:, :2] < middle_A2).all()
    assert (box_A4[:, 2:] > middle_A2).all()


def test_a_checkpoint_says_that_it_is_one(checkpoint: Path) -> None:
    found = load_detector(checkpoint)
    assert found.network.config.kind == "nanodet-g"
    assert sum(value.numel() for value in found.network.parameters()) > 3.5e6
    start = read_start(checkpoint)
    assert start.shape(NetworkConfig()).kind == "nanodet-g"
    with pytest.raises(ModelError, match=r"leave out network\.kind"):
        start.shape(NetworkConfig(kind="yolox-nano"))


def test_it_is_averaged_with_its_like_alone(checkpoint: Path, tmp_path: Path) -> None:
    small = DetectorNetwork(len(NAMES))
    texts = detector_metadata(small, NAMES, DetectorTrainConfig(), "made up")
    save_checkpoint(small, tmp_path / "small.safetensors", texts)
    with pytest.raises(ModelError, match="another shape"):
        average_detectors(
            [checkpoint, tmp_path / "small.safetensors"], [1, 1], tmp_path / "mean.safetensors"
        )


def test_folding_its_normalisations_changes_no_answer(checkpoint: Path) -> None:
    network = load_detector(checkpoint).network
    with torch.inference_mode():
        torch.testing.assert_close(plain(network)(image()), network(image()), atol=1e-4, rtol=1e-4)


def test_the_trainer_trains_it(checkpoint: Path, tmp_path: Path) -> None:
    schedule: dict[str, Any] = {
        **QUICK["schedule"],
        "epochs": 1,
        "samples_per_epoch": 4,
        "held_stages": 2,
    }
    settings = {**QUICK, "schedule": schedule, "validation": {"every": 0}}
    data = draw_pitches(tmp_path / "data")
    request = DetectorRequest((data,), tmp_path / "run", checkpoint, settings=settings)
    train_detector(request)
    before, after = load_detector(checkpoint), load_detector(tmp_path / "run" / "last.safetensors")
    assert after.names == tuple(COLOURS)
    old, new = before.network.state_dict(), after.network.state_dict()
    assert torch.equal(old["backbone.stem.0.conv.weight"], new["backbone.stem.0.conv.weight"])
    for name in ("backbone.stages.3.into.conv.weight", "heads.0.box_out.weight"):
        assert not torch.equal(old[name], new[name])


def test_a_graph_of_tensorflow_answers_with_its_person_and_its_ball(tmp_path: Path) -> None:
    """Of the 80 classes of a head whose features are known."""
    graph = write_nanodet(tmp_path)
    script = runpy.run_path(str(START))
    network = DetectorNetwork(len(NAMES), LARGE).eval()
    script["fill"](network, script["read_convolutions"](graph))
    head = network.heads[2]
    assert isinstance(head, NanoDetHead)
    feature_BCHW = torch.randn(1, 128, 2, 3)
    weight, bias = (
        torch.from_numpy(np.load(tmp_path / f"last_{name}.npy")) for name in ("weight", "bias")
    )
    with torch.inference_mode():
        seen_BCHW = head.look(feature_BCHW)
        whole_BCHW = torch.nn.functional.conv2d(seen_BCHW, weight, bias)
        answer_BCHW = head(feature_BCHW)
    raw_BAF = answer_BCHW.flatten(2).transpose(1, 2)
    scores_BAF = Scored(_Given(raw_BAF), NAMES)(image())
    person_BA, ball_BA = (whole_BCHW[:, number].flatten(1).exp() for number in (0, 32))
    either_BA = 1 + person_BA + ball_BA
    torch.testing.assert_close(scores_BAF[..., 4] * scores_BAF[..., 8], ball_BA / either_BA)
    for role in (5, 6, 7):  # each is as likely, and one of them it is
        each_BA = person_BA / (person_BA + ball_BA)
        anybody_BA = (1 - (1 - each_BA) ** 3) * (person_BA + ball_BA) / either_BA
        torch.testing.assert_close(scores_BAF[..., 4] * scores_BAF[..., role], anybody_BA)


class _Given(torch.nn.Module):
    def __init__(self, raw_BAF: Tensor) -> None:
        super().__init__()
        self._raw_BAF = raw_BAF

    def forward(self, _: Tensor) -> Tensor:
        return self._raw_BAF
