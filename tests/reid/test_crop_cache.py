"""Crops kept in memory."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from touchline.errors import VideoError
from touchline.image_files import read_image
from touchline.reid.crop_cache import CropCache
from touchline.reid.manifest import Manifest


def written(folder: Path, count: int) -> Manifest:
    random = np.random.default_rng(0)
    for row in range(count):
        crop = random.integers(0, 256, (20 + row, 10, 3), np.uint8)
        cv2.imwrite(str(folder / f"{row}.png"), crop)
    return Manifest(folder, [f"{row}.png" for row in range(count)], np.zeros(count, int))


@pytest.mark.parametrize(("max_bytes", "kept"), [(0, 0), (599, 0), (600, 1), (1300, 2), (10**6, 4)])
def test_crops_are_the_same_whether_kept_or_not(tmp_path: Path, max_bytes: int, kept: int) -> None:
    manifest = written(tmp_path, 4)
    cache = CropCache(manifest, max_bytes)
    assert cache.kept == kept
    for row in range(4):
        np.testing.assert_array_equal(cache.crop(row), read_image(manifest.file(row)))


def test_kept_crops_are_not_read_again_and_cannot_be_written_to(tmp_path: Path) -> None:
    manifest = written(tmp_path, 2)
    cache = CropCache(manifest, 600)
    (tmp_path / "0.png").unlink()
    assert cache.crop(0).shape == (20, 10, 3)
    with pytest.raises(ValueError, match="read-only"):
        cache.crop(0)[0] = 0
    (tmp_path / "1.png").unlink()
    with pytest.raises(VideoError, match=r"1\.png cannot be read"):
        cache.crop(1)


def test_a_broken_crop_is_named_at_once_and_no_crops_are_fine(tmp_path: Path) -> None:
    manifest = written(tmp_path, 3)
    (tmp_path / "2.png").write_bytes(b"no image")
    with pytest.raises(VideoError, match=r"2\.png cannot be decoded"):
        CropCache(manifest, 10**6)
    assert CropCache(manifest[:0], 10**6).kept == 0
