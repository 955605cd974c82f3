"""Images of scores, read back as pixels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from lanes import lane_table, lanes

from touchline.errors import StoreError, UsageError
from touchline.evaluation.plots import plot_hota, plot_timeline
from touchline.metrics.alignment import Alignment, align
from touchline.metrics.hota import HotaScores, hota
from touchline.metrics.mistakes import mistakes
from touchline.metrics.timeline import timeline
from touchline.types import Image
from touchline.video.palette import Colour, colour_of

pytest.importorskip("matplotlib")


def drawn(scene: Alignment, folder: Path, title: str = "") -> Image:
    file = folder / "timeline.png"
    plot_timeline(timeline(scene), mistakes(scene), file, title=title)
    return read(file)


def read(file: Path) -> Image:
    image = cv2.imread(str(file))
    assert image is not None
    return image.astype(np.uint8, copy=False)


def share(image: Image, colour: Colour) -> float:
    """Share of the pixels that have exactly this colour."""
    return float((image == np.array(colour)).all(axis=2).mean())


def crowd(people: int, seconds: float) -> Alignment:
    spans = {person: [(0.0, seconds)] for person in range(people)}
    return lanes(5.0, spans, [(person, person, 0.0, seconds) for person in spans])


def test_people_have_the_colours_of_the_ids_they_are_shown_under(tmp_path: Path) -> None:
    scene = lanes(
        25.0, {1: [(0, 30)], 2: [(0, 30)]}, [(5, 1, 0, 10), (6, 1, 10, 30), (7, 2, 0, 30)]
    )
    image = drawn(scene, tmp_path)
    seconds = [share(image, colour_of(one)) / share(image, colour_of(7)) for one in (5, 6)]
    assert seconds == pytest.approx([1 / 3, 2 / 3], abs=0.05)
    assert share(image, colour_of(8)) == 0.0


def test_mistakes_are_marked(tmp_path: Path) -> None:
    scene = lanes(25.0, {1: [(0, 30)]}, [(5, 1, 0, 10), (6, 1, 10, 30)])
    plot_timeline(timeline(scene), [], tmp_path / "without.png")
    changed = (drawn(scene, tmp_path) != read(tmp_path / "without.png")).any(axis=2)
    columns = np.flatnonzero(changed.any(axis=0)) / changed.shape[1]
    assert columns.size
    assert columns.min() > 0.3  # 10 of 30 seconds, the margins aside
    assert columns.max() < 0.4


def test_the_image_grows_with_people_and_seconds(tmp_path: Path) -> None:
    few, many = drawn(crowd(20, 20), tmp_path), drawn(crowd(60, 90), tmp_path)
    assert many.shape[0] > 2 * few.shape[0]
    assert many.shape[1] > 1.5 * few.shape[1]


def test_the_image_of_a_whole_match_stays_of_a_size_that_opens(tmp_path: Path) -> None:
    spans = {person: [(2.0 * person, 2.0 * person + 2.0)] for person in range(200)}
    image = drawn(lanes(1.0, spans, []), tmp_path)
    assert max(image.shape) < 5000


def test_frames_years_apart_are_drawn_too(tmp_path: Path) -> None:
    table = lane_table([(0, 1, 0), (2_000_000_000, 1, 0)])
    assert drawn(align(table, table, 25.0), tmp_path).size > 0


def test_nothing_is_a_image_too(tmp_path: Path) -> None:
    nothing = lane_table([])
    assert drawn(align(nothing, nothing, 25.0), tmp_path).size
    plot_hota({}, tmp_path / "hota.png")
    assert read(tmp_path / "hota.png").size


def test_names_are_written_as_they_are(tmp_path: Path) -> None:
    assert drawn(crowd(2, 2), tmp_path, title="_a $x_{ b").size
    score = hota(crowd(2, 2))
    plot_hota({"_a $x_{ b": score, "$$": score}, tmp_path / "hota.png", combined=score)
    plot_hota({"_a $x_{ b": score}, tmp_path / "one.png", combined=score)
    assert read(tmp_path / "hota.png").shape[1] > read(tmp_path / "one.png").shape[1]


@pytest.mark.parametrize("count", [2, 20])
def test_the_combined_curve_is_black_among_the_sequences(tmp_path: Path, count: int) -> None:
    perfect, half = (
        hota(crowd(2, 10)),
        hota(lanes(5.0, {1: [(0, 9)]}, [(1, 1, 0, 3), (2, 1, 3, 9)])),
    )
    sequences = dict.fromkeys((f"sequence {place}" for place in range(count)), half)
    plot_hota(sequences, tmp_path / "without.png")
    plot_hota(sequences, tmp_path / "with.png", combined=HotaScores.combine([perfect, half]))
    black = (0, 0, 0)
    without, with_it = read(tmp_path / "without.png"), read(tmp_path / "with.png")
    assert share(with_it, black) > share(without, black) + 0.001


def test_a_missing_matplotlib_names_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"matplotlib is not installed: .*touchline\[plots\]"):
        drawn(crowd(1, 1), tmp_path)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"away/hota\.png cannot be written: No such file"):
        plot_hota({}, tmp_path / "away" / "hota.png")


def test_pyplot_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from touchline.evaluation.plots import plot_hota; "
        "assert 'matplotlib' not in sys.modules; plot_hota({}, Path(sys.argv[1])); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "hota.png")], check=True)
