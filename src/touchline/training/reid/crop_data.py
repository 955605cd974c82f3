"""Batches of crops for training, normalised exactly as the exported embedder does it.

Shape letters: B crops of a batch, C channels, H rows, W columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from touchline.errors import TouchlineError
from touchline.image_files import use_one_thread
from touchline.perception.crops import CropFormat
from touchline.reid.augmentation import Augmentation
from touchline.reid.augmentation_config import AugmentationConfig
from touchline.reid.crop_cache import CropCache
from touchline.reid.manifest import Manifest
from touchline.stop_signals import leave_stopping_to_the_first_process

_MEGABYTE = 1_000_000


class CropBatch(NamedTuple):
    """Crops as network input, (B, 3, H, W) float32, and their rows, (B,) int64."""

    image_BCHW: Tensor
    row_B: Tensor


class Draw(NamedTuple):
    """A crop to read: its row in the manifest, and the seed of its augmentation."""

    row: int
    seed: tuple[int, ...] = (0,)


class BatchSampler(Protocol):
    """Yields the rows of each batch, in a new order for each epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Sequence[int]]: ...

    def set_epoch(self, epoch: int) -> None:
        """Read this epoch next, counted from 0, whatever was read before."""


class CropDataset:
    """The crops of a manifest as tensors in the format of a network.

    augmentation: how crops are changed at random; None leaves them as tracking sees them.
    cache_megabytes: this much of decoded pixels is read at once and kept, from the first row on (a
    player of a broadcast is 10 kB); what does not fit is decoded whenever it is drawn. Worker
    processes share the memory where they are forked, as on Linux, and copy it elsewhere.

    Raises VideoError naming the file that is missing or cannot be decoded.
    """

    def __init__(
        self,
        manifest: Manifest,
        crop_format: CropFormat,
        augmentation: AugmentationConfig | None = None,
        *,
        cache_megabytes: float = 0.0,
    ) -> None:
        self.manifest = manifest
        self.format = crop_format
        self._augmentation = (
            None if augmentation is None else _augmentation(augmentation, crop_format)
        )
        self._cache = CropCache(manifest, int(cache_megabytes * _MEGABYTE))

    def __len__(self) -> int:
        return len(self.manifest)

    def read(self, draws: Sequence[Draw]) -> CropBatch:
        """The crops of ``draws``; a draw gives the same tensor wherever and whenever it is read."""
        crops = [self._cache.crop(draw.row) for draw in draws]
        if self._augmentation is not None:
            change = self._augmentation
            dice = [change.chance(draw.seed) for draw in draws]
            changed = [change.jitter_colours(*pair) for pair in zip(crops, dice, strict=True)]
            images = self.format.resized(changed)
            crops = [change.change_frame(*pair) for pair in zip(images, dice, strict=True)]
        return CropBatch(
            torch.from_numpy(self.format.batch(crops)),
            torch.tensor([draw.row for draw in draws], dtype=torch.int64),
        )


class CropLoader:
    """Batches read ahead by worker processes; ``crop_loader`` makes one.

    Going through it reads the epoch that was set last, the first one at the beginning. The same
    seed and epoch give the same batches, bit by bit, with any number of workers and whatever was
    read before. Workers live as long as the loader: keep one for all epochs.
    """

    def __init__(
        self, dataset: CropDataset, sampler: BatchSampler, workers: int, seed: int
    ) -> None:
        self._draws = _Draws(sampler, seed)
        self._loader = DataLoader(
            _BatchesOrErrors(dataset),
            batch_sampler=self._draws,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=torch.cuda.is_available(),
            collate_fn=_as_it_is,
            worker_init_fn=_start_worker,
            # Its own generator, or starting an epoch would draw from the training's.
            generator=torch.Generator().manual_seed(seed),
        )

    def __len__(self) -> int:
        return len(self._draws)

    def set_epoch(self, epoch: int, first_batch: int = 0) -> None:
        """Read this epoch next, counted from 0, without the batches before ``first_batch``."""
        self._draws.set_epoch(epoch, first_batch)

    def __iter__(self) -> Iterator[CropBatch]:
        for batch in self._loader:
            if isinstance(batch, TouchlineError):
                raise batch
            yield batch


def crop_loader(
    dataset: CropDataset, sampler: BatchSampler, *, workers: int = 0, seed: int = 0
) -> CropLoader:
    """A loader of the batches that ``sampler`` names; with 0 workers this process reads them.

    seed: of the random changes; those of a crop hang on it, on the epoch, on the row and on how
    often the row was drawn before in this epoch, and on nothing else. Tensors lie in pinned memory
    where there is a GPU.
    """
    return CropLoader(dataset, sampler, workers, seed)


class _Draws:
    """A sampler's batches as draws. They carry the epoch, which workers would not learn of."""

    def __init__(self, sampler: BatchSampler, seed: int) -> None:
        self._sampler = sampler
        self._seed = seed
        self.set_epoch(0)

    def __len__(self) -> int:
        return max(0, len(self._sampler) - self._first_batch)

    def set_epoch(self, epoch: int, first_batch: int = 0) -> None:
        self._epoch, self._first_batch = epoch, first_batch
        self._sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[list[Draw]]:
        # A crop drawn twice, for a person who has few, must not be the same image twice.
        before: Counter[int] = Counter()
        epoch, first_batch = self._epoch, self._first_batch
        for number, batch in enumerate(self._sampler):
            draws = []
            for row in map(int, batch):
                draws.append(Draw(row, (self._seed, epoch, row, before[row])))
                before[row] += 1
            if number >= first_batch:
                yield draws


class _BatchesOrErrors(Dataset[CropBatch | TouchlineError]):
    """Whole batches for a DataLoader. It would wrap a worker's error in the worker's traceback,
    so our errors come back as values."""

    def __init__(self, dataset: CropDataset) -> None:
        self._dataset = dataset

    def __getitems__(self, draws: Sequence[Draw]) -> CropBatch | TouchlineError:
        try:
            return self._dataset.read(draws)
        except TouchlineError as error:
            return error


def _as_it_is(batch: Any) -> Any:
    return batch


def _start_worker(_: int) -> None:
    leave_stopping_to_the_first_process()
    use_one_thread()


def _augmentation(config: AugmentationConfig, crop_format: CropFormat) -> Augmentation:
    """Augmentation whose fill colour ``crop_format`` normalises to zeros and unit noise."""
    channels = [
        (255 * mean, 255 * std) for mean, std in zip(crop_format.mean, crop_format.std, strict=True)
    ]
    blue, green, red = channels[::-1] if crop_format.colour == "rgb" else channels
    return Augmentation(
        config, mean=(blue[0], green[0], red[0]), spread=(blue[1], green[1], red[1])
    )
