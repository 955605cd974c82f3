"""What parts of the training are worth: OSNet x0.25 on football crops, whole matches left out.

    python benchmarks/reid_training.py --out FOLDER [--table parts|original|mixtures] [--seeds 3]
        [--epochs 10] [--size 128x64] [--checkpoint FILE] [--only WORD] [--show]

Table ``parts`` leaves out or adds one part of ours at a time. Table ``original`` puts one
difference of the project that Touchline comes from, as ``examples/original-training.yaml`` has it,
in the place of ours at a time, and all of them together. Table ``mixtures`` adds the people of one
other source at a time to those that are trained on: SoccerNet's SNMOT-060, Market-1501, players of
the pack's rendered matches; at most 1,500 crops, of whole people.

The crops are ``reid/sportsmot_football`` of the data pack (TOUCHLINE_DATA), but for the match that
is kept for tests. Each seed leaves out two other matches whole; training sees the rest and nothing
tells it when to stop: the network after the last epoch counts. It begins from the MSMT17 weights of
the pack, at 128x64 (most crops are 64 to 96 pixels high), on the CPU. Finished runs are kept in
FOLDER and unfinished ones go on where they were stopped, so the same command does the rest; --show
prints the table of what is there. After three epochs the new classes are not learned yet and the
network is worse than before: such trainings tell nothing.

Scores are mAP and rank 1 among the crops of the left-out matches; crops of other clips of the
query's match do not compete, for they may show the same person under another id. A row's means are
followed by how far it is from "as it is" with the same seed, that is on the same matches: mean,
lowest and highest.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from touchline.api.video import load_embedder
from touchline.config import settings_tree
from touchline.evaluation.reid import evaluate_reid
from touchline.formats.atomic_text import atomic_text
from touchline.reid.augmentation_config import AugmentationConfig
from touchline.reid.folders import read_reid_data
from touchline.reid.manifest import Manifest, write_manifest
from touchline.reid.prepare import PrepareRequest, prepare_reid
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.queries import choose_queries
from touchline.reid.sources import SourceRequest
from touchline.training.checkpoints import read_checkpoint
from touchline.training.listener import Listener
from touchline.training.reid.export import export_checkpoint
from touchline.training.reid.request import TrainRequest
from touchline.training.reid.trainer import train

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
HELD_OUT = (
    ("v_HdiyOtliFiw", "v_i2_L4qquVg0"),
    ("v_1yHWGw8DH4A", "v_dw7LOz17Omg"),
    ("v_G-vNjfx1GGc", "v_ITo3sCnpw_k"),
)
"""Matches that the seeds leave out, in turn."""

KEPT_FOR_TESTS = "v_gQNyhv8y0QY"
ORIGINAL = Path(__file__).resolve().parents[1] / "examples" / "original-training.yaml"
AS_IT_IS = "as it is"
PLAIN = ["rules.sampler=false", "rules.losses=false"]
GROUPS = {
    "geometry": ("flip", "crop"),
    "colour": ("colour", "gamma"),
    "quality": ("blur", "quality"),
    "erasing": ("erase",),
}
AGAINST_SHIRTS = ("grey", "hue", "shuffle")


MIXED = {
    "with SoccerNet": ("soccernet",),
    "with Market-1501": ("market",),
    "with rendered players": ("rendered",),
}
"""Sources that a row of table ``mixtures`` trains on beside SportsMOT."""

MOST_ADDED = 1500
"""Crops of a source: about as many as SportsMOT's."""

VIDEOS = {
    "soccernet": (("mot/SNMOT-060/video_1280x720.mp4", "mot/SNMOT-060/gt/gt.txt"),),
    "rendered": tuple(
        (f"rendered/{name}.mp4", f"rendered/{name}.gt.txt")
        for name in ("demo", "match2_a", "match2_b", "match3_a")
    ),
}


def trainings(table: str) -> dict[str, list[str]]:
    """Settings of each row of a table."""
    mixtures: dict[str, list[str]] = {AS_IT_IS: [], **{name: [] for name in MIXED}}
    return {"parts": part_rows, "original": original_rows}.get(table, lambda: mixtures)()


def part_rows() -> dict[str, list[str]]:
    """One part of ours left out or added at a time."""

    def groups(without: str = "", plus: tuple[str, ...] = ()) -> str:
        names = [one for name, group in GROUPS.items() if name != without for one in group]
        return f"augmentation.groups=[{','.join([*names, *plus])}]"

    rows: dict[str, list[str]] = {
        AS_IT_IS: [],
        "plain sampler, no masks": PLAIN,
        "match-aware sampler, no masks": ["rules.losses=false"],
        "no augmentation": ["augmentation.groups=[]"],
        "with grey, hue and shuffle": [groups(plus=AGAINST_SHIRTS)],
    }
    for name in GROUPS:
        rows[f"without {name}"] = [groups(without=name)]
    return rows


