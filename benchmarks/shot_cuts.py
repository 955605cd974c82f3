"""Shot cuts: recall and false cuts, by kind of transition.

    python benchmarks/shot_cuts.py                      # rendered clips, free to publish
    python benchmarks/shot_cuts.py --data shared/data   # and real ones of the data pack

Two pieces of different clips are joined in every way that television joins them; or one piece is
disturbed by flashes, foreign images, zooms and changes of light, and is one shot still. Every
piece also drifts in light and zooms a little. Thresholds were chosen on the clips of ``CHOSEN_ON``
(``--chosen`` shows those); the table is of the others. Last come the clips as they are: single
shots, but for the cuts named in ``TRUE_CUTS``.

Images are sampled to 320x180 as ``touchline.video.shots`` samples them, so that thousands fit in
memory. Cuts are those that stand when it is known whether the image came back.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Image
from touchline.video.reader import open_video
from touchline.video.shots import ShotCuts

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
RENDERED = ("rendered/demo", "rendered/match2_a", "rendered/match2_b", "rendered/match3_a")
REAL = (
    "mot/SNMOT-060/video_1280x720",
    "mot/v_HdiyOtliFiw_c003/video_1280x720",
    "clips/08fd33_4_short",
    "clips/eagle_messi_720p",
    "clips/soccertrack_left_camera",
    "clips/soccertrack_right_camera",
)
CHOSEN_ON = (
    *("rendered/match2_a", "rendered/match2_b"),
    *("mot/SNMOT-060/video_1280x720", "clips/eagle_messi_720p"),
)
TRUE_CUTS = {"rendered/demo": [167], "rendered/match2_b": [141]}
FPS = 25.0
LENGTH = 30  # images before a transition, and after
SLACK = 2  # images that a cut may lie outside of its transition

Piece = NDArray[np.uint8]
"""(F, 180, 320, 3) consecutive images of one shot."""


@dataclass(frozen=True)
class Sample:
    """images: (F, 180, 320, 3). transitions: first and last image of each."""

    images: list[Image]
    transitions: list[tuple[int, int]]


@dataclass
class Tally:
    """Counts of true and found cuts."""

    samples: int = 0
    transitions: int = 0
    found: int = 0
    false: int = 0

    def add(self, sample: Sample, cuts: list[int]) -> None:
        """Count one sample: a transition takes one cut, all others are false."""
        hits = sum(
            any(first - SLACK <= cut <= last + SLACK for cut in cuts)
            for first, last in sample.transitions
        )
        self.samples += 1
        self.transitions += len(sample.transitions)
        self.found += hits
        self.false += len(cuts) - hits

    def row(self, name: str) -> str:
        recall = f"{self.found / self.transitions:.3f}" if self.transitions else ""
        cuts = self.found + self.false
        precision = f"{self.found / cuts:.3f}" if cuts and self.transitions else ""
        return (
            f"| {name} | {self.samples} | {self.transitions} | {self.found} | {self.false} "
            f"| {recall} | {precision} |"
        )


def clip(file: Path) -> Piece:
    """All images of a clip, sampled as shot cuts are looked for in them."""
    with open_video(file) as reader:
        sampled = [cv2.resize(f.image, (320, 180), interpolation=cv2.INTER_NEAREST) for f in reader]
    return np.array(sampled, np.uint8)


def shots(data: Path, names: tuple[str, ...]) -> dict[str, list[Piece]]:
    """The shots of each clip that are long enough to take pieces from."""
    found = {}
    for name in names:
        images = clip(data / f"{name}.mp4")
        parts = np.split(images, TRUE_CUTS.get(name, []))
        found[name] = [part for part in parts if len(part) > LENGTH + 30]
    return found


def zoomed(picture: Image, factor: float) -> Image:
    """The middle of an image, enlarged."""
    height, width = picture.shape[:2]
    matrix = np.array(
        [[factor, 0, (1 - factor) * width / 2], [0, factor, (1 - factor) * height / 2]]
    )
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)


def lit(picture: Image, gain: float) -> Image:
    """An image under other light."""
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)


def mixed(one: Image, other: Image, share: float) -> Image:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


class Maker:
    """Makes samples from pieces of different clips."""

    def __init__(self, clips: dict[str, list[Piece]], seed: int) -> None:
        self._clips = clips
        self._random = np.random.default_rng(seed)

    def piece(self, length: int, without: str = "") -> tuple[str, list[Image]]:
        """``length`` images of a shot of a clip, with a slow zoom and a slow change of light."""
        names = [name for name in self._clips if name != without]
        name = names[self._random.integers(len(names))]
        parts = self._clips[name]
        part = parts[self._random.integers(len(parts))]
        start = self._random.integers(len(part) - length)
        zoom, light = 1 + self._random.random() * 0.3, 0.7 + self._random.random() * 0.5
        steps = np.linspace(0, 1, length)
        images = part[start : start + length]
        return name, [
            lit(zoomed(picture, 1 + (zoom - 1) * step), 1 + (light - 1) * step)
            for picture, step in zip(images, steps.tolist(), strict=True)
        ]

    def pair(self, overlap: int) -> tuple[list[Image], list[Image]]:
        """Pieces of two clips, longer by the images in which they overlap."""
        name, one = self.piece(LENGTH + overlap)
        return one, self.piece(LENGTH + overlap, name)[1]

    def joined(self, frames: int, join: Callable[[Image, Image, float], Image]) -> Sample:
        """Two pieces joined by a transition of ``frames`` images."""
        one, other = self.pair(frames)
        between = [join(one[LENGTH + n], other[n], (n + 1) / (frames + 1)) for n in range(frames)]
        return Sample(
            [*one[:LENGTH], *between, *other[frames:]], [(LENGTH, LENGTH + max(frames, 0))]
        )

    def hard(self) -> Sample:
        return self.joined(0, mixed)

    def dissolve(self, frames: int) -> Sample:
        return self.joined(frames, mixed)

    def wipe(self, frames: int) -> Sample:
        def wiped(one: Image, other: Image, share: float) -> Image:
            edge = round(share * one.shape[1])
            return np.hstack([other[:, :edge], one[:, edge:]])

        return self.joined(frames, wiped)

    def dip(self, frames: int, level: int) -> Sample:
        """Out to black or white and in again."""
        plain = np.full((180, 320, 3), level, np.uint8)

        def dipped(one: Image, other: Image, share: float) -> Image:
            if share < 0.5:
                return mixed(one, plain, 2 * share)
            return mixed(other, plain, 2 - 2 * share)

        return self.joined(frames, dipped)

    def flash_then_cut(self, gap: int) -> Sample:
        """A white image ``gap`` images before a hard cut."""
        sample = self.hard()
        sample.images[LENGTH - 1 - gap] = np.full((180, 320, 3), 255, np.uint8)
        return Sample(sample.images, [(LENGTH - (0 if gap else 1), LENGTH)])

    def flashes(self, frames: int, level: int, *, times: int = 1, share: float = 1.0) -> Sample:
        """One piece with ``frames`` images white or black, on the left by ``share``."""
        _, images = self.piece(2 * LENGTH)
        edge = round(320 * share)
        for k in range(times):
            for n in range(frames):
                picture = images[LENGTH + n + k * (frames + 3)].copy()
                picture[:, :edge] = level
                images[LENGTH + n + k * (frames + 3)] = picture
        return Sample(images, [])

    def glare(self, frames: int) -> Sample:
        """A photographer's flash: half of the image overexposed, fading out."""
        _, images = self.piece(2 * LENGTH)
        across = np.linspace(1, 0, 320)[None, :, None]
        for n in range(frames):
            light = 400 * across * (1 - n / frames)
            whole = images[LENGTH + n] + light
            images[LENGTH + n] = np.minimum(whole, 255).astype(np.uint8)
        return Sample(images, [])

    def foreign(self, frames: int) -> Sample:
        """One piece with images of another clip in it."""
        name, images = self.piece(2 * LENGTH)
        images[LENGTH : LENGTH + frames] = self.piece(frames + 1, name)[1][:frames]
        return Sample(images, [])

    def zoom(self, factor: float, frames: int) -> Sample:
        """One piece with a fast zoom."""
        _, images = self.piece(2 * LENGTH)
        for n in range(LENGTH, 2 * LENGTH):
            share = min((n - LENGTH) / frames, 1.0)
            images[n] = zoomed(images[n], 1 + (factor - 1) * share)
        return Sample(images, [])

    def light(self, gain: float, frames: int) -> Sample:
        """One piece that becomes darker or lighter within ``frames`` images."""
        _, images = self.piece(2 * LENGTH)
        for n in range(LENGTH, 2 * LENGTH):
            share = min((n - LENGTH + 1) / frames, 1.0)
            images[n] = lit(images[n], 1 + (gain - 1) * share)
        return Sample(images, [])


