"""Batches of augmented labelled images, drawn from several sources by share.

Shape letters: B images of a batch, C channels, H rows, W columns, K classes, N boxes of a batch;
the six numbers of a label are image of the batch, class, corner pixels.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from touchline.detection.augmentation import ImageAugmentation
from touchline.detection.augmentation_config import MosaicConfig
from touchline.detection.data import (
    DetectionData,
    join_detection_data,
    read_detection_data,
    split_by_match,
    with_classes,
)
from touchline.detection.labelled_images import LabelledImages
from touchline.detection.labels import SOMEBODY
from touchline.errors import UsageError
from touchline.image_files import use_one_thread
from touchline.role_words import role_of
from touchline.stop_signals import leave_stopping_to_the_first_process
from touchline.training.detector.config import DetectorTrainConfig
from touchline.types import PEOPLE

_log = logging.getLogger(__name__)

_ORDER, _SAMPLE = 0, 1
"""Separate seeds, so that the order of samples and their augmentation are independent."""


@dataclass(frozen=True)
class DetectorData:
    """The images a detector is trained and validated on.

    sources: training images of each folder. shares: of the samples, for each of them, summing to
    1. validation: images of other matches, None without any. held_out: their matches.
    """

    sources: tuple[DetectionData, ...]
    shares: tuple[float, ...]
    validation: DetectionData | None
    held_out: tuple[str, ...]
    names: tuple[str, ...]

    def class_weights(self, rarity: float) -> list[float]:
        """Weight of a box of each class, 1 for the commonest.

        rarity: 0 for equal weights, 1 so that all classes weigh the same in total.
        """
        counts = np.sum(
            [
                share / len(source) * np.array(list(source.counts().values()), np.float64)
                for source, share in zip(self.sources, self.shares, strict=True)
            ],
            axis=0,
        )
        weights = (counts.max() / np.maximum(counts, counts.max() * 1e-3)) ** rarity
        return [float(weight) for weight in weights]

    def fingerprint(self) -> str:
        """Digest of image names, boxes and classes; does not depend on where the folder lies."""
        digest = hashlib.sha256(repr((self.names, self.held_out)).encode())
        parts = [*self.sources, *([] if self.validation is None else [self.validation])]
        for part in parts:
            for path, boxes, classes in zip(part.paths, part.boxes, part.classes, strict=True):
                digest.update(path.name.encode())
                digest.update(np.round(boxes, 3).tobytes())
                digest.update(classes.tobytes())
        return digest.hexdigest()


def read_detector_data(
    folders: Sequence[Path],
    config: DetectorTrainConfig,
    validation: Path | None = None,
    guessed: Sequence[Path] = (),
) -> DetectorData:
    """The images of folders in YOLO's or COCO's format, divided by match.

    validation: a folder of images to validate on, in place of matches taken out. guessed: folders
    whose labels nobody made by hand; they name no classes where ``folders`` do, and none of their
    matches is drawn to validate on. Raises
    UsageError for matches and classes that are not there, and where nothing is left to train on.
    """
    settings, by_hand = config.data, len(folders)
    folders = [*folders, *guessed]
    if settings.shares and len(settings.shares) != len(folders):
        raise UsageError(
            f"data.shares has {len(settings.shares)} numbers for {len(folders)} folders: give one "
            "for each --data and --unlabelled"
        )
    parts = [read_detection_data(path, match_pattern=settings.match_pattern) for path in folders]
    skipped = {name.casefold() for name in settings.ignored}
    every_name = join_detection_data(parts[:by_hand] or parts).names
    if not by_hand:
        skipped.add("person")  # whose role nobody knows may be any of the others
    names = settings.classes or [name for name in every_name if name.casefold() not in skipped]
    parts = [with_classes(part, names, settings.renamed, settings.ignored) for part in parts]
    every = join_detection_data(parts)
    known = sorted({match for part in parts[:by_hand] for match in part.matches.tolist()})
    matches = [] if validation is not None else _validation_matches(every, known, config)
    judged: DetectionData | None = split_by_match(every, matches)[1] if matches else None
    if validation is not None:
        other = read_detection_data(validation, match_pattern=settings.match_pattern)
        judged = with_classes(other, names, settings.renamed, settings.ignored)
    split_by_match(every, settings.left_out)  # names a match that is not there
    gone = [*matches, *settings.left_out]
    sources = tuple(part[~np.isin(part.matches, gone)] for part in parts)
    for folder, source in zip(folders, sources, strict=True):
        if not len(source):
            raise UsageError(f"{folder} has no image left to train on: all are held out")
        if not (labelled := labelled_classes(source)).all():
            missing = [name for name, there in zip(names, labelled, strict=True) if not there]
            _log.warning(
                "%s: no box is labelled %s; what looks like one there is left out of the loss",
                folder,
                " or ".join(missing),
            )
    weights = settings.shares or tuple(float(len(source)) for source in sources)
    shares = tuple(weight / sum(weights) for weight in weights)
    if judged is not None:
        judged = _thinned(judged, config.validation.most_images)
    return DetectorData(sources, shares, judged, tuple(matches), tuple(names))


def labelled_classes(source: DetectionData) -> NDArray[np.bool_]:
    """(K,) which classes the images of a folder have labels of.

    Those of any of its boxes; where one is SOMEBODY, all roles of people; where there are no boxes,
    all: images that show nothing.
    """
    classes = np.concatenate([*source.classes, np.zeros(0, np.int64)])
    labelled = np.isin(np.arange(len(source.names)), classes)
    if (classes == SOMEBODY).any():
        labelled |= [role_of(name) in PEOPLE for name in source.names]
    return labelled if labelled.any() else ~labelled


class Samples(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Samples by (epoch, index, which of ``sizes``); equal keys give equal samples.

    A sample is an image (3, H, W) uint8, its labels (n, 5), class and corner pixels, and (K,) which
    classes it has labels of.
    """

    def __init__(self, data: DetectorData, config: DetectorTrainConfig, *, mosaics: bool) -> None:
        changes = config.augmentation
        if not mosaics:
            changes = changes.model_copy(update={"mosaic": MosaicConfig(probability=0.0)})
        room = config.cache_megabytes // len(data.sources)
        self._sources = [LabelledImages(source, room) for source in data.sources]
        self._labelled = [torch.from_numpy(labelled_classes(source)) for source in data.sources]
        self._shares = np.array(data.shares)
        self._augment = [ImageAugmentation(changes, size) for size in config.schedule.sizes]
        self._seed = config.seed

    def __getitem__(self, key: tuple[int, int, int]) -> tuple[Tensor, Tensor, Tensor]:
        epoch, number, size = key
        random = np.random.default_rng((self._seed, _SAMPLE, epoch, number))
        number_source = random.choice(len(self._sources), p=self._shares)
        source = self._sources[number_source]
        image, boxes, classes = self._augment[size].sample(
            source, int(random.integers(len(source))), random
        )
        label_n5 = np.column_stack([classes, boxes]).astype(np.float32)
        image_CHW = np.ascontiguousarray(image.transpose(2, 0, 1))
        labels = torch.from_numpy(label_n5), self._labelled[number_source]
        return torch.from_numpy(image_CHW), *labels


