"""A checkpoint is followed by as its ONNX file is, without making one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from clips import Clip
from numpy.typing import NDArray
from torch import nn

import touchline
from touchline.errors import ModelError, SettingsError, UsageError
from touchline.observations import ObservationStore
from touchline.perception.config import EmbedderConfig
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.training.reid.export import export_checkpoint
from touchline.training.reid.osnet import OSNet

CPU = EmbedderConfig(device="cpu", batch_size=3)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint of a random OSNet, and its ONNX file."""
    folder = tmp_path_factory.mktemp("net")
    torch.manual_seed(0)
    network = OSNet("osnet_x0_25").train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():  # the norms get to know images, or all vectors would be nearly one
        network(torch.randn(8, 3, 1, 1) + torch.randn(8, 3, 64, 32))
    torch.save(network.state_dict(), folder / "net.pth")
    export_checkpoint(folder / "net.pth", folder / "net.onnx")
    return folder / "net.pth", folder / "net.onnx"


def run(clip: Clip, out: Path, reid: Path) -> None:
    models = {"detections": str(clip.detections), "reid": str(reid)}
    request = RunRequest(str(clip.video), out, {"models": models}, end=0.6, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)


def embeddings(out: Path) -> NDArray[np.float32]:
    with ObservationStore.open(out / "observations.sqlite") as store:
        rows = [seen.detections.embeddings for seen in store]
    return np.concatenate([row for row in rows if row is not None])


def test_a_run_sees_through_a_checkpoint_what_it_sees_through_its_onnx_file(
    files: tuple[Path, Path], clip: Clip, tmp_path: Path
) -> None:
    for name, file in zip(("torch", "onnx"), files, strict=True):
        run(clip, tmp_path / name, file)
    first, second = embeddings(tmp_path / "torch"), embeddings(tmp_path / "onnx")
    assert first.shape == second.shape
    shown = np.linalg.norm(second, axis=1) > 0
    assert shown.any()
    assert (first * second).sum(axis=1)[shown].min() > 0.9999
    tracks = [(tmp_path / name / "tracks.txt").read_text() for name in ("torch", "onnx")]
    assert tracks[0] == tracks[1] != ""

    report = json.loads((tmp_path / "torch" / "run.json").read_text())
    digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert report["models"]["embedder"] == {"name": "net.pth", "sha256": digest, "size": 512}
    run(clip, tmp_path / "torch", files[0])  # goes on: nothing is left to do
    with pytest.raises(UsageError, match="holds another run"):
        run(clip, tmp_path / "torch", files[1])


def test_vectors_are_of_unit_length_and_zero_for_an_empty_crop(files: tuple[Path, Path]) -> None:
    embedder = touchline.load_embedder(files[0], CPU)
    colours = np.array([(0, 0, 255), (255, 0, 0), (0, 90, 0), (255, 255, 255)], np.uint8)
    crops = [np.broadcast_to(colour, (80, 30, 3)).copy() for colour in colours]
    crops.insert(2, crops[0][:0, :0])
    vectors = embedder.embed(crops)
    assert vectors.shape == (5, 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 1, 1], atol=1e-5)
    assert embedder.embed([]).shape == (0, 512)
    wanted = touchline.load_embedder(files[1], CPU).embed(crops)
    np.testing.assert_allclose(vectors, wanted, atol=1e-4)
    assert (vectors[0] * vectors[1]).sum() < 0.99  # or the line above would show little


def test_without_torch_one_line_names_the_extra_and_the_export(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_torch(name: str) -> ModuleSpec | None:
        return None if name == "torch" else find_spec(name)

    monkeypatch.setattr("touchline.run.embedders.find_spec", without_torch)
    with pytest.raises(UsageError, match=r"touchline\[train\].*touchline reid export") as caught:
        touchline.load_embedder(files[0])
    assert "\n" not in str(caught.value)
    assert touchline.load_embedder(files[1], CPU).size == 512


def test_files_and_devices_that_cannot_be_are_named(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"missing\.pth does not exist"):
        touchline.load_embedder(tmp_path / "missing.pth")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(ModelError, match="neither an OSNet"):
        touchline.load_embedder(tmp_path / "other.pth")
    with pytest.raises(SettingsError, match="'coreml' runs ONNX files only"):
        touchline.load_embedder(files[0], EmbedderConfig(device="coreml"))
    if not torch.cuda.is_available():
        with pytest.raises(SettingsError, match="'cuda' is not in this torch"):
            touchline.load_embedder(files[0], EmbedderConfig(device="cuda"))


def test_a_run_without_a_checkpoint_loads_no_torch(clip: Clip) -> None:
    code = (
        "import sys, touchline\n"
        f"next(touchline.track({str(clip.video)!r}, detections={str(clip.detections)!r}))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