KINDS: dict[str, Callable[[Maker], Sample]] = {
    "hard cut": lambda maker: maker.hard(),
    "white image, then cut": lambda maker: maker.flash_then_cut(0),
    "flash 0.2 s before cut": lambda maker: maker.flash_then_cut(4),
    "dissolve 0.2 s": lambda maker: maker.dissolve(5),
    "dissolve 0.5 s": lambda maker: maker.dissolve(12),
    "dissolve 1 s": lambda maker: maker.dissolve(25),
    "wipe 0.2 s": lambda maker: maker.wipe(5),
    "wipe 0.5 s": lambda maker: maker.wipe(12),
    "wipe 1 s": lambda maker: maker.wipe(25),
    "through black 0.4 s": lambda maker: maker.dip(10, 0),
    "through white 0.4 s": lambda maker: maker.dip(10, 255),
    "white image": lambda maker: maker.flashes(1, 255),
    "white 0.2 s": lambda maker: maker.flashes(5, 255),
    "black image": lambda maker: maker.flashes(1, 0),
    "half white, 2 images": lambda maker: maker.flashes(2, 255, share=0.5),
    "three white images, 3 between": lambda maker: maker.flashes(1, 255, times=3),
    "glare from one side, 4 images": lambda maker: maker.glare(4),
    "foreign image": lambda maker: maker.foreign(1),
    "foreign 0.2 s": lambda maker: maker.foreign(5),
    "zoom 2x in 0.5 s": lambda maker: maker.zoom(2.0, 12),
    "zoom 2x in 0.2 s": lambda maker: maker.zoom(2.0, 5),
    "half the light at once": lambda maker: maker.light(0.5, 1),
    "half again the light in 0.2 s": lambda maker: maker.light(1.5, 5),
}


