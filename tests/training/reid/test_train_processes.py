"""Two processes train one network, as torchrun starts them for two GPUs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from training.reid.train_scenes import draw_people, save_clip

SETTINGS = [
    "workers=0",
    "prompts.epochs=2",
    "prompts.batch_size=16",
    "images.epochs=1",
    "images.identities_per_batch=4",
    "images.crops_per_identity=3",
    "augmentation.groups=[flip]",
]


def torchrun(processes: int, data: Path, checkpoint: Path, out: Path) -> str:
    """Standard output of a training by the command."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", "touchline", "reid", "train"]
    command += ["--data", str(data), "--checkpoint", str(checkpoint), "--out", str(out)]
    command += ["--device", "cpu", *(word for text in SETTINGS for word in ("--set", text))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_train_one_network_and_one_of_them_reports(tmp_path: Path) -> None:
    data = draw_people(tmp_path / "crops", crops=3)
    checkpoint = save_clip(tmp_path / "clip.safetensors")
    out = tmp_path / "out"
    printed = torchrun(2, data, checkpoint, out)
    assert printed.count("best.safetensors, last.safetensors") == 1
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert lines[0]["processes"] == 2
    assert [line["event"] for line in lines].count("start") == 1
    # 48 crops: of each process two batches, one of 16 and one of 8.
    assert [line["batches"] for line in lines if line.get("stage") == "prompts"] == [2, 2]
    before, after = load_file(checkpoint), load_file(out / "last.safetensors")
    assert not torch.equal(before["visual.proj"], after["visual.proj"])
