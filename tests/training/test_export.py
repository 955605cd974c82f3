"""The exported file answers what torch answers, for any number of crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from touchline.errors import ModelError, UsageError
from touchline.perception.crops import CropFormat
from touchline.perception.embedder import OnnxEmbedder
from touchline.perception.embedder_config import EmbedderConfig
from touchline.training.export import export_checkpoint, export_onnx
from touchline.training.osnet import OSNet

CPU = EmbedderConfig(device="cpu", threads=1, batch_size=3)
SMALL = CropFormat(16, 8)


class MeanColour(nn.Module):
    """The smallest embedder there is."""

    def forward(self, image_BCHW: Tensor) -> Tensor:
        return image_BCHW.mean(dim=(2, 3)) + 3.0


class TruthfulOnlyInTorch(nn.Module):
    """Answers otherwise while it is exported, as a faulty conversion would."""

    def forward(self, image_BCHW: Tensor) -> Tensor:
        feature_BD = image_BCHW.mean(dim=(2, 3))
        return feature_BD.flip(1) if torch.compiler.is_exporting() else feature_BD


def test_exported_osnet_agrees_with_torch_and_carries_its_metadata(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = OSNet("osnet_x0_25").eval()
    torch.save(network.state_dict(), tmp_path / "net.pth")
    out = tmp_path / "made" / "net.onnx"
    report = export_checkpoint(tmp_path / "net.pth", out, source="a test", licence="Apache-2.0")
    assert (report.file, report.feature_size) == (out, 512)
    assert report.min_cosine > 0.9999

    embedder = OnnxEmbedder(out, CPU)
    assert (embedder.size, embedder.format) == (512, CropFormat(256, 128))
    random = np.random.default_rng(5)
    crops = [random.integers(0, 256, (70 + n, 30, 3), np.uint8) for n in range(5)]
    with torch.inference_mode():
        truth = network(torch.from_numpy(CropFormat().batch(crops))).numpy()
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    assert np.allclose(embedder.embed(crops), truth, atol=1e-4)

    model = onnx.load(out)
    texts = {entry.key: entry.value for entry in model.metadata_props}
    assert (texts["source"], texts["licence"]) == ("a test", "Apache-2.0")
    assert (texts["input_size"], texts["colour"], texts["feature_size"]) == (
        "256x128",
        "rgb",
        "512",
    )
    assert b".py" not in out.read_bytes()  # no traces of where it was made


def test_export_that_disagrees_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="export refused"):
        export_onnx(
            TruthfulOnlyInTorch(),
            tmp_path / "net.onnx",
            crop_format=SMALL,
            source="a test",
            licence="none",
        )
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        export_onnx(
            MeanColour(),
            tmp_path / "file" / "net.onnx",
            crop_format=SMALL,
            source="a test",
            licence="none",
        )


def test_incomplete_checkpoint_is_not_exported(tmp_path: Path) -> None:
    parameters = OSNet().state_dict()
    del parameters["fc.0.bias"]
    torch.save(parameters, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"fc\.0\.bias"):
        export_checkpoint(tmp_path / "net.pth", tmp_path / "net.onnx")