def cuts_of(images: Iterator[Image] | list[Image] | Piece) -> list[int]:
    """The cuts that remain at the end."""
    finder = ShotCuts()
    cuts: list[int] = []
    for n, picture in enumerate(images):
        change = finder.look(picture, n / FPS)
        cuts = [cut for cut in cuts if cut < n - change.flash_frames]
        if change.cut:
            cuts.append(n)
    return cuts


def table(clips: dict[str, list[Piece]], samples: int, seed: int) -> None:
    """Print what was found of each kind."""
    print("| kind | samples | transitions | found | false cuts | recall | precision |")
    print("|---|---|---|---|---|---|---|")
    whole = Tally()
    for number, (name, make) in enumerate(KINDS.items()):
        maker, tally = Maker(clips, seed + number), Tally()
        for _ in range(samples):
            sample = make(maker)
            cuts = cuts_of(sample.images)
            tally.add(sample, cuts)
            whole.add(sample, cuts)
        print(tally.row(name), flush=True)
    print(whole.row("all"))
    print()


def as_they_are(data: Path, names: tuple[str, ...]) -> None:
    """Print the cuts that are found in whole clips."""
    print("| clip | images | true cuts | cuts found |")
    print("|---|---|---|---|")
    for name in names:
        images = clip(data / f"{name}.mp4")
        print(f"| {name} | {len(images)} | {TRUE_CUTS.get(name, [])} | {cuts_of(images)} |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="data pack, for its real clips as well")
    parser.add_argument("--samples", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chosen", action="store_true", help="the clips thresholds come from")
    options = parser.parse_args()
    data = options.data or DATA
    for names in (RENDERED, REAL) if options.data else (RENDERED,):
        taken = tuple(name for name in names if (name in CHOSEN_ON) == options.chosen)
        print(", ".join(taken))
        table(shots(data, taken), options.samples, options.seed)
        as_they_are(data, taken)


if __name__ == "__main__":
    main()