def original_rows() -> dict[str, list[str]]:
    """One difference of the original at a time, the three that gained, then all of them."""
    settings = {name: json.dumps(value) for name, value in flat(settings_tree(ORIGINAL))}

    def of(*parts: str) -> list[str]:
        return [f"{name}={value}" for name, value in settings.items() if name.startswith(parts)]

    ours = AugmentationConfig().groups
    with_hue, without_quality = [*ours, "hue"], [name for name in ours if name != "quality"]
    return {
        AS_IT_IS: [],
        "colour jitter on every crop": [
            f"augmentation.groups={json.dumps(with_hue)}",
            *of("augmentation.colour", "augmentation.hue"),
        ],
        "gamma 0.8 to 1.2 on every crop": of("augmentation.gamma"),
        "blur by a kernel, one in ten": of("augmentation.blur"),
        "no quality": [f"augmentation.groups={json.dumps(without_quality)}"],
        "no gradient clipping": of("images.max_gradient_norm"),
        "bicubic": of("resize"),
        "no masks": of("rules"),
        "epochs of full batches": of("images.epoch_end"),
        "bicubic, gamma, no quality": [
            f"augmentation.groups={json.dumps(without_quality)}",
            *of("augmentation.gamma", "resize"),
        ],
        "all of the original": of("resize", "images", "rules", "augmentation"),
    }


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for data and runs")
    parser.add_argument(
        "--checkpoint", type=Path, default=DATA / "weights" / "osnet_x0_25_msmt17.pth"
    )
    parser.add_argument("--table", choices=("parts", "original", "mixtures"), default="parts")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--size", default="128x64", help="height and width of the images")
    parser.add_argument(
        "--seed", type=int, help="only this seed, so that processes can share the work"
    )
    parser.add_argument("--threads", type=int, help="of torch, for processes side by side")
    parser.add_argument("--only", default="", help="only the rows whose name contains this")
    parser.add_argument("--show", action="store_true", help="train nothing, print what is there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.show:
        if options.threads:
            torch.set_num_threads(options.threads)
        # Seed by seed, so that a first table is there early.
        for seed in [options.seed] if options.seed is not None else range(options.seeds):
            prepare(options.out, options.checkpoint, options.size, seed)
            for name, settings in trainings(options.table).items():
                if options.only in name:
                    run(options.out, name, [*settings, *length(options.epochs)], seed)
            show(options.out, options.table)
    else:
        show(options.out, options.table)


def length(epochs: int) -> list[str]:
    """Settings of a training of so many epochs; short ones warm up for a third of them."""
    return [f"images.epochs={epochs}", f"images.warmup_epochs={min(5, epochs // 3)}"]


def prepare(out: Path, checkpoint: Path, size: str, seed: int) -> None:
    """The manifest with its test crops, the checkpoint at the size, and what is not trained."""
    manifest = manifest_of(out, seed)
    if not manifest.exists():
        crops = read_reid_data(DATA / "reid" / "sportsmot_football")
        crops = crops[crops.matches != KEPT_FOR_TESTS]
        test = np.isin(crops.matches, HELD_OUT[seed % len(HELD_OUT)])
        query, gallery = choose_queries(crops[test], seed=0)
        splits = np.full(len(crops), "train", "<U7")
        splits[test] = "gallery"
        splits[np.isin(crops.paths, query.paths)] = "query"
        cameras = crops.cameras.copy()
        cameras[splits == "query"] = query.cameras[0]
        assert (splits == "gallery").sum() == len(gallery)
        write_manifest(replace(crops, splits=splits, cameras=cameras), manifest)
    start = out / "start.safetensors"
    if not start.exists():
        loaded = read_checkpoint(checkpoint)
        save_file(loaded.tensors, start, metadata={**loaded.metadata, "input_size": size})
    judge(out / f"colour_{seed}.json", "colour", manifest)
    if not (out / "before.onnx").exists():
        export_checkpoint(start, out / "before.onnx")
    judge(out / f"before_{seed}.json", str(out / "before.onnx"), manifest)


def manifest_of(out: Path, seed: int) -> Path:
    return out / f"manifest_{seed % len(HELD_OUT)}.csv"


def mixture(out: Path, name: str, seed: int) -> Path:
    """The manifest of a seed with all crops of other sources to train on."""
    file = out / f"manifest_{seed % len(HELD_OUT)}_{stem(name)}.csv"
    if not file.exists():
        parts = [read_reid_data(manifest_of(out, seed)), *(other(out, one) for one in MIXED[name])]
        write_manifest(joined(parts), file)
    return file


def other(out: Path, source: str) -> Manifest:
    """All crops of a source, to train on."""
    if source == "market":
        crops = read_reid_data(DATA / "reid" / "market1501_subset")
    else:
        place = out / source
        if not (place / "manifest.csv").exists():
            pairs = [(DATA / video, DATA / truth) for video, truth in VIDEOS[source]]
            request = PrepareRequest(
                SourceRequest(videos=pairs, same_ids=True, match_pattern=r"^(match\d|.*)"),
                place,
                PrepareConfig(holdout=0),
            )
            prepare_reid(request, lambda _stage, _done, _total: None, lambda: False)
        crops = read_reid_data(place)
    people, counts = np.unique(crops.identities, return_counts=True)
    crops = crops[np.isin(crops.identities, people[np.cumsum(counts) <= MOST_ADDED])]
    return replace(crops, splits=np.full(len(crops), "train"))


def joined(parts: Sequence[Manifest]) -> Manifest:
    """All crops, with identities of their own for the people of each part."""
    first, columns = 0, []
    for number, part in enumerate(parts):
        names = [one or f"part {number}" for one in part.matches.tolist()] if number else None
        columns.append(
            replace(
                part,
                paths=np.array([str(part.root / path) for path in part.paths]),
                identities=part.identities + first,
                matches=part.matches if names is None else np.array(names),
            )
        )
        first += int(part.identities.max()) + 1
    tables = {
        field.name: np.concatenate([getattr(part, field.name) for part in columns])
        for field in fields(Manifest)[1:]
    }
    return Manifest(parts[0].root, tables.pop("paths"), tables.pop("identities"), **tables)


def run(out: Path, name: str, settings: list[str], seed: int) -> None:
    """Train one network and judge it, unless that was done; a training begun is gone on with."""
    folder = out / f"{stem(name)}_{seed}"
    if (folder / "scores.json").exists():
        return
    tree = settings_tree(None, [*settings, f"seed={seed}", "validation.every=0", "workers=0"])
    data = mixture(out, name, seed) if name in MIXED else manifest_of(out, seed)
    request = TrainRequest(data, out / "start.safetensors", folder, tree, "cpu")
    print(f"{folder.name} ...", flush=True)
    train(request, Listener(on_event=lambda text: print("  " + text, flush=True)))
    export_checkpoint(folder / "last.safetensors", folder / "network.onnx")
    judge(folder / "scores.json", str(folder / "network.onnx"), manifest_of(out, seed))


def stem(name: str) -> str:
    return name.replace(" ", "_").replace(",", "")


def judge(file: Path, reid: str, manifest: Path) -> None:
    """Every score of an embedder on the left-out matches, as JSON."""
    if not file.exists():
        scores = evaluate_reid(read_reid_data(manifest), load_embedder(reid)).as_json()
        with atomic_text(file) as text:
            json.dump(scores, text, indent=1)


def show(out: Path, table: str) -> None:
    heads = f"{'mAP':>6} {'beside as it is':>23} {'rank 1':>7} {'beside as it is':>23}"
    print(f"{'':32}{'seeds':>6}{heads}{'all clips':>10}{'grey':>6}{'hue':>6}")
    base = {seed: read(out / f"{stem(AS_IT_IS)}_{seed}" / "scores.json") for seed in range(10)}
    for name in ("colour", "before"):
        print_row(name, {seed: read(out / f"{name}_{seed}.json") for seed in range(10)}, base)
    for name in trainings(table):
        rows = {seed: read(out / f"{stem(name)}_{seed}" / "scores.json") for seed in range(10)}
        print_row(name, rows, base)


def read(file: Path) -> dict[str, Any]:
    """Scores that were written, {} for those that are not there yet."""
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def print_row(
    name: str, rows: Mapping[int, dict[str, Any]], base: Mapping[int, dict[str, Any]]
) -> None:
    """One row: means of the seeds there are, and differences from ``base``, seed by seed."""
    rows = {seed: scores for seed, scores in rows.items() if scores}
    if not rows:
        return
    text = f"{name:32}{len(rows):6}"
    for key in ("mAP", "rank1"):
        values = {seed: 100 * one["one_clip_a_match"][key] for seed, one in rows.items()}
        gains = [
            value - 100 * base[seed]["one_clip_a_match"][key]
            for seed, value in values.items()
            if base[seed]
        ]
        text += f"{np.mean(list(values.values())):{7 if key == 'mAP' else 8}.1f} "
        if gains:
            text += f"{np.mean(gains):+6.1f} ({min(gains):+5.1f} to {max(gains):+5.1f})"
    text += f"{np.mean([100 * one['mAP'] for one in rows.values()]):10.1f}"
    for change in ("grey", "hue"):
        values_of = [100 * one["robustness"][change]["mAP"] for one in rows.values()]
        text += f"{np.mean(values_of):6.1f}"
    print(text, flush=True)


if __name__ == "__main__":
    main()
