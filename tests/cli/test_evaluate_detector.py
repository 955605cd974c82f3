"""``touchline detector evaluate`` with a real ONNX file, from images to the table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from labelled_folders import write_image
from onnx import TensorProto, helper, numpy_helper


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", "detector", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers one player, one keeper and one ball at the same places for every image."""
    answer = np.zeros((1, 300, 6), np.float32)
    answer[0, :3] = [[8, 8, 24, 48, 0.9, 2], [40, 8, 56, 40, 0.8, 1], [30, 50, 36, 56, 0.7, 0]]
    constants = [
        numpy_helper.from_array(np.zeros((1, 1, 1), np.float32), "zero"),
        numpy_helper.from_array(answer, "answer"),
        numpy_helper.from_array(np.array([1, 1, 1]), "shape"),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["mean_3"]),
        helper.make_node("Mul", ["mean_3", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["output0"]),
    ]
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 64, 64))
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 300, 6))
    graph = helper.make_graph(nodes, "detector", [image], [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    names = "{0: 'ball', 1: 'goalkeeper', 2: 'player'}"
    metadata = {"task": "detect", "stride": "32", "names": names, "imgsz": "[64, 64]"}
    helper.set_model_props(model, metadata)
    file = tmp_path_factory.mktemp("network") / "three.onnx"
    onnx.save(model, file)
    return file


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two matches: in the first everything is as the network says, in the second nobody is."""
    folder = tmp_path_factory.mktemp("images")
    boxes = {0: (30, 50, 36, 56), 1: (8, 8, 24, 48), 2: (40, 8, 56, 40)}
    lines = [
        f"{kind} {(x1 + x2) / 128} {(y1 + y2) / 128} {(x2 - x1) / 64} {(y2 - y1) / 64}\n"
        for kind, (x1, y1, x2, y2) in boxes.items()
    ]
    (folder / "labels").mkdir()
    for name, text in (("aa_1", "".join(lines)), ("bb_1", "")):
        write_image(folder / "images" / f"{name}.jpg", width=64, height=64)
        (folder / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "data.yaml").write_text("names: [ball, player, goalkeeper]", encoding="utf-8")
    return folder


def test_the_table_has_a_row_for_each_role_and_the_file_every_number(
    images: Path, network: Path, tmp_path: Path
) -> None:
    file = tmp_path / "scores.json"
    done = evaluate("--data", images, "--detector", network, "--matches", "aa", "--json", file)
    assert done.returncode == 0, done.stderr
    for row in ("person", "player", "goalkeeper", "ball", "30-60 px", "1 images"):
        assert row in done.stdout
    report = json.loads(file.read_text())
    assert report["matches"] == ["aa"]
    assert report["groups"]["person"]["ap50"] == pytest.approx(1.0)
    assert report["groups"]["person"]["chosen"] == {
        "score": pytest.approx(0.8),
        "precision": 1.0,
        "recall": 1.0,
    }
    assert report["groups"]["ball"]["ap50"] == pytest.approx(1.0)


def test_json_alone_can_be_piped(images: Path, network: Path) -> None:
    settings = ("-s", "min_score=0.75", "-s", "min_ball_score=0.75")
    done = evaluate("--data", images, "--detector", network, "--json", "-", *settings)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["images"] == 2
    assert report["groups"]["ball"]["recall"] == 0.0  # the network's ball scores 0.7
    assert report["groups"]["person"]["chosen"] is None  # half of it is in the empty image


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none"], "none does not exist"),
        (["--matches", "cc"], "no image belongs to match 'cc'"),
        (["--match-pattern", "("], "is not a regular expression"),
        (["-s", "min_skore=1"], "did you mean 'min_score'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    images: Path, network: Path, arguments: list[str], message: str
) -> None:
    given = [*arguments] if "--data" in arguments else ["--data", images, *arguments]
    done = evaluate(*given, "--detector", network)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
