"""Batches of crops: as tracking sees them, fixed by seed and epoch, from any number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from touchline.errors import VideoError
from touchline.image_files import read_image
from touchline.perception.crops import CropFormat
from touchline.reid.augmentation_config import AugmentationConfig, Group
from touchline.reid.manifest import Manifest
from touchline.training.reid.crop_data import (
    BatchSampler,
    CropBatch,
    CropDataset,
    CropLoader,
    Draw,
    crop_loader,
)
from touchline.training.reid.rules import BatchLabels
from touchline.training.reid.samplers import MatchAwareSampler

EVERY_GROUP = AugmentationConfig(groups=get_args(Group))
SMALL = CropFormat(64, 32)


class OrderedBatches:
    """All rows from 0 to ``count``, in order, ``batch`` at a time; the last batch may be short."""

    def __init__(self, count: int, batch: int) -> None:
        self._count = count
        self._starts = range(0, count, batch)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Sequence[int]]:
        for start in self._starts:
            yield range(start, min(start + self._starts.step, self._count))

    def set_epoch(self, epoch: int) -> None:
        """Changes nothing: every epoch has this order."""


class ShuffledBatches:
    """All rows in another order in each epoch, two of them twice."""

    def __init__(self, count: int, batch: int) -> None:
        self._count, self._batch, self._epoch = count, batch, 0

    def __len__(self) -> int:
        return -(-(self._count + 2) // self._batch)

    def __iter__(self) -> Iterator[Sequence[int]]:
        rows = [*range(self._count), 0, 1]
        rows = np.random.default_rng(self._epoch).permutation(rows).tolist()
        for start in range(0, len(rows), self._batch):
            yield rows[start : start + self._batch]

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Twelve crops of many sizes, four identities in two matches."""
    folder, random = tmp_path_factory.mktemp("crops"), np.random.default_rng(0)
    for row in range(12):
        blocks = random.integers(0, 256, (10 + row, 5, 3), np.uint8)
        crop = np.kron(blocks, np.ones((8, 8, 1), np.uint8))
        cv2.imwrite(str(folder / f"{row}.jpg"), crop)
    return Manifest(
        folder,
        [f"{row}.jpg" for row in range(12)],
        np.arange(12) // 3,
        sequences=np.arange(12) // 6,
        matches=np.arange(12) // 6,
    )


def epoch_of(loader: CropLoader, epoch: int, first_batch: int = 0) -> list[CropBatch]:
    loader.set_epoch(epoch, first_batch)
    # Copies: what workers hand over is shared memory, of which there is little.
    return [CropBatch(*(tensor.clone() for tensor in batch)) for batch in loader]


def assert_same(batches: Sequence[CropBatch], others: Sequence[CropBatch]) -> None:
    assert len(batches) == len(others) > 0
    for batch, other in zip(batches, others, strict=True):
        torch.testing.assert_close(batch.row_B, other.row_B, rtol=0, atol=0)
        torch.testing.assert_close(batch.image_BCHW, other.image_BCHW, rtol=0, atol=0)


def by_row(batches: Sequence[CropBatch]) -> dict[int, list[Tensor]]:
    found: dict[int, list[Tensor]] = {}
    for batch in batches:
        for row, image_CHW in zip(batch.row_B.tolist(), batch.image_BCHW, strict=True):
            found.setdefault(row, []).append(image_CHW)
    return found


@pytest.mark.parametrize(
    "crop_format",
    [CropFormat(), CropFormat(64, 32, (0.5,) * 3, (0.25,) * 3), CropFormat(64, 32, colour="bgr")],
)
def test_without_augmentation_crops_are_what_the_embedder_is_given(
    manifest: Manifest, crop_format: CropFormat
) -> None:
    wanted = crop_format.batch([read_image(manifest.file(row)) for row in range(12)])
    for augmentation in (None, AugmentationConfig(groups=())):
        dataset = CropDataset(manifest, crop_format, augmentation)
        batches = list(crop_loader(dataset, OrderedBatches(len(dataset), 5)))
        assert [len(batch.row_B) for batch in batches] == [5, 5, 2]
        assert torch.cat([batch.row_B for batch in batches]).tolist() == list(range(12))
        found = torch.cat([batch.image_BCHW for batch in batches])
        assert found.dtype == torch.float32
        np.testing.assert_array_equal(found.numpy(), wanted)


def test_no_worker_and_two_give_the_same_bits_in_every_epoch(manifest: Manifest) -> None:
    # A user of many threads first: forked workers must not wait for those.
    cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (0, 0), 3)
    dataset = CropDataset(manifest, SMALL, EVERY_GROUP)
    alone = crop_loader(dataset, ShuffledBatches(12, 4), workers=0, seed=5)
    many = crop_loader(dataset, ShuffledBatches(12, 4), workers=2, seed=5)
    for epoch in (0, 1, 2):  # the workers live on from epoch to epoch
        assert_same(epoch_of(alone, epoch), epoch_of(many, epoch))


