"""Runs of clips with flashes and of clips on plain ground: everybody keeps their identity."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip, picture, positions
from numpy.typing import NDArray

from touchline.errors import Interrupted
from touchline.formats.table import read_csv
from touchline.observations import ObservationStore
from touchline.run.facts import RunCounts
from touchline.run.request import RunRequest
from touchline.run.track import track_run

Image = NDArray[np.uint8]
FRAMES = 40
WHITE = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)


def filmed(folder: Path, images: list[Image], blind: tuple[int, ...] = ()) -> Clip:
    """A video of these images, and the boxes of its four people but in the ``blind`` ones."""
    folder.mkdir(exist_ok=True)
    video, detections = folder / "clip.mp4", folder / "det.txt"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    detections.write_text(
        "".join(
            f"{frame + 1},-1,{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},0.9,-1,-1,-1\n"
            for frame in range(len(images))
            if frame not in blind
            for x1, y1, x2, y2 in positions(frame).tolist()
        )
    )
    return Clip(video, detections, len(images))


def run(
    clip: Clip, out: Path, should_stop: Callable[[], bool] = lambda: False, *, reid: str = "none"
) -> RunCounts:
    settings = {
        "models": {"detections": str(clip.detections), "reid": reid},
        "detector": {"batch_size": 3},
    }
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    report = track_run(request, lambda _s, _d, _t: None, should_stop)
    return report.counts


def foreign(frame: int) -> Image:
    random = np.random.default_rng(frame)
    blocks = random.integers(0, 255, (8, 10, 3)).astype(np.uint8)
    return np.repeat(np.repeat(blocks, HEIGHT // 8, 0), WIDTH // 10, 1)


def half_white(frame: int) -> Image:
    image = picture(frame)
    image[:, : WIDTH // 2] = 255
    return image


FLASHES: dict[str, Callable[[int], Image]] = {
    "white": lambda _: WHITE,
    "black": lambda _: WHITE * np.uint8(0),
    "foreign": foreign,
    "partial": half_white,
}


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("flash", list(FLASHES))
def test_a_flash_costs_nobody_their_identity(flash: str, length: int, tmp_path: Path) -> None:
    places = range(20, 20 + length)
    images = [FLASHES[flash](n) if n in places else picture(n) for n in range(FRAMES)]
    counts = run(filmed(tmp_path, images, blind=tuple(places)), tmp_path / "run")
    assert (counts.shots, counts.identities) == (1, 4)
    (warning,) = json.loads((tmp_path / "run" / "run.json").read_text())["warnings"]
    assert f"until {(20 + length) / 25:.2f} s" in warning
    table = read_csv(tmp_path / "run" / "tracks.csv")
    for row, place in enumerate(positions(35)):
        here = {frame: table.at(frame) for frame in (10, 35)}
        where = [np.abs(here[f].boxes - positions(f)[row]).sum(1).argmin() for f in (10, 35)]
        assert here[10].ids[where[0]] == here[35].ids[where[1]], place


def test_people_on_plain_turf_are_themselves_in_one_shot(tmp_path: Path) -> None:
    def on(colour: tuple[int, int, int], frame: int) -> Image:
        image = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
        for x1, y1, x2, y2 in positions(frame).astype(int).tolist():
            image[y1:y2, max(x1, 0) : max(x2, 0)] = (30, 30, 220)
        return image

    for name, colour in {"turf": (60, 140, 70), "snow": (250, 250, 250)}.items():
        clip = filmed(tmp_path / name, [on(colour, n) for n in range(FRAMES)])
        counts = run(clip, tmp_path / name / "run")
        assert (counts.shots, counts.identities) == (1, 4)


def test_a_cut_to_a_plain_image_and_one_right_after_a_flash_are_cuts(tmp_path: Path) -> None:
    plain = np.full((HEIGHT, WIDTH, 3), (60, 140, 70), np.uint8)
    images = [*map(picture, range(15)), WHITE, *map(foreign, [1] * 12), *[plain] * 12]
    counts = run(filmed(tmp_path, images), tmp_path / "run")
    assert counts.shots == 3


def test_a_run_killed_in_a_flash_continues_to_the_same_result(tmp_path: Path) -> None:
    images = [WHITE if n in range(7, 11) else picture(n) for n in range(20)]
    clip = filmed(tmp_path, images)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(clip, whole, reid="football-reid")
    asked = iter([False, False, True])
    with pytest.raises(Interrupted):
        run(clip, killed, lambda: next(asked), reid="football-reid")
    with ObservationStore.open(killed / "observations.sqlite") as store:
        assert len(store) == 9  # in the flash
    run(clip, killed, reid="football-reid")
    for name in ("tracks.csv", "tracks.txt"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    assert _rows(killed) == _rows(whole)


def _rows(out: Path) -> list[tuple[object, ...]]:
    with ObservationStore.open(out / "observations.sqlite") as store:
        return [
            (
                *(each.frame, each.cut, each.flash_frames, each.motion.tobytes()),
                None
                if each.detections.embeddings is None
                else each.detections.embeddings.tobytes(),
            )
            for each in store.as_observed()
        ]


def test_looks_are_not_taken_from_a_flash(tmp_path: Path) -> None:
    images = [half_white(n) if n == 20 else picture(n) for n in range(30)]
    run(filmed(tmp_path, images), tmp_path / "run", reid="football-reid")
    with ObservationStore.open(tmp_path / "run" / "observations.sqlite") as store:
        flash, after = list(store)[20:22]
    assert flash.flash
    assert flash.detections.embeddings is flash.detections.shirts is None
    assert after.detections.embeddings is not None
    assert after.detections.embeddings.any(axis=1).all()
