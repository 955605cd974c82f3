"""Drawn crops of drawn people, and small random networks to train on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from touchline.perception.crops import CropFormat
from touchline.reid.manifest import Manifest, write_manifest
from touchline.training.checkpoints import save_checkpoint
from touchline.training.reid.clip import Clip, TextShape
from touchline.training.reid.clip_image import ImageShape
from touchline.training.reid.osnet import OSNet

HEIGHT, WIDTH = 64, 32

QUICK: dict[str, Any] = {
    "workers": 0,
    "images": {"identities_per_batch": 4, "crops_per_identity": 3, "epochs": 2},
    "augmentation": {"groups": ["flip", "crop"]},
}
"""Settings under which an epoch of ``draw_people`` takes a moment."""


def draw_person(person: int, crop: int) -> NDArray[np.uint8]:
    """One player: a shirt and shorts of his own colours, on a field of any colour.

    A network that has learned nothing sees the field; one that has, the player.
    """
    of_person = np.random.default_rng([1, person])
    of_crop = np.random.default_rng([2, person, crop])
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:] = of_crop.integers(0, 256, 3)
    shirt, shorts = of_person.integers(0, 256, (2, 3))
    top, left = of_crop.integers(6, 14), of_crop.integers(4, 10)
    picture[top : top + 24, left : left + 18] = shirt
    picture[top + 24 : top + 44, left : left + 18] = shorts
    picture += of_crop.normal(0, 10, picture.shape)
    return picture.clip(0, 255).astype(np.uint8)


def draw_people(
    folder: Path, *, matches: int = 3, clips: int = 2, people: int = 4, crops: int = 6
) -> Path:
    """A folder of crops with a manifest: ``clips`` of each match with ``people`` of their own.

    The last match is query (every other crop) and gallery, the others are train.
    """
    folder.mkdir(parents=True)
    columns: dict[str, list[str]] = {
        name: [] for name in ("paths", "sequences", "matches", "splits")
    }
    identities: list[int] = []
    for identity in range(matches * clips * people):
        clip = identity // people
        match = clip // clips
        held_out = match == matches - 1
        for crop in range(crops):
            name = f"{identity}_{crop}.png"
            cv2.imwrite(str(folder / name), draw_person(identity, crop))
            identities.append(identity)
            columns["paths"].append(name)
            columns["sequences"].append(f"m{match}_c{clip}")
            columns["matches"].append(f"m{match}")
            split = ("query" if crop % 2 else "gallery") if held_out else "train"
            columns["splits"].append(split)
    names = columns.pop("paths")
    cameras = [int(split == "query") for split in columns["splits"]]
    write_manifest(
        Manifest(folder, names, identities, cameras=cameras, **columns), folder / "manifest.csv"
    )
    return folder


def save_osnet(file: Path) -> Path:
    """The smallest OSNet, random, that wants crops of 64 x 32."""
    torch.manual_seed(5)
    save_checkpoint(
        OSNet(), file, {**CropFormat(HEIGHT, WIDTH).to_metadata(), "licence": "MIT (a test)"}
    )
    return file


def save_clip(file: Path) -> Path:
    """A small random CLIP with a vocabulary, that wants crops of 64 x 32."""
    torch.manual_seed(6)
    image = ImageShape(HEIGHT, WIDTH, channels=64, layers=2, projection=32)
    network = Clip(image, TextShape(channels=64, layers=1))
    save_checkpoint(network, file, CropFormat(HEIGHT, WIDTH).to_metadata())
    return file
