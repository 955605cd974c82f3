"""Folders of images that the shipped detector is trained and validated on.

    python benchmarks/detector_data.py --out FOLDER [--rendered FOLDER]

Lays out the pack's labelled images (TOUCHLINE_DATA, ``train`` and ``det/dfl_players``) as
FOLDER/train/SET and FOLDER/validation/SET in YOLO's format, one folder for each set; images are
links. Which image is in which half is what ``train/splits.csv`` says, and of ``dfl_players`` the
matches of VALIDATION_MATCHES are held out. Images under CC BY-SA are only validated on, which is
said. Boxes of ``ignore`` become boxes of the class ``ignore``, which training leaves out of the
loss (``data.ignored=[ignore]``).
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from pathlib import Path

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
NAMES = ("ball", "goalkeeper", "player", "referee", "person", "ignore")
IGNORE = NAMES.index("ignore")
VALIDATION_MATCHES = ("08fd33", "744b27", "55c9d1", "538438")
"""Matches of the DFL's images that are never trained on."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, help="folder of rendered images (images, labels)")
    arguments = parser.parse_args()
    out, rendered = arguments.out, arguments.rendered
    counts: Counter[tuple[str, str]] = Counter()
    share_alike = _share_alike()
    with (DATA / "train" / "splits.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            image, kind = DATA / "train" / row["path"], row["set"]
            if kind.startswith("pitch"):
                continue
            held_out = row["split"] == "val" or image.stem.split("_")[0] in VALIDATION_MATCHES
            half = "validation" if held_out else "train"
            if half == "train" and image.name in share_alike:
                counts["left out of training (CC BY-SA)", kind] += 1
                continue
            _lay(image, out / half / kind.replace("/", "_"), _labels(image))
            counts[half, kind] += 1
    for image in sorted((DATA / "det" / "dfl_players" / "images").iterdir()):
        half = "validation" if image.stem.split("_")[0] in VALIDATION_MATCHES else "train"
        _lay(image, out / half / "dfl_players", _labels(image))
        counts[half, "dfl_players"] += 1
    for image in sorted((rendered / "images").iterdir()) if rendered else ():
        _lay(image, out / "train" / "rendered", _labels(image))
        counts["train", "rendered"] += 1
    for (half, kind), count in sorted(counts.items()):
        print(f"{half:34} {kind:24} {count:5}")


def _share_alike() -> set[str]:
    """File names of the images whose licence asks to be handed on."""
    names = set()
    for table in sorted((DATA / "train").rglob("attribution.csv")):
        with table.open(newline="") as file:
            names |= {row["file"] for row in csv.DictReader(file) if "BY-SA" in row["licence"]}
    return names


def _labels(image: Path) -> str:
    """YOLO's lines of an image, with what is to be ignored."""
    place, name = image.parent.parent, f"{image.stem}.txt"
    labels, ignored = place / "labels" / name, place / "ignore" / name
    text = labels.read_text() if labels.exists() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    if ignored.exists():
        boxes = (line.split()[1:] for line in ignored.read_text().splitlines() if line.strip())
        lines += [f"{IGNORE} {' '.join(box)}" for box in boxes]
    return "".join(f"{line}\n" for line in lines)


def _lay(image: Path, folder: Path, labels: str) -> None:
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in NAMES))
    link = folder / "images" / image.name
    if not link.exists():
        link.symlink_to(image.resolve())
    (folder / "labels" / f"{image.stem}.txt").write_text(labels)


if __name__ == "__main__":
    main()
