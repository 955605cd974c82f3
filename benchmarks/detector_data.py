"""Folders of images that the shipped detector is trained and validated on.

    python benchmarks/detector_data.py --out FOLDER

Lays out the pack's labelled images (TOUCHLINE_DATA, ``train`` and ``det/dfl_players``) as
FOLDER/train/SET and FOLDER/validation/SET in YOLO's format, one folder for each set; images are
links. Which image is in which half is what ``train/splits.csv`` says, and of ``dfl_players`` the
matches of VALIDATION_MATCHES are held out. Images under CC BY-SA are only validated on, which is
said. Boxes of ``ignore`` become boxes of the class ``ignore``, which training leaves out of the
loss (``data.ignored=[ignore]``). Of images that have labels of the ball only, people as the
shipped detector finds them are ignored likewise.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from pathlib import Path

from touchline.api.video import load_detector
from touchline.image_files import image_size, read_image
from touchline.types import PEOPLE

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
NAMES = ("ball", "goalkeeper", "player", "referee", "person", "ignore")
IGNORE = NAMES.index("ignore")
VALIDATION_MATCHES = ("08fd33", "744b27", "55c9d1", "538438")
"""Matches of the DFL's images that are never trained on."""

MIN_SCORE = 0.1
"""People who score at least this are ignored in images that only have labels of the ball."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
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
    detector = load_detector()
    for image in sorted((out / "train" / "ball_dfl_ball" / "images").iterdir()):
        (found,) = detector.detect([read_image(image)])
        width, height = image_size(image)
        lines = []
        for (x1, y1, x2, y2), score, role in zip(
            found.boxes.tolist(), found.scores, found.roles, strict=True
        ):
            if role in PEOPLE and score >= MIN_SCORE:
                numbers = (x1 + x2) / 2 / width, (y1 + y2) / 2 / height
                lines.append(_line(*numbers, (x2 - x1) / width, (y2 - y1) / height))
        with (image.parent.parent / "labels" / f"{image.stem}.txt").open("a") as text:
            text.writelines(lines)
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


def _line(x: float, y: float, width: float, height: float) -> str:
    return f"{IGNORE} {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n"


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
