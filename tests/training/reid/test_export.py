"""The exported file answers what torch answers, for any number of crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn
from training.reid.clip_files import authors_names, trained_clip_reid

from touchline.errors import ModelError, UsageError
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import CropFormat
from touchline.perception.embedder import OnnxEmbedder
from touchline.training.checkpoints import save_checkpoint
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.training.reid.export import export_checkpoint, export_onnx
from touchline.training.reid.osnet import OSNet
from touchline.training.reid.torch_embedder import TorchEmbedder

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
    assert report.agreement.min_cosine > 0.9999

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


@pytest.mark.parametrize("stride", [None, 12])
def test_exported_clip_reid_answers_the_feature_that_is_evaluated(
    tmp_path: Path, stride: int | None
) -> None:
    trained = trained_clip_reid()
    torch.save(authors_names(trained), tmp_path / "MSMT17_clipreid.pth")
    out = tmp_path / "net.onnx"
    report = export_checkpoint(tmp_path / "MSMT17_clipreid.pth", out, stride=stride)
    assert (report.feature_size, report.agreement.min_cosine > 0.9999) == (96, True)

    embedder = OnnxEmbedder(out, CPU)
    assert embedder.format == CropFormat(256, 128, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    random = np.random.default_rng(5)
    crops = [random.integers(0, 256, (70 + n, 30, 3), np.uint8) for n in range(5)]
    image_BCHW = torch.from_numpy(embedder.format.batch(crops))
    found = torch.from_numpy(embedder.embed(crops))
    truth = nn.functional.normalize(trained.encode_image(image_BCHW).evaluated)
    cosines = (found * truth).sum(dim=1)
    assert found.shape == truth.shape
    # Overlapping patches are another network, though much the same.
    assert cosines.min() > 0.9999 if stride is None else 0.5 < cosines.max() < 0.9999
    texts = {entry.key: entry.value for entry in onnx.load(out).metadata_props}
    assert texts["source"] == (
        f"CLIP image encoder (patch 16, stride {stride or 16}) from MSMT17_clipreid.pth"
    )


def test_the_projected_feature_is_exported_alone_or_taken_from_a_file_with_both(
    tmp_path: Path,
) -> None:
    torch.save(authors_names(trained_clip_reid()), tmp_path / "net.pth")
    both, alone = tmp_path / "both.onnx", tmp_path / "alone.onnx"
    assert export_checkpoint(tmp_path / "net.pth", both).feature_size == 96
    assert export_checkpoint(tmp_path / "net.pth", alone, feature="projected").feature_size == 32
    crops = [np.random.default_rng(6).integers(0, 256, (80, 30, 3), np.uint8)]
    projected = EmbedderConfig(device="cpu", feature="projected")
    kinds: list[OnnxEmbedder | TorchEmbedder] = [
        OnnxEmbedder(alone, CPU),
        OnnxEmbedder(both, projected),
        OnnxEmbedder(alone, projected),
        TorchEmbedder(tmp_path / "net.pth", projected),
    ]
    assert [embedder.size for embedder in kinds] == [32] * 4
    first, *others = (embedder.embed(crops)[0] for embedder in kinds)
    assert all(np.allclose(first, other, atol=1e-4) for other in others)
    whole = OnnxEmbedder(both, CPU).embed(crops)[0]
    assert np.allclose(whole[64:] / np.linalg.norm(whole[64:]), first, atol=1e-4)


def test_a_feature_that_a_file_does_not_name_is_refused(tmp_path: Path) -> None:
    torch.save(OSNet("osnet_x0_25").state_dict(), tmp_path / "osnet.pth")
    projected = EmbedderConfig(device="cpu", feature="projected")
    with pytest.raises(UsageError, match="is not a CLIP, whose feature projected"):
        TorchEmbedder(tmp_path / "osnet.pth", projected)
    with pytest.raises(UsageError, match="feature 'last' is not one of both, projected"):
        load_embedding_network(tmp_path / "osnet.pth", feature="last")
    plain, bad = tmp_path / "plain.onnx", tmp_path / "bad.onnx"
    export_checkpoint(tmp_path / "osnet.pth", plain)
    with pytest.raises(UsageError, match="does not say which of its numbers are projected"):
        OnnxEmbedder(plain, projected)
    for text in ("projected", "projected 99", "last -88, projected 600", "a b c"):
        model = onnx.load(plain)
        onnx.helper.set_model_props(model, {"features": text})
        onnx.save_model(model, bad)
        with pytest.raises(ModelError, match=r"bad\.onnx says features .* of 512 numbers"):
            OnnxEmbedder(bad, projected)


def test_own_file_says_where_it_comes_from_and_what_images_it_wants(tmp_path: Path) -> None:
    texts = {"source": "trained here", "licence": "CC0", "mean": "0,0,0", "std": "1,1,1"}
    network = OSNet("osnet_x0_25")
    save_checkpoint(network, tmp_path / "net.safetensors", texts)
    loaded = load_embedding_network(tmp_path / "net.safetensors")
    assert (loaded.name, loaded.source, loaded.licence) == (
        "osnet_x0_25",
        "trained here",
        "CC0",
    )
    assert (loaded.format.mean, loaded.format.std) == ((0, 0, 0), (1, 1, 1))
    assert loaded.report.complete


def test_what_the_network_has_no_place_for_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parameters = authors_names(trained_clip_reid())
    parameters["module.image_encoder.surprise"] = torch.zeros(1)
    torch.save(parameters, tmp_path / "net.pth")
    export_checkpoint(tmp_path / "net.pth", tmp_path / "net.onnx")
    assert "stride 16) for visual.surprise" in caplog.text


def test_checkpoints_that_no_embedder_can_be_made_of_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    torch.save({"weight": torch.zeros(3)}, file)
    with pytest.raises(ModelError, match="neither an OSNet of torchreid nor a CLIP"):
        load_embedding_network(file)
    torch.save(OSNet().state_dict(), file)
    with pytest.raises(UsageError, match="leave the stride out"):
        load_embedding_network(file, stride=12)
    parameters = authors_names(trained_clip_reid())
    del parameters["module.image_encoder.ln_pre.bias"]
    torch.save(parameters, file)
    with pytest.raises(ModelError, match=r"lacks 1 parameters of CLIP.*visual\.ln_pre\.bias"):
        load_embedding_network(file)


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
