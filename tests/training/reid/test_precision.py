"""Exports in half precision and in 8 bits still find the same people, or are refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn
from training.reid.clip_files import authors_names, trained_clip_reid
from training.reid.train_scenes import draw_people
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.errors import ModelError, UsageError
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import CropFormat
from touchline.perception.embedder import OnnxEmbedder
from touchline.reid.folders import read_reid_data
from touchline.reid.manifest import Manifest
from touchline.training.reid import agreement
from touchline.training.reid.agreement import Agreement, Limits, compared_people
from touchline.training.reid.clip_image import EvaluatedFeature
from touchline.training.reid.export import ExportReport, export_onnx

Networks = dict[str, tuple[nn.Module, CropFormat]]

CPU = EmbedderConfig(device="cpu", threads=1)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return read_reid_data(draw_people(tmp_path_factory.mktemp("people") / "crops"))


@pytest.fixture(scope="module")
def networks() -> Networks:
    """One of convolutions, and a transformer; both random."""
    torch.manual_seed(0)
    widths = (3, 32, 64, 128)
    layers = [
        layer
        for before, after in pairwise(widths)
        for layer in (nn.Conv2d(before, after, 3, stride=2), nn.ReLU())
    ]
    convolutions = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 64))
    return {
        "convolutions": (convolutions.eval(), CropFormat(64, 32)),
        "transformer": (EvaluatedFeature(trained_clip_reid().visual).eval(), CropFormat()),
    }


def export(network: tuple[nn.Module, CropFormat], out: Path, **more: Any) -> ExportReport:
    module, crops = network
    return export_onnx(module, out, crop_format=crops, source="a test", licence="none", **more)


def kinds(file: Path) -> set[str]:
    return {node.op_type for node in onnx.load(file).graph.node}


@pytest.mark.parametrize("kind", ["convolutions", "transformer"])
@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_smaller_numbers_inside_leave_the_vectors_nearly_what_they_were(
    networks: Networks, people: Manifest, tmp_path: Path, kind: str, precision: str
) -> None:
    plain, small = tmp_path / "plain.onnx", tmp_path / "small.onnx"
    export(networks[kind], plain)
    report = export(networks[kind], small, precision=precision, data=people)
    assert small.stat().st_size < 0.8 * plain.stat().st_size
    found = report.agreement
    assert found.median_cosine > 0.97
    assert found.queries == len(people.in_split("query"))
    assert found.crops == len(people.in_split("query")) + len(people.in_split("gallery"))

    embedder, before = OnnxEmbedder(small, CPU), OnnxEmbedder(plain, CPU)
    crops = list(np.random.default_rng(3).integers(0, 256, (3, 90, 40, 3), np.uint8))
    assert (embedder.format, embedder.size) == (before.format, before.size)
    assert embedder.embed(crops).shape == (3, before.size)
    model = onnx.load(small)
    for value in (*model.graph.input, *model.graph.output):
        assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    texts = {entry.key: entry.value for entry in model.metadata_props}
    assert (texts["precision"], texts["source"] != "") == (precision, True)


def test_a_network_of_convolutions_computes_in_fixed_ranges_and_a_transformer_does_not(
    networks: Networks, people: Manifest, tmp_path: Path
) -> None:
    operators = {"convolutions": "QuantizeLinear", "transformer": "DynamicQuantizeLinear"}
    for kind, wanted in operators.items():
        out = tmp_path / f"{kind}.onnx"
        export(networks[kind], out, precision="int8", data=people)
        assert {"QuantizeLinear", "DynamicQuantizeLinear"} & kinds(out) == {wanted}


def test_export_that_agrees_less_than_is_asked_for_is_refused_and_leaves_no_file(
    networks: Networks, people: Manifest, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"half of \d+ crops, 1\.0 is needed"):
        export(
            networks["transformer"],
            tmp_path / "net.onnx",
            precision="int8",
            data=people,
            min_cosine=1.0,
        )
    assert list(tmp_path.iterdir()) == []


def test_lost_retrieval_is_refused_however_well_vectors_agree() -> None:
    limits = Limits(0.5, 0.9, max_loss=0.02)
    before = {"mAP": 0.5, "rank1": 0.6}
    Agreement(9, 0.99, 0.999, 3, before, {"mAP": 0.485, "rank1": 0.5}).check(limits)
    with pytest.raises(ModelError, match=r"mAP falls from 50\.00% to 47\.00%"):
        Agreement(9, 0.99, 0.999, 3, before, {"mAP": 0.47, "rank1": 0.6}).check(limits)
    with pytest.raises(ModelError, match="the worst of 9 crops"):
        Agreement(9, 0.4, 0.999).check(limits)
    with pytest.raises(ModelError, match="agrees with torch"):
        Agreement(9, float("nan"), float("nan")).check(limits)


def test_of_large_data_whole_people_are_compared(
    people: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "COMPARED_CROPS", 10)
    query, gallery = compared_people(people)
    chosen = np.unique(query.identities)
    assert set(gallery.identities.tolist()) == set(chosen.tolist())
    assert 1 < len(chosen) < len(np.unique(people.in_split("query").identities))
    everyone = people.in_split("query").identities
    assert len(query) == np.isin(everyone, chosen).sum()


def test_precision_that_cannot_be_is_said_before_anything_is_written(
    networks: Networks, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="'fp8' is not one of fp32, fp16, int8"):
        export(networks["transformer"], tmp_path / "net.onnx", precision="fp8")
    with pytest.raises(UsageError, match=r"int8 .*--data"):
        export(networks["transformer"], tmp_path / "net.onnx", precision="int8")
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_cosines_and_the_scores_of_both(
    people: Manifest, tmp_path: Path
) -> None:
    torch.save(authors_names(trained_clip_reid()), tmp_path / "net.pth")
    words = ["reid", "export", str(tmp_path / "net.pth"), str(tmp_path / "net.onnx")]
    result = CliRunner().invoke(
        app, [*words, "--precision", "fp16", "--data", str(people.root)], catch_exceptions=False
    )
    first, torch_line, onnx_line = result.stdout.splitlines()
    assert "fp16" in first
    assert ", median " in first
    assert torch_line.strip().startswith("torch: mAP")
    assert onnx_line.strip().startswith("onnx:  mAP")
