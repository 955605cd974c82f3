"""Trains the re-ID encoder that the package ships: data, start values, training, choice, export.

    python -m benchmarks.shipped_encoder --rendered CROPS --images FOLDER --yolox FILE --out DIR
        [--epochs 5] [--threads N] [--stop-after prepare]

CROPS holds folders of rendered crops named cSEED (``render.py --crops``): seeds from 150 on are
left for testing, multiples of 10 below that for choosing. FOLDER is a YOLO folder of broadcast
images, named MATCH_CLIP_PLACE.jpg (``det/dfl_players`` of the data pack): nobody's identity is
known there, see ``football_crops``. FILE is YOLOX-nano trained on COCO (Apache-2.0). Stopped, it
goes on where it was.

The start is made in closed form: what varies within people is measured, and counts less. Training
moves the features from there. Which of the two is kept, and their weight beside the colours,
is chosen on two matches of FOLDER that are held out and on rendered ones; what is reported
(``encoders.py``) chooses nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from benchmarks.football_crops import (
    cut_images,
    image_manifest,
    neighbour_manifest,
    rendered_manifest,
)
from touchline.config import settings_tree
from touchline.evaluation.reid_groups import Search, one_clip_a_match
from touchline.metrics.retrieval_scores import score_queries
from touchline.reid.crops import read_crops
from touchline.reid.folders import read_reid_data
from touchline.reid.manifest import Manifest, write_manifest
from touchline.reid.queries import query_and_gallery
from touchline.training.checkpoints import read_checkpoint, save_checkpoint
from touchline.training.detector.calibration import calibrate
from touchline.training.detector.config import NetworkConfig
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.yolox_file import load_yolox
from touchline.training.listener import Listener
from touchline.training.reid.export import export_checkpoint
from touchline.training.reid.request import TrainRequest
from touchline.training.reid.stripe_net import COLOURS, CROP_FORMAT, LOOKS, StripeNet
from touchline.training.reid.torch_embedder import TorchEmbedder
from touchline.training.reid.trainer import train

HELD_OUT = ("4b770a", "573e61")
"""Matches of the images to validate on."""

CROPS_A_PERSON = 12
CHOICE = ("images.csv", "rendered.csv")
"""Sets that decide the choice, with equal weight."""

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0)
"""Candidate weights of the features in a scalar product."""

SOURCE = (
    "colour histograms, and the first stages of YOLOX-nano trained on COCO (Megvii, Apache-2.0)"
)
TRAINED_ON = (
    "football-players-detection (Roboflow Universe, fb-ej1di, CC BY 4.0; frames of DFL clips, cut "
    "and unlabelled) and players rendered with Google Research Football (Apache-2.0)"
)
LICENCE = "Apache-2.0; attribution of the data: see source"

SETTINGS = (
    "validation.every=0",
    "workers=0",
    "augmentation.colour.brightness=0.3",
    "augmentation.colour.contrast=0.3",
    "augmentation.colour.saturation=0.3",
    "augmentation.colour.probability=0.8",
    "augmentation.gamma.probability=0.5",
    "augmentation.blur.probability=0.3",
    "augmentation.quality.probability=0.5",
    "augmentation.quality.max_shrink=3",
    "augmentation.crop.pad=6",
    "augmentation.erase.max_area=0.25",
    "augmentation.groups=[flip,crop,colour,gamma,blur,quality,erase,grey]",
    f"licence={LICENCE}",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--yolox", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5, help="0: closed form only")
    parser.add_argument("--threads", type=int, help="of torch")
    parser.add_argument("--set", action="append", default=[], help="settings of the training")
    parser.add_argument("--stop-after", choices=["prepare", "train"])
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    prepare(options.rendered, options.images, options.out)
    start(options.yolox, options.out)
    if options.stop_after == "prepare":
        return
    if options.epochs:
        settings = [*SETTINGS, f"images.epochs={options.epochs}", *options.set]
        request = TrainRequest(
            options.out / "manifest.csv",
            options.out / "start.safetensors",
            options.out / "run",
            settings_tree(None, settings),
            "cpu",
        )
        train(request, Listener(on_event=lambda text: print(text, flush=True)))
    if options.stop_after == "train":
        return
    choose(options.out)
    export_checkpoint(
        options.out / "encoder.safetensors",
        options.out / "encoder.onnx",
        source=f"{SOURCE}; trained by benchmarks/shipped_encoder.py on {TRAINED_ON}",
        licence=LICENCE,
    )


def prepare(rendered: Path, images: Path, out: Path) -> None:
    """The manifests: to train on, and two to choose by."""
    if (out / "manifest.csv").exists():
        return
    people = cut_images(images, out)
    write_manifest(
        neighbour_manifest([one for one in people if one.match in HELD_OUT], out),
        out / "images.csv",
    )
    seeds = {int(folder.name[1:]): folder for folder in sorted(rendered.glob("c[0-9]*"))}
    tested = [seed for seed in seeds if seed >= 150 or seed % 10 == 0]
    choice = [seeds[seed] for seed in tested if seed < 150]
    write_manifest(rendered_manifest(choice, CROPS_A_PERSON, 0), out / "rendered.csv")
    own = image_manifest([one for one in people if one.match not in HELD_OUT], out, 0)
    others = rendered_manifest(
        [folder for seed, folder in seeds.items() if seed not in tested],
        CROPS_A_PERSON,
        len(np.unique(own.identities)),
    )
    write_manifest(_joined(own, others), out / "manifest.csv")


def start(yolox: Path, out: Path) -> None:
    """Before training: the trunk of COCO, and projections in closed form."""
    file = out / "start.safetensors"
    if file.exists():
        return
    torch.manual_seed(0)
    manifest = read_reid_data(out / "manifest.csv")
    network = StripeNet()
    coco = DetectorNetwork(1, NetworkConfig(activation="silu"))
    load_yolox(coco, yolox, ["player"])
    network.trunk.load_state_dict(
        torch.nn.Sequential(coco.backbone.stem, *coco.backbone.stages[:2]).state_dict()
    )
    drawn = manifest[np.random.default_rng(0).permutation(len(manifest))[:512]]
    calibrate(network.trunk, _batches(drawn))
    network.eval()
    with torch.no_grad():
        seen = [(network.colours(batch), network.pooled(batch)) for batch in _batches(manifest)]
        colours, pooled = (torch.cat(part).numpy() for part in zip(*seen, strict=True))
        mean, projection = person_projection(colours, manifest, COLOURS, COLOURS, 1.0)
        network.colour_mean.copy_(torch.from_numpy(mean))
        network.colour_projection.copy_(torch.from_numpy(projection))
        mean, projection = person_projection(pooled, manifest, 256, LOOKS, 0.3)
        network.project.weight.copy_(torch.from_numpy(projection.T))
        network.project.bias.copy_(torch.from_numpy(-mean @ projection))
    save_checkpoint(
        network, file, {**CROP_FORMAT.to_metadata(), "source": SOURCE, "licence": LICENCE}
    )


def person_projection(
    vectors: NDArray[np.float32], manifest: Manifest, components: int, size: int, settling: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(D,) mean and (D, size) directions, the shorter the more one person varies along them.

    Of so many principal components of the images' people. The variance within people is that of
    the images' and of the rendered ones with equal weight, and ``settling`` times its mean added
    to all directions, for it is measured on few people. (Hatch, Kajarekar, Stolcke: "Within-class
    covariance normalization for SVM-based speaker recognition", Interspeech 2006.)
    """
    real = manifest.teams == ""
    mean = vectors[real].mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(vectors[real].T.astype(np.float64)))
    axes = axes[:, ::-1][:, :components]
    within = np.zeros((components, components))
    for part in (real, ~real):
        within += _within(vectors[part] @ axes, manifest.identities[part]) / 2
    within += settling * np.trace(within) / components * np.eye(components)
    projection = axes @ np.linalg.cholesky(np.linalg.inv(within))
    if size < components:
        spread = sum(np.cov(((vectors[part] - mean) @ projection).T) for part in (real, ~real))
        projection = projection @ np.linalg.eigh(spread)[1][:, ::-1][:, :size]
    return mean.astype(np.float32), projection.astype(np.float32)


