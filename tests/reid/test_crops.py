"""Crops from files, and what their changed looks keep and lose."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.errors import VideoError
from touchline.reid.crops import VARIANTS, change, read_crops
from touchline.reid.manifest import Manifest

Crop = NDArray[np.uint8]


def colourful(seed: int = 0, height: int = 64, width: int = 32) -> Crop:
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))


def written(folder: Path, count: int) -> Manifest:
    for row in range(count):
        cv2.imwrite(str(folder / f"{row}.png"), colourful(row))
    return Manifest(folder, [f"{row}.png" for row in range(count)], np.zeros(count, int))


def test_crops_come_in_batches_and_in_order(tmp_path: Path) -> None:
    manifest = written(tmp_path, 5)
    batches = list(read_crops(manifest, batch=2))
    assert [(rows.start, rows.stop) for rows, _ in batches] == [(0, 2), (2, 4), (4, 5)]
    for row, crop in enumerate(crop for _, crops in batches for crop in crops):
        np.testing.assert_array_equal(crop, colourful(row))
    assert list(read_crops(manifest[:0])) == []


def test_a_missing_and_a_broken_file_are_named(tmp_path: Path) -> None:
    manifest = written(tmp_path, 2)
    (tmp_path / "1.png").write_bytes(b"no image")
    with pytest.raises(VideoError, match=r"1\.png cannot be decoded"):
        list(read_crops(manifest))
    (tmp_path / "0.png").unlink()
    with pytest.raises(VideoError, match=r"0\.png cannot be read"):
        list(read_crops(manifest))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_the_looks_and_not_its_input(name: str) -> None:
    crop = colourful()
    before = crop.copy()
    (changed,) = change(VARIANTS[name], [crop], 0)
    np.testing.assert_array_equal(crop, before)
    assert changed.dtype == np.uint8
    assert changed.shape != crop.shape or (changed != crop).any()
    assert change(VARIANTS[name], [np.full((1, 1, 3), 7, np.uint8)], 0)[0].shape == (1, 1, 3)
    assert change(VARIANTS[name], [], 0) == []


def test_grey_has_no_colour_and_keeps_the_brightness() -> None:
    crop = colourful()
    (grey,) = change(VARIANTS["grey"], [crop], 0)
    assert (grey == grey[..., :1]).all()
    assert abs(float(grey.mean()) - float(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).mean())) < 0.5


def test_hue_moves_far_and_nothing_else_does() -> None:
    red = np.full((8, 4, 3), (30, 30, 200), np.uint8)
    for changed in change(VARIANTS["hue"], [red] * 30, 0):
        hue, saturation, value = cv2.cvtColor(changed, cv2.COLOR_BGR2HSV)[0, 0].tolist()
        assert 29 <= hue <= 151
        assert abs(saturation - 217) <= 3
        assert abs(value - 200) <= 1


def test_chance_depends_on_seed_and_row_only() -> None:
    crops = [colourful()] * 4
    whole = change(VARIANTS["hue"], crops, 0, seed=3)
    parts = change(VARIANTS["hue"], crops[:2], 0, seed=3) + change(VARIANTS["hue"], crops, 2, 3)[:2]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any((whole[0] != one).any() for one in whole[1:])
    assert (whole[0] != change(VARIANTS["hue"], crops, 0, seed=4)[0]).any()


def test_blur_flattens_and_half_has_half_the_pixels() -> None:
    crop = colourful()
    (blurred,) = change(VARIANTS["blur"], [crop], 0)
    (half,) = change(VARIANTS["half"], [crop], 0)
    step = np.abs(np.diff(crop.astype(int), axis=1)).max()
    assert np.abs(np.diff(blurred.astype(int), axis=1)).max() < 0.7 * step
    assert half.shape == (32, 16, 3)
