"""The shipped encoder's network: colours that are right, looks that are learned, one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from training.reid.train_scenes import QUICK, draw_people, draw_person

from touchline.errors import ModelError, UsageError
from touchline.perception.colour_stripes import (
    A_RANGE,
    B_RANGE,
    BACKGROUND_SPREAD,
    LIGHT_RANGE,
    MIDDLE_WIDTH,
    MIN_WEIGHT,
)
from touchline.perception.embedder import OnnxEmbedder
from touchline.training.checkpoints import read_checkpoint, save_checkpoint
from touchline.training.listener import Listener
from touchline.training.reid.colour_layer import BANDS, COLOR_SIZE, ColourLayer
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.training.reid.export import export_checkpoint
from touchline.training.reid.network import preset_of
from touchline.training.reid.request import TrainRequest
from touchline.training.reid.stripe_net import COLOURS, CROP_FORMAT, LOOKS, StripeNet, stripe_net
from touchline.training.reid.torch_embedder import TorchEmbedder
from touchline.training.reid.trainer import train
from touchline.types import Image


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    file = tmp_path_factory.mktemp("stripes") / "start.safetensors"
    save_checkpoint(StripeNet(), file, {**CROP_FORMAT.to_metadata(), "licence": "a test"})
    return file


def people(count: int) -> list[Image]:
    return [np.asarray(draw_person(number, 0)) for number in range(count)]


def histograms(image: Image) -> NDArray[np.float64]:
    """The colours of an image of 64 x 32, pixel by pixel, from OpenCV's Lab."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2Lab).astype(np.float64)
    usual = np.median(np.concatenate([lab[:, 0], lab[:, -1]]), axis=0)
    table = np.zeros((BANDS, 4, 6, 6))
    for row, column in np.ndindex(64, 32):
        pixel = lab[row, column]
        unlike = 1 - np.exp(-0.5 * np.square((pixel - usual) / BACKGROUND_SPREAD).sum())
        middle = np.exp(-0.5 * (((column + 0.5) / 32 - 0.5) / MIDDLE_WIDTH) ** 2)
        shares = [
            np.maximum(
                0, 1 - np.abs(np.clip((v - lo) / (hi - lo) * n - 0.5, 0, n - 1) - np.arange(n))
            )
            for v, (lo, hi), n in zip(
                pixel, (LIGHT_RANGE, A_RANGE, B_RANGE), (4, 6, 6), strict=True
            )
        ]
        bands = np.maximum(0, 1 - np.abs((row + 0.5) / 64 * BANDS - 0.5 - np.arange(BANDS)))
        weight = max(unlike, MIN_WEIGHT) * middle
        table += weight * np.einsum("s,l,a,b->slab", bands, *shares)
    table /= table.sum(axis=(1, 2, 3), keepdims=True)
    vector = np.cbrt(table.ravel())
    return vector / float(np.linalg.norm(vector))


def test_colours_are_those_counted_pixel_by_pixel() -> None:
    images = np.stack([cv2.resize(crop, (32, 64)) for crop in people(3)]).astype(np.uint8)
    image_B3HW = torch.from_numpy(images).float().permute(0, 3, 1, 2)
    found = ColourLayer()(image_B3HW).numpy()
    assert found.shape == (3, COLOR_SIZE)
    for vector, image in zip(found, images, strict=True):
        # OpenCV rounds Lab to whole numbers.
        assert vector @ histograms(image) > 0.999


def test_a_image_of_one_colour_has_colours_too() -> None:
    for value in (0.0, 114.0, 255.0):
        vector = ColourLayer()(torch.full((1, 3, 128, 64), value))
        assert torch.isfinite(vector).all()
        assert float(vector.norm()) == pytest.approx(1.0, abs=1e-5)


def test_half_of_a_vector_is_colours_and_share_weighs_the_other_half(checkpoint: Path) -> None:
    network, _ = stripe_net(read_checkpoint(checkpoint))
    image_B3HW = torch.from_numpy(CROP_FORMAT.batch(people(4)))
    with torch.no_grad():
        for share in (0.0, 0.3, 1.0):
            network.share.fill_(share)
            vector_BD = network(image_B3HW)
            assert vector_BD.shape == (4, COLOURS + LOOKS)
            parts = vector_BD[:, :COLOURS].square().sum(1), vector_BD[:, COLOURS:].square().sum(1)
            assert torch.allclose(parts[0], torch.tensor(1 - share), atol=1e-5)
            assert torch.allclose(parts[1], torch.tensor(share), atol=1e-5)


def test_training_moves_the_looks_and_leaves_the_colours(tmp_path: Path, checkpoint: Path) -> None:
    assert preset_of(checkpoint) == "stripes"
    data = draw_people(tmp_path / "crops", crops=4)
    out = tmp_path / "out"
    settings: dict[str, Any] = {**QUICK, "images": {**QUICK["images"], "epochs": 1}}
    report = train(TrainRequest(data, checkpoint, out, settings, "cpu"), Listener())
    assert report is not None
    before, after = load_file(checkpoint), load_file(out / "last.safetensors")
    for name, value in before.items():
        kept = name.startswith(("colour_", "share")) or "num_batches" in name
        if kept or value.is_floating_point():
            assert torch.equal(value, after[name]) == name.startswith(("colour_", "share")), name
    loaded = load_embedding_network(out / "last.safetensors")
    assert (loaded.name, loaded.format, loaded.licence) == ("stripe_net", CROP_FORMAT, "a test")
    assert loaded.report.dropped
    assert not loaded.report.unexpected


def test_the_onnx_file_answers_what_torch_does_for_any_number_of_crops(
    tmp_path: Path, checkpoint: Path
) -> None:
    report = export_checkpoint(checkpoint, tmp_path / "net.onnx", crops=people(5))
    assert report.feature_size == 256
    assert report.file.stat().st_size < 6_000_000
    embedder, ours = OnnxEmbedder(report.file), TorchEmbedder(checkpoint)
    crops = people(5)
    for count in (0, 1, 5):
        found = embedder.embed(crops[:count])
        assert found.shape == (count, 256)
        assert np.allclose(found, ours.embed(crops[:count]), atol=1e-4)
    assert not embedder.embed([crops[0][:0]]).any()


def test_what_does_not_fit_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    tensors = load_file(checkpoint)
    del tensors["project.weight"]
    save_file(tensors, tmp_path / "half.safetensors")
    with pytest.raises(ModelError, match=r"lacks 1 parameters of stripe_net: project\.weight"):
        load_embedding_network(tmp_path / "half.safetensors")
    other = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, other)
    with pytest.raises(ModelError, match="holds no stripe_net"):
        stripe_net(read_checkpoint(other))
    data = draw_people(tmp_path / "crops", crops=2)
    request = TrainRequest(data, checkpoint, tmp_path / "out", {"stride": 16}, "cpu")
    with pytest.raises(UsageError, match="neither patches nor texts"):
        train(request, Listener())
