"""Trains the network that reads shirt numbers: made-up images, training, export.

    python -m benchmarks.train_number_reader --fonts FOLDER --images FOLDER ... --out DIR
        [--samples 120000] [--passes 4] [--seed 0] [--threads 1]

FONTS is any folder with .ttf and .otf files below it; nothing of it goes into the network's file
but what digits look like. IMAGES are YOLO folders of football: people at most 45 pixels high, on
whom no number can be read, lend their cloth, shorts, heads and surroundings. DIR keeps the samples
and, after every pass, the network: started again, it goes on. The last file is DIR/reader.onnx.

The network answers tens (0 to 9, none), ones (0 to 9) and whether a number can be read at all.
Both digits go through one classifier, which looks where the network points: so any number can be
read, whichever were seen in training.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.digit_reader import READS
from benchmarks.far_images import SIDE
from benchmarks.number_images import (
    READABLE,
    UNDECIDED,
    UNREADABLE,
    NumberFont,
    load_fonts,
    make,
)
from touchline.training.onnx_program import to_onnx
from touchline.types import Image

LARGEST = 45.0
"""Pixels: on higher people a number might be read."""

HELD_OUT = 8
"""Every so many fonts are kept for checking."""

CHECKED = 4000
BATCH = 64
RATE = 2e-3
WARM = 0.15

LICENCE = "Apache-2.0"
TRAINED_ON = (
    "numbers in free fonts (SIL OFL and alike) on made-up cloth, and cloth of people far away"
)


class Block(nn.Module):
    """Two 3x3 convolutions, added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = layer(width, width), layer(width, width, bent=False)

    def forward(self, feature_BCHW: Tensor) -> Tensor:
        return torch.relu(feature_BCHW + self.second(self.first(feature_BCHW)))


