"""Ablation of the training: OSNet x0.25 on football crops, two matches held out.

    python benchmarks/reid_training.py --out FOLDER [--checkpoint FILE] [--seeds 3] [--epochs 10]
        [--only WORD] [--show]

The crops are ``reid/sportsmot_football`` of the data pack (TOUCHLINE_DATA). Two matches are held
out whole; training sees the other seven and nothing tells it when to stop: the network after the
last epoch counts. It begins from the MSMT17 weights of the pack, at 128x64 (most crops are 64 to
96 pixels high), on the CPU. Finished runs are kept in FOLDER, so the command goes on where it was
stopped; --show prints the table of what is there.

Scores are mAP and rank 1 among the crops of the held-out matches; crops of other clips of the
query's match do not compete, for they may show the same person under another id. After the mean
over the seeds the lowest and the highest; "before" and "colour" (which is not trained) have the
95 % interval instead.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from touchline.api.video import load_embedder
from touchline.config import settings_tree
from touchline.evaluation.reid import evaluate_reid
from touchline.reid.folders import read_reid_data
from touchline.reid.manifest import write_manifest
from touchline.reid.queries import choose_queries
from touchline.training.checkpoints import read_checkpoint
from touchline.training.listener import Listener
from touchline.training.reid.export import export_checkpoint
from touchline.training.reid.request import TrainRequest
from touchline.training.reid.trainer import train

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
HELD_OUT = ("v_HdiyOtliFiw", "v_i2_L4qquVg0")
SIZE = (128, 64)
PLAIN = ["rules.sampler=false", "rules.losses=false"]
GROUPS = {
    "geometry": ("flip", "crop"),
    "colour": ("colour", "gamma"),
    "quality": ("blur", "quality"),
    "erasing": ("erase",),
}
AGAINST_SHIRTS = ("grey", "hue", "shuffle")


def trainings() -> dict[str, list[str]]:
    """Settings of each row of the table."""

    def groups(without: str = "", plus: tuple[str, ...] = ()) -> str:
        names = [one for name, group in GROUPS.items() if name != without for one in group]
        return f"augmentation.groups=[{','.join([*names, *plus])}]"

    rows: dict[str, list[str]] = {
        "as it is": [],
        "plain sampler, no masks": PLAIN,
        "match-aware sampler, no masks": ["rules.losses=false"],
        "no augmentation": ["augmentation.groups=[]"],
        "with grey, hue and shuffle": [groups(plus=AGAINST_SHIRTS)],
    }
    for name in GROUPS:
        rows[f"without {name}"] = [groups(without=name)]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for data and runs")
    parser.add_argument(
        "--checkpoint", type=Path, default=DATA / "weights" / "osnet_x0_25_msmt17.pth"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument(
        "--seed", type=int, help="only this seed, so that processes can share the work"
    )
    parser.add_argument("--threads", type=int, help="of torch, for processes side by side")
    parser.add_argument("--only", default="", help="only the rows whose name contains this")
    parser.add_argument("--show", action="store_true", help="train nothing, print what is there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.show:
        prepare(options.out, options.checkpoint)
        if options.threads:
            torch.set_num_threads(options.threads)
        # Seed by seed, so that a first table is there early.
        for seed in [options.seed] if options.seed is not None else range(options.seeds):
            for name, settings in trainings().items():
                if options.only in name:
                    run(options.out, name, [*settings, f"images.epochs={options.epochs}"], seed)
    show(options.out)


def prepare(out: Path, checkpoint: Path) -> None:
    """The manifest with its test crops, the checkpoint at the size, and what is not trained."""
    if not (out / "manifest.csv").exists():
        crops = read_reid_data(DATA / "reid" / "sportsmot_football")
        test = np.isin(crops.matches, HELD_OUT)
        query, gallery = choose_queries(crops[test], seed=0)
        splits = np.full(len(crops), "train", "<U7")
        splits[test] = "gallery"
        splits[np.isin(crops.paths, query.paths)] = "query"
        cameras = crops.cameras.copy()
        cameras[splits == "query"] = query.cameras[0]
        assert (splits == "gallery").sum() == len(gallery)
        write_manifest(replace(crops, splits=splits, cameras=cameras), out / "manifest.csv")
    start = out / "start.safetensors"
    if not start.exists():
        loaded = read_checkpoint(checkpoint)
        size = f"{SIZE[0]}x{SIZE[1]}"
        save_file(loaded.tensors, start, metadata={**loaded.metadata, "input_size": size})
    judge(out / "colour.json", "colour", out)
    if not (out / "before.json").exists():
        export_checkpoint(start, out / "before.onnx")
        judge(out / "before.json", str(out / "before.onnx"), out)


def run(out: Path, name: str, settings: list[str], seed: int) -> None:
    """Train one network and judge it, unless that was done."""
    folder = out / f"{name.replace(' ', '_').replace(',', '')}_{seed}"
    if (folder / "scores.json").exists():
        return
    tree = settings_tree(None, [*settings, f"seed={seed}", "validation.every=0", "workers=0"])
    request = TrainRequest(out / "manifest.csv", out / "start.safetensors", folder, tree, "cpu")
    print(f"{folder.name} ...", flush=True)
    train(request, Listener(on_event=lambda text: print("  " + text, flush=True)))
    export_checkpoint(folder / "last.safetensors", folder / "network.onnx")
    judge(folder / "scores.json", str(folder / "network.onnx"), out)


def judge(file: Path, reid: str, out: Path) -> None:
    """Every score of an embedder on the held-out matches, as JSON."""
    if file.exists():
        return
    manifest = read_reid_data(out / "manifest.csv")
    file.write_text(json.dumps(evaluate_reid(manifest, load_embedder(reid)).as_json(), indent=1))


def show(out: Path) -> None:
    print(f"{'':32}{'mAP':>6}{'':14}{'rank 1':>7}{'':14}{'all clips':>9}{'grey':>6}{'hue':>6}")
    for name in ("colour", "before"):
        if (out / f"{name}.json").exists():
            print_row(name, [json.loads((out / f"{name}.json").read_text())])
    for name in trainings():
        stem = name.replace(" ", "_").replace(",", "")
        files = sorted(out.glob(f"{stem}_[0-9]/scores.json"))
        if files:
            print_row(name, [json.loads(file.read_text()) for file in files])


def print_row(name: str, scores: list[dict[str, Any]]) -> None:
    """One row: means and ranges of the seeds, or the interval of a single one."""
    text = f"{name:32}"
    for key in ("mAP", "rank1"):
        values = [100 * one["one_clip_a_match"][key] for one in scores]
        low, high = min(values), max(values)
        if len(values) == 1:
            low, high = (100 * end for end in scores[0]["one_clip_a_match"]["interval"][key])
        text += f"{np.mean(values):6.1f} ({low:4.1f}-{high:4.1f}) "
    plain = [100 * one["mAP"] for one in scores]
    text += f"{np.mean(plain):13.1f}"
    for change in ("grey", "hue"):
        text += f"{np.mean([100 * one['robustness'][change]['mAP'] for one in scores]):6.1f}"
    print(text)


if __name__ == "__main__":
    main()
