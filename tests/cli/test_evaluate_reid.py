"""``touchline reid evaluate`` on image files, with the built-in embedder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", "reid", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people in plain colours, four crops each, named as in Market-1501, two cameras."""
    folder = tmp_path_factory.mktemp("crops")
    random = np.random.default_rng(0)
    for person in range(1, 7):
        colour = random.integers(0, 256, 3)
        for number in range(4):
            crop = np.clip(colour + random.normal(0, 12, (64, 32, 3)), 0, 255).astype(np.uint8)
            name = f"{person:04d}_c{number % 2 + 1}s1_{number:06d}_00.jpg"
            cv2.imwrite(str(folder / name), crop)
    return folder


def test_the_table_has_a_row_for_each_look_and_the_file_every_number(
    crops: Path, tmp_path: Path
) -> None:
    file = tmp_path / "scores.json"
    done = evaluate("--data", crops, "--reid", "colour", "--rerank", "--json", file)
    assert done.returncode == 0, done.stderr
    for row in ("original", "re-ranked", "grey", "hue", "blur", "half", "height 64-96 px"):
        assert row in done.stdout
    report = json.loads(file.read_text())
    assert report["queries"] == 12
    assert report["mAP"] > 0.9
    assert set(report["robustness"]) == {"grey", "hue", "blur", "half"}
    assert report["interval"].keys() == {"mAP", "rank1", "rank5", "rank10", "mINP"}


def test_json_alone_can_be_piped(crops: Path) -> None:
    done = evaluate("--data", crops, "--reid", "colour", "--no-robustness", "--json", "-")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["robustness"] == {}
    assert report["reranked"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none", "--reid", "colour"], "none does not exist"),
        (["--data", "{crops}", "--reid", "none.onnx"], "none.onnx does not exist"),
        (["--data", "{crops}", "--reid", "colour", "--split", "val"], "no crop is in split 'val'"),
    ],
)
def test_a_wrong_request_is_one_line(crops: Path, arguments: list[str], message: str) -> None:
    done = evaluate(*(argument.format(crops=crops) for argument in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