@pytest.mark.parametrize("workers", [0, 2])
def test_going_on_later_is_as_if_never_stopped(manifest: Manifest, workers: int) -> None:
    dataset = CropDataset(manifest, SMALL, EVERY_GROUP)
    whole = crop_loader(dataset, ShuffledBatches(12, 4), workers=workers)
    epochs = [epoch_of(whole, epoch) for epoch in range(3)]
    resumed = crop_loader(CropDataset(manifest, SMALL, EVERY_GROUP), ShuffledBatches(12, 4))
    assert_same(epoch_of(resumed, 2), epochs[2])
    assert_same(epoch_of(resumed, 1, first_batch=2), epochs[1][2:])
    assert len(resumed) == len(epochs[1]) - 2
    assert_same(epoch_of(resumed, 1), epochs[1])


def test_leaving_an_epoch_early_does_not_touch_the_next(manifest: Manifest) -> None:
    loader = crop_loader(
        CropDataset(manifest, SMALL, EVERY_GROUP), ShuffledBatches(12, 2), workers=2
    )
    whole = epoch_of(loader, 1)
    loader.set_epoch(0)
    next(iter(loader))
    assert_same(epoch_of(loader, 1), whole)


def test_epoch_and_seed_change_each_crop(manifest: Manifest) -> None:
    dataset = CropDataset(manifest, SMALL, AugmentationConfig())
    loader = crop_loader(dataset, OrderedBatches(12, 4), seed=1)
    other = crop_loader(dataset, OrderedBatches(12, 4), seed=2)
    first = by_row(epoch_of(loader, 0))
    for changed in (by_row(epoch_of(loader, 1)), by_row(epoch_of(other, 0))):
        assert sum(torch.equal(first[row][0], changed[row][0]) for row in range(12)) <= 1


def test_the_place_in_an_epoch_does_not_matter_but_a_second_draw_differs(
    manifest: Manifest,
) -> None:
    dataset = CropDataset(manifest, SMALL, AugmentationConfig())
    shuffled = by_row(epoch_of(crop_loader(dataset, ShuffledBatches(12, 4)), 0))
    ordered = by_row(epoch_of(crop_loader(dataset, OrderedBatches(12, 5)), 0))
    for row in range(12):
        assert torch.equal(shuffled[row][0], ordered[row][0])
    for row in (0, 1):
        assert len(shuffled[row]) == 2
        assert not torch.equal(*shuffled[row])


def test_a_cache_changes_nothing_but_the_reading(manifest: Manifest) -> None:
    plain = crop_loader(CropDataset(manifest, SMALL, EVERY_GROUP), OrderedBatches(12, 4))
    for megabytes in (0.03, 10.0):  # three of the crops, all of them
        dataset = CropDataset(manifest, SMALL, EVERY_GROUP, cache_megabytes=megabytes)
        cached = crop_loader(dataset, OrderedBatches(12, 4), workers=1)
        assert_same(epoch_of(cached, 0), epoch_of(plain, 0))


def test_reading_leaves_the_chance_of_the_training_alone(manifest: Manifest) -> None:
    loader = crop_loader(CropDataset(manifest, SMALL, EVERY_GROUP), OrderedBatches(12, 4))
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    epoch_of(loader, 0)
    assert torch.equal(torch.rand(1), wanted)


def test_a_sampler_of_identities_goes_in_as_it_is(manifest: Manifest) -> None:
    sampler: BatchSampler = MatchAwareSampler(BatchLabels.from_manifest(manifest), 2, 2, seed=4)
    loader = crop_loader(CropDataset(manifest, SMALL, AugmentationConfig()), sampler)
    batches = epoch_of(loader, 3)
    assert len(batches) == len(loader)
    sampler.set_epoch(3)
    assert [batch.row_B.tolist() for batch in batches] == [list(rows) for rows in sampler]


def test_erased_parts_are_nothing_to_the_network(manifest: Manifest) -> None:
    for crop_format in (SMALL, CropFormat(64, 32, (0.2, 0.4, 0.6), colour="bgr")):
        config = AugmentationConfig.model_validate(
            {"groups": ["erase"], "erase": {"probability": 1, "fill": "mean", "min_area": 0.2}}
        )
        plain = CropDataset(manifest, crop_format).read([Draw(3)])
        erased = CropDataset(manifest, crop_format, config).read([Draw(3)])
        changed = erased.image_BCHW[(plain.image_BCHW != erased.image_BCHW)]
        assert len(changed) > 0.15 * plain.image_BCHW.numel()
        assert changed.abs().max() < 0.01  # half a step of 255, in deviations


@pytest.mark.parametrize("workers", [0, 1])
def test_a_missing_and_a_broken_crop_are_named_in_one_line(
    manifest: Manifest, tmp_path: Path, workers: int
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    for name, reason in (("broken.jpg", "cannot be decoded"), ("gone.jpg", "cannot be read")):
        paths = [str(manifest.file(0)), str(tmp_path / name)]
        dataset = CropDataset(Manifest(tmp_path, paths, [0, 1]), SMALL)
        with pytest.raises(VideoError) as raised:
            list(crop_loader(dataset, OrderedBatches(2, 1), workers=workers))
        assert f"{name} {reason}" in str(raised.value)
        assert "\n" not in str(raised.value)


def test_no_crops_are_no_batches(manifest: Manifest) -> None:
    dataset = CropDataset(manifest[:0], SMALL, EVERY_GROUP, cache_megabytes=1)
    loader = crop_loader(dataset, OrderedBatches(0, 4))
    assert (len(dataset), len(loader), list(loader)) == (0, 0, [])