def choose(out: Path) -> None:
    """Writes ``encoder.safetensors``: trained or not, and the feature weight of the best mAP."""
    best, chosen = -1.0, ("", 0.0)
    for file in ("start.safetensors", "run/last.safetensors"):
        if not (out / file).exists():
            continue
        seen = [_embedded(read_reid_data(out / name), out / file) for name in CHOICE]
        for share in SHARES:
            found = [_mean_ap(search, share) for search in seen]
            told = ", ".join(
                f"{name} {value:.1%}" for name, value in zip(CHOICE, found, strict=True)
            )
            print(f"{file}, looks {share:.2f}: mAP of {told}", flush=True)
            if sum(found) > best:
                best, chosen = sum(found), (file, share)
    file, share = chosen
    print(f"chosen: {file}, looks {share:.2f}")
    checkpoint = read_checkpoint(out / file)
    tensors = {**checkpoint.tensors, "share": torch.tensor(share)}
    save_file(tensors, out / "encoder.safetensors", metadata=checkpoint.metadata)


def _embedded(manifest: Manifest, file: Path) -> Search:
    query, gallery = query_and_gallery(manifest)
    embedder = TorchEmbedder(file)
    vectors = [
        np.concatenate([embedder.embed(crops) for _, crops in read_crops(part)])
        for part in (query, gallery)
    ]
    return Search(query, gallery, *vectors)


def _mean_ap(search: Search, share: float) -> float:
    """mAP, people of another clip of the match left out where there is one."""
    weights = np.repeat(np.sqrt([1.0 - share, share]), [COLOURS, LOOKS]).astype(np.float32)
    sides = []
    for vectors in (search.query_vectors, search.gallery_vectors):
        weighted = vectors * weights
        sides.append(weighted / np.linalg.norm(weighted, axis=1, keepdims=True))
    weighted_search = Search(search.query, search.gallery, *sides)
    found = one_clip_a_match(weighted_search) or score_queries(weighted_search.rank())
    return found.scores()["mAP"]


def _within(vectors: NDArray[np.float64], identities: NDArray[np.int64]) -> NDArray[np.float64]:
    """(D, D) covariance around each person's own mean."""
    _, person, counts = np.unique(identities, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(sums, person, vectors)
    apart = vectors - (sums / counts[:, None])[person]
    covariance: NDArray[np.float64] = apart.T @ apart / (len(vectors) - len(counts))
    return covariance


def _batches(manifest: Manifest) -> Iterator[torch.Tensor]:
    """The crops as the network takes them."""
    for _, crops in read_crops(manifest):
        yield torch.from_numpy(CROP_FORMAT.batch(crops))


def _joined(first: Manifest, second: Manifest) -> Manifest:
    """Rows of both, with paths relative to the folder of the first."""
    base = Path(first.root)
    paths = [os.path.relpath(Path(second.root) / path, base) for path in second.paths]
    second = replace(second, root=base, paths=np.array(paths))
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("cameras", "sequences", "matches", "teams", "times", "heights", "splits")
    }
    return Manifest(
        base,
        np.concatenate([first.paths, second.paths]),
        np.concatenate([first.identities, second.identities]),
        **columns,
    )


if __name__ == "__main__":
    main()