def layer(wide_in: int, wide_out: int, stride: int = 1, bent: bool = True) -> nn.Sequential:
    """3x3 convolution, normalisation and, where ``bent``, a ReLU."""
    parts: list[nn.Module] = [
        nn.Conv2d(wide_in, wide_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(wide_out),
    ]
    return nn.Sequential(*parts, *([nn.ReLU()] if bent else []))


class NumberNetwork(nn.Module):
    """Logits of tens (B, 11), ones (B, 10) and readable (B,) from BGR (B, 3, 32, 32) of 0..255."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            layer(3, 16),
            layer(16, 32, 2),
            Block(32),
            layer(32, 64, 2),
            Block(64),
            layer(64, width),
        )
        self.point = nn.Conv2d(width, 2, 1)
        self.place = nn.Parameter(usual_places())
        self.digit = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))
        self.whole = nn.Sequential(nn.Linear(3 * width, width), nn.ReLU(), nn.Linear(width, 2))

    def forward(self, image_B3HW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        feature_BCHW = self.trunk(image_B3HW / 64.0 - 2.0)
        feature_BCP = feature_BCHW.flatten(2)
        where_B2P = (self.point(feature_BCHW).flatten(2) + self.place).softmax(2)
        seen_B2C = where_B2P @ feature_BCP.transpose(1, 2)
        digits_B2D = self.digit(seen_B2C)
        both_BC = torch.cat([seen_B2C.flatten(1), feature_BCP.amax(2)], 1)
        whole_B2 = self.whole(both_BC)
        tens_BD = torch.cat([digits_B2D[:, 0], whole_B2[:, :1]], 1)
        return tens_BD, digits_B2D[:, 1], whole_B2[:, 1]


def usual_places() -> Tensor:
    """(2, 64) logits of where tens and ones are, to begin with: left and right of the middle."""
    size = SIDE // 4
    row_HW, column_HW = torch.meshgrid(*[(torch.arange(size) + 0.5) / size] * 2, indexing="ij")
    across_2HW = column_HW - torch.tensor([0.34, 0.62])[:, None, None]
    logits_2HW = -(across_2HW / 0.2).square() - ((row_HW - 0.5) / 0.35).square()
    return logits_2HW.flatten(1)


class Answers(nn.Module):
    """Probabilities (B, 22): tens 0 to 9 and none, ones 0 to 9, readable."""

    def __init__(self, network: NumberNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        tens_BD, ones_BD, readable_B = self.network(images)
        return torch.cat([tens_BD.softmax(1), ones_BD.softmax(1), readable_B.sigmoid()[:, None]], 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the samples, train, check, export."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--images", type=Path, nargs="+", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=120_000)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    fonts, real = load_fonts(options.fonts), pieces(options.images)
    print(f"{len(fonts)} fonts, {len(real)} pieces of real images", flush=True)
    kept = [font for row, font in enumerate(fonts) if row % HELD_OUT]
    left_out = fonts[::HELD_OUT]
    start = options.seed * 10_000_000
    learned = samples(options.out / "samples.npz", start, options.samples, kept, real)
    checked = samples(options.out / "checked.npz", start + 9_000_000, CHECKED, left_out, real)
    network = train(learned, checked, options.out, options.passes, options.seed)
    export(network, options.out / "reader.onnx")


def pieces(folders: Sequence[Path]) -> list[Image]:
    """Whole people and the grass beside them, of those who are small, in the images' own pixels."""
    found: list[Image] = []
    for folder in folders:
        for file in sorted((folder / "labels").rglob("*.txt")):
            images = sorted((folder / "images").rglob(f"{file.stem}.*"))
            image = cv2.imread(str(images[0])) if images else None
            if image is None:
                continue
            rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
            people = np.array([row[1:5] for row in rows if len(row) == 5 and row[0] != "0"], float)
            for x, y, wide, high in people.reshape(-1, 4) * np.tile(image.shape[1::-1], 2):
                if not 16 <= high <= LARGEST:
                    continue
                for low in (0.05, 0.15, 0.5):  # head to chest, the torso, shorts
                    top, bottom = y - high / 2 + low * high, y - high / 2 + (low + 0.4) * high
                    left, right = x - 0.45 * wide, x + 0.45 * wide
                    corners = np.clip(np.rint([top, bottom, left, right]), 0, None).astype(int)
                    piece = image[corners[0] : corners[1], corners[2] : corners[3]]
                    if min(piece.shape[:2]) >= 6:
                        found.append(np.asarray(piece.copy(), np.uint8))
    return found


Samples = tuple[NDArray[np.uint8], NDArray[np.int64]]


def samples(
    file: Path, start: int, count: int, fonts: Sequence[NumberFont], real: Sequence[Image]
) -> Samples:
    """Images (N, 32, 32, 3) and (N, 3) tens, ones, readable; made once, kept in ``file``."""
    if not file.is_file():
        images, answers = np.empty((count, SIDE, SIDE, 3), np.uint8), np.empty((count, 3), np.int64)
        for row in range(count):
            one = make(start + row, fonts, real)
            images[row], answers[row] = one.image, (one.tens, one.ones, one.readable)
        np.savez(file, images=images, answers=answers)
    with np.load(file) as kept:
        return kept["images"], kept["answers"]


def train(learned: Samples, checked: Samples, out: Path, passes: int, seed: int) -> NumberNetwork:
    """The network after so many passes over the samples, at a rate that rises and falls."""
    torch.manual_seed(seed)
    network = NumberNetwork()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a fifth faster
    steps = len(learned[0]) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    file, begun = out / "network.pt", 0
    if file.is_file():
        state = torch.load(file, weights_only=True)
        begun = state["passes"]
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
    for number in range(begun, passes):
        started, total = time.process_time(), 0.0
        rng = np.random.default_rng([seed, number])
        network.train()
        order = rng.permutation(len(learned[0]))[: steps * BATCH].reshape(steps, BATCH)
        for step, rows in enumerate(order):
            for group in optimiser.param_groups:
                group["lr"] = RATE * share_of_rate((number + step / steps) / passes)
            loss = loss_of(network(varied(learned[0][rows], rng)), learned[1][rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            total += loss.item()
        state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**state, "passes": number + 1}, file)
        seconds = time.process_time() - started
        told = check(network, checked)
        print(f"pass {number + 1}: loss {total / steps:.3f}, {seconds:.0f} s; {told}", flush=True)
    return network.eval()


def share_of_rate(done: float) -> float:
    """The rate when so much of the training is done: it rises to 1, and falls as a cosine does."""
    warm = done / WARM
    return min(warm, 0.5 + 0.5 * math.cos(math.pi * max(0.0, done - WARM) / (1 - WARM))) + 1e-3


def varied(images: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
    """(B, 3, 32, 32) float: colours trade places, light and place differ from pass to pass."""
    planes = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    order = torch.from_numpy(rng.permuted(np.tile(np.arange(3), (len(images), 1)), axis=1))
    planes = planes.gather(1, order[:, :, None, None].expand(-1, -1, SIDE, SIDE))
    gain = torch.from_numpy(rng.uniform(0.75, 1.25, (len(images), 3, 1, 1)).astype(np.float32))
    right, down = rng.integers(-2, 3, 2).tolist()
    moved = nn.functional.pad(planes * gain, (2, 2, 2, 2), mode="replicate")
    return (
        moved[:, :, 2 + down : 2 + down + SIDE, 2 + right : 2 + right + SIDE]
        .clamp(0, 255)
        .contiguous(memory_format=torch.channels_last)
    )


def loss_of(answers: tuple[Tensor, Tensor, Tensor], truth: NDArray[np.int64]) -> Tensor:
    """Cross entropy of digits, where there are some, and of whether they can be read."""
    tens, ones, readable = (torch.from_numpy(truth[:, column]) for column in range(3))
    some, sure = readable != UNREADABLE, readable != UNDECIDED
    entropy = nn.functional.cross_entropy
    digits = entropy(answers[0][some], tens[some]) + entropy(answers[1][some], ones[some])
    seen = nn.functional.binary_cross_entropy_with_logits(
        answers[2][sure], (readable[sure] == READABLE).float()
    )
    return digits + seen


@torch.inference_mode()
def check(network: NumberNetwork, checked: Samples) -> str:
    """How many numbers of left-out fonts are read right and wrong, at a probability of a half."""
    network.eval()
    planes = torch.from_numpy(checked[0]).permute(0, 3, 1, 2).float()
    starts = range(0, len(planes), 256)
    answers = torch.cat([Answers(network)(planes[start : start + 256]) for start in starts])
    tens, ones, readable = checked[1].T
    best_tens, best_ones = answers[:, :11].max(1), answers[:, 11:21].max(1)
    sure = (best_tens.values * best_ones.values * answers[:, 21]).numpy() >= 0.5
    right = (best_tens.indices.numpy() == tens) & (best_ones.indices.numpy() == ones)
    some, none = readable == READABLE, readable == UNREADABLE
    return (
        f"right {(right & sure)[some].mean():.1%}, wrong {(~right & sure)[some].mean():.1%}, "
        f"without a number but read {sure[none].mean():.1%}"
    )


def export(network: NumberNetwork, file: Path) -> None:
    """Write the network for any number of images, with what it is and where it comes from."""
    model = to_onnx(
        Answers(network).eval(),
        torch.zeros(2, 3, SIDE, SIDE),
        "numbers",
        {0: torch.export.Dim("n")},
    )
    texts = {
        READS[0]: READS[1],
        "source": f"trained by benchmarks/train_number_reader.py on {TRAINED_ON}",
        "licence": LICENCE,
    }
    onnx.helper.set_model_props(model, texts)
    onnx.save_model(model, file)


if __name__ == "__main__":
    main()
