"""Batches of a few crops each of several people, drawn so that all are known to differ."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from touchline.errors import InputError
from touchline.training.reid.config import TrainConfig
from touchline.training.reid.rules import BatchLabels

_People: TypeAlias = list[NDArray[np.int64]]
"""Labels of each batch."""


class IdentitySampler(Sampler[list[int]], ABC):
    """Batches (lists of crop numbers) of ``identities_per_batch`` people, as ``batch_sampler``.

    ``crops_per_identity`` crops of a person lie side by side; people with fewer repeat them. The
    batches of an epoch depend on ``seed`` and the epoch alone. Of ``world_size`` processes each
    takes every k-th batch, all equally many; together they draw what one would draw.

    Raises InputError for numbers out of range, and for fewer than two people.
    """

    def __init__(
        self,
        labels: BatchLabels,
        identities_per_batch: int,
        crops_per_identity: int,
        *,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if identities_per_batch < 2 or crops_per_identity < 1:
            raise InputError(
                f"batches of {identities_per_batch} identities with {crops_per_identity} crops: "
                "at least 2 identities with 1 crop are needed"
            )
        if not 0 <= rank < world_size:
            raise InputError(f"rank {rank} is not in 0..{world_size - 1}, one per process")
        if len(labels.names) < 2:
            raise InputError(f"{len(labels.names)} identities cannot be told apart: give 2 or more")
        self._labels = labels
        self._identities_per_batch = identities_per_batch
        self._crops_per_identity = crops_per_identity
        self._seed = seed
        self._rank = rank
        self._world_size = world_size
        self._epoch = 0
        self._batches: list[list[int]] | None = None
        self._counts = np.bincount(labels.identities)

    def set_epoch(self, epoch: int) -> None:
        """Go to an epoch, counted from 0; iterating again repeats it."""
        if epoch != self._epoch:
            self._epoch = epoch
            self._batches = None

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._epoch_batches())

    def __len__(self) -> int:
        """Batches of this process in this epoch; differs a little between epochs."""
        return len(self._epoch_batches())

    @abstractmethod
    def _draw_people(self, random: np.random.Generator) -> _People:
        """Labels of each batch, for all processes together: a multiple of their number."""

    def _for_each_process(self, people: _People) -> _People:
        """As many batches for each process, what is over left out; not for fewer than one."""
        whole = len(people) // self._world_size * self._world_size
        if not whole:
            raise InputError(
                f"{len(self._counts)} identities make {len(people)} batches of "
                f"{self._identities_per_batch} for {self._world_size} processes: lower "
                "identities_per_batch"
            )
        return people[:whole]

    def _epoch_batches(self) -> list[list[int]]:
        if self._batches is None:
            random = np.random.default_rng([self._seed, self._epoch])
            crops = self._shuffled_crops(random)
            people = self._draw_people(random)
            self._batches = self._crops_of(people, crops)[self._rank :: self._world_size]
        return self._batches

    def _shuffled_crops(self, random: np.random.Generator) -> NDArray[np.int64]:
        """All crops, those of one label side by side in random order."""
        crops = random.permutation(len(self._labels))
        return crops[np.argsort(self._labels.identities[crops], kind="stable")]

    def _crops_of(self, people: _People, crops: NDArray[np.int64]) -> list[list[int]]:
        """Each time a label is drawn it gives its next crops, from the start again at the end."""
        size = self._crops_per_identity
        flat = np.concatenate(people)
        by_label = np.argsort(flat, kind="stable")
        times = np.bincount(flat, minlength=len(self._counts))
        turn = np.empty_like(flat)
        turn[by_label] = np.arange(len(flat)) - np.repeat(times.cumsum() - times, times)
        within = (turn[:, None] * size + np.arange(size)) % self._counts[flat, None]
        first = self._counts.cumsum() - self._counts
        drawn = crops[first[flat, None] + within].ravel()
        ends = np.cumsum([len(batch) * size for batch in people])[:-1]
        return [batch.tolist() for batch in np.split(drawn, ends)]


class MatchAwareSampler(IdentitySampler):
    """Batches in which all people are known to be different; an epoch shows every crop.

    A batch holds people of one clip of a match and of other matches, never of two clips of one
    match (unless a label is known in both clips: see ``rules``). Labels are drawn with a chance
    proportional to their crops not yet shown. Where too few with such crops fit together, others
    are shown again; where too few people fit together at all (a match with only small clips, few
    people), the batch is smaller, down to the one person whom nobody fits.
    """

    def _draw_people(self, random: np.random.Generator) -> _People:
        left = -(-self._counts // self._crops_per_identity)
        people: _People = []
        while left.any() or len(people) % self._world_size:
            # The smallest of exponential waiting times is a draw proportional to the rates.
            waiting = random.exponential(size=len(left)) / np.maximum(left, 1)
            waiting[left == 0] += _SHOWN
            batch = self._fitting(waiting)
            left[batch] = np.maximum(left[batch] - 1, 0)
            people.append(batch)
        return people

    def _fitting(self, waiting: NDArray[np.float64]) -> NDArray[np.int64]:
        """The compatible labels with the shortest waiting times; ``waiting`` is used up."""
        batch: list[int] = []
        met: set[int] = set()
        while len(batch) < self._identities_per_batch:
            label = int(waiting.argmin())
            if np.isinf(waiting[label]):
                break
            batch.append(label)
            waiting[label] = np.inf
            group = int(self._labels.groups[label])
            if group not in met:
                met.add(group)
                waiting[self._suspects[group]] = np.inf
        return np.array(batch, np.int64)

    @cached_property
    def _suspects(self) -> list[NDArray[np.int64]]:
        """Of each group of labels, the labels that may be one person with one of its own."""
        labels = self._labels
        return [np.flatnonzero(row[labels.groups]) for row in ~labels.allowed]


class FullBatchSampler(MatchAwareSampler):
    """Batches as ``MatchAwareSampler`` has them, until no full one of new crops is left.

    So does the project that this rule comes from: people are drawn evenly, and an epoch leaves
    some crops out. On its published list of 2,737 crops an epoch has 34 to 36 batches of 64 (here
    as there), where one that shows every crop has 53. Several processes leave out what does not
    divide among them.

    Raises InputError where there is not one full batch for each process.
    """

    def _draw_people(self, random: np.random.Generator) -> _People:
        left = np.maximum(self._counts // self._crops_per_identity, 1)
        people: _People = []
        while True:
            batch = self._fitting(np.where(left > 0, random.random(len(left)), np.inf))
            if len(batch) < self._identities_per_batch:
                return self._for_each_process(people)
            left[batch] -= 1
            people.append(batch)


class PlainSampler(IdentitySampler):
    """Batches of any people, as CLIP-ReID and most others draw them, for comparison.

    From Luo et al., "Bag of Tricks and a Strong Baseline for Deep Person Re-identification",
    2019 (arXiv:1903.07071): people are drawn evenly until too few have crops left, so that an
    epoch leaves some crops out. Several processes leave out what does not divide among them.

    Raises InputError where there are fewer people than in a batch, or batches than processes.
    """

    def _draw_people(self, random: np.random.Generator) -> _People:
        size = self._identities_per_batch
        left = np.maximum(self._counts // self._crops_per_identity, 1)
        available = np.arange(len(left))
        people: _People = []
        while len(available) >= size:
            batch = random.choice(available, size, replace=False)
            left[batch] -= 1
            available = available[left[available] > 0]
            people.append(batch)
        return self._for_each_process(people)


def sampler_for(
    config: TrainConfig, labels: BatchLabels, *, rank: int = 0, world_size: int = 1
) -> IdentitySampler:
    """The sampler that the settings ask for, in the second stage."""
    kind: type[IdentitySampler] = PlainSampler
    if config.rules.sampler:
        full = config.images.epoch_end == "no_full_batch"
        kind = FullBatchSampler if full else MatchAwareSampler
    people, crops = config.images.identities_per_batch, config.images.crops_per_identity
    return kind(labels, people, crops, seed=config.seed, rank=rank, world_size=world_size)


class FalseNegatives(NamedTuple):
    """Pairs of crops with different labels in one batch: how many may show one person."""

    possible: int
    negatives: int

    @property
    def share(self) -> float:
        """Of all negatives, 0..1; 0 where there are none."""
        return self.possible / self.negatives if self.negatives else 0.0


def count_false_negatives(batches: Iterable[Sequence[int]], labels: BatchLabels) -> FalseNegatives:
    """How many pairs of a batch a loss without masks pushes apart though they may be one person.

    ``possible`` are pairs of labels of two clips of one match. How many really are one person
    nobody knows; where both clips show the same 22 players it is one in 22.
    """
    possible = negatives = 0
    for batch in batches:
        identity = labels.identities[np.asarray(batch, np.int64)]
        group = labels.groups[identity]
        possible += int(np.count_nonzero(~labels.allowed[group[:, None], group])) // 2
        negatives += int(np.count_nonzero(identity[:, None] != identity)) // 2
    return FalseNegatives(possible, negatives)


_SHOWN = 1e6
"""Added to the waiting time of labels without new crops; longer than any drawn one."""