DetectorBatch = tuple[Tensor, Tensor, Tensor]
"""Images (B, 3, H, W) uint8, labels (N, 6), and (B, K) which classes an image has labels of."""


class BatchLoader:
    """The batches of an epoch, made by ``config.workers`` processes where there are any."""

    def __init__(self, data: DetectorData, config: DetectorTrainConfig, *, mosaics: bool) -> None:
        self._config = config
        self._keys = _Keys(config)
        samples = Samples(data, config, mosaics=mosaics)
        self._loader: DataLoader[DetectorBatch] = DataLoader(
            samples,
            batch_sampler=self._keys,
            collate_fn=_collated,
            num_workers=config.workers,
            persistent_workers=config.workers > 0,
            worker_init_fn=_alone,
            # Forked processes hang where OpenCV already has threads.
            multiprocessing_context="spawn" if config.workers else None,
        )

    def batches(self, epoch: int, done: int) -> DataLoader[DetectorBatch]:
        """Batches of an epoch after the first ``done``."""
        self._keys.begin(epoch, done)
        return self._loader


class _Keys:
    """Keys of the samples of each batch; all samples of a batch have one size."""

    def __init__(self, config: DetectorTrainConfig) -> None:
        self._config = config
        self._epoch, self._done = 0, 0

    def begin(self, epoch: int, done: int) -> None:
        self._epoch, self._done = epoch, done

    def __len__(self) -> int:
        return batches_per_epoch(self._config) - self._done

    def __iter__(self) -> Iterator[list[tuple[int, int, int]]]:
        schedule = self._config.schedule
        random = np.random.default_rng((self._config.seed, _ORDER, self._epoch))
        count = batches_per_epoch(self._config)
        sizes = random.integers(len(schedule.sizes), size=count).tolist()
        for batch in range(self._done, count):
            first = batch * schedule.batch_size
            last = min(first + schedule.batch_size, schedule.samples_per_epoch)
            yield [(self._epoch, number, sizes[batch]) for number in range(first, last)]


def batches_per_epoch(config: DetectorTrainConfig) -> int:
    """Number of batches in an epoch; the last one may be smaller."""
    return -(-config.schedule.samples_per_epoch // config.schedule.batch_size)


def _collated(samples: Sequence[tuple[Tensor, Tensor, Tensor]]) -> DetectorBatch:
    labels = [
        torch.nn.functional.pad(label_n5, (1, 0), value=float(number))
        for number, (_, label_n5, _) in enumerate(samples)
    ]
    images, _, labelled = zip(*samples, strict=True)
    return torch.stack(images), torch.cat(labels), torch.stack(labelled)


def _alone(_worker: int) -> None:
    """One thread per worker: more slow each other down; the main process handles signals."""
    leave_stopping_to_the_first_process()
    use_one_thread()
    torch.set_num_threads(1)


def _validation_matches(
    data: DetectionData, known: Sequence[str], config: DetectorTrainConfig
) -> list[str]:
    """The matches asked for, else one of ``known``; none of a single one or with validation off."""
    if config.validation.matches:
        split_by_match(data, config.validation.matches)  # names a match that is not there
        return list(config.validation.matches)
    known = [match for match in known if match not in config.data.left_out]
    if not config.validation.every:
        return []
    if len(known) < 2:
        _log.warning("all images are of one match: none are left to validate on")
        return []
    return [str(np.random.default_rng(config.seed).choice(known))]


def _thinned(data: DetectionData, most: int) -> DetectionData:
    if len(data) <= most:
        return data
    return data[np.linspace(0, len(data) - 1, most).round().astype(np.int64)]
