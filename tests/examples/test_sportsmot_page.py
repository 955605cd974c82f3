"""The commands of docs/sportsmot.md run as they stand, on miniature data and random weights.

The encoder has the shapes of CLIP-ReID's for MSMT17 (ViT-B/16); that is what takes the time.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from detector_networks import ULTRALYTICS, grid, save_network
from drawn_sportsmot import walkers, write_sportsmot
from training.reid.clip_files import authors_names
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.training.reid.clip import TextShape
from touchline.training.reid.clip_image import ImageShape
from touchline.training.reid.clip_reid import ClipReid

ROOT = Path(__file__).resolve().parents[2]
CELLS = 80 * 80 + 40 * 40 + 20 * 20  # of a 640 x 640 canvas
SMALL = {
    "reid train": "-s workers=0 -s prompts.epochs=1 -s prompts.batch_size=4 -s images.epochs=1 "
    "-s images.identities_per_batch=2 -s images.crops_per_identity=2 ",
    "reid evaluate": "--no-robustness",
    "track": "--end 0.2 --no-video",
}


def commands() -> list[str]:
    page = (ROOT / "docs" / "sportsmot.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```", page, re.S)
    assert block is not None
    joined = block[1].replace("\\\n", " ").splitlines()
    return [line for line in joined if line.strip() and not line.startswith("#")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader of the page has: data, a checkpoint, a detector, the repository's examples."""
    folder = tmp_path_factory.mktemp("sportsmot")
    clips = {"v_a_c001": walkers(2, 12), "v_a_c002": walkers(1, 12), "v_b_c001": walkers(2, 80)}
    write_sportsmot(folder / "SportsMOT", clips)
    torch.manual_seed(0)
    network = ClipReid(1041, ImageShape(), TextShape(vocabulary=0)).half()
    torch.save(authors_names(network), folder / "MSMT17_clipreid_ViT-B-16_60.pth")
    # The two people of the first clip, on the canvas: twice the pixels, 140 rows of padding above.
    rows = {10: [40, 190, 32, 80, 0.0, 0.0, 0.9], 20: [54, 274, 32, 80, 0.0, 0.0, 0.9]}
    names = {**ULTRALYTICS, "imgsz": "[640, 640]"}
    answers = {"output0": grid(7, rows, CELLS).T}
    save_network(folder / "yolo11-players.onnx", answers, names, shape=(1, 3, 640, 640))
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def test_every_command_of_the_page_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    clip = "SportsMOT/dataset/train/v_a_c001"
    answers: dict[str, str] = {}
    for command in commands():
        if command.startswith("yolo "):  # Ultralytics' own environment
            continue
        words = shlex.split(command.replace("CLIP", clip), comments=True)
        small = next((more for name, more in SMALL.items() if f"touchline {name}" in command), "")
        result = CliRunner().invoke(app, words[1:] + shlex.split(small), catch_exceptions=False)
        assert result.exit_code == 0, f"{command}\n{result.output}"
        answers[command] = result.output
    told = answers[next(name for name in answers if "reid train" in name)]
    page = (ROOT / "docs" / "sportsmot.md").read_text(encoding="utf-8")
    for line in re.findall(r"^checkpoint: .*$", told, re.M):
        assert line in page, "the page shows another load report"
    session = onnxruntime.InferenceSession(place / "original.onnx")
    assert session.get_outputs()[0].shape[1] == 512
    report = json.loads((place / "runs" / "as-original" / "run.json").read_text())
    assert report["settings"]["tracker"]["preset"] == "botsort"
    rows = np.loadtxt(place / "runs" / "as-original" / "tracks.txt", delimiter=",")
    assert len(np.unique(rows[:, 1])) == 2
