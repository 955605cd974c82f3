"""Scoring of settings on sequences, in this process or several others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import NamedTuple, ParamSpec, TypeVar

from touchline.batch_runs.ray_cluster import RayCluster, RayExecutor, RayShare
from touchline.errors import TouchlineError
from touchline.linking.config import LinkConfig
from touchline.metrics.alignment import align
from touchline.metrics.reentry import reentry
from touchline.run.config import RunConfig
from touchline.stop_signals import leave_stopping_to_the_first_process
from touchline.tracking.config import TrackerConfig
from touchline.tuning.objective import Scores, score
from touchline.tuning.sequences import SequenceEntry
from touchline.tuning.stored import StoredSequence, load_sequence
from touchline.types import TrackTable

P = ParamSpec("P")
T = TypeVar("T")

_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class SequenceFacts(NamedTuple):
    """Facts about a sequence that need no tracking.

    digest: changes with anything a score depends on. frames: observed ones. returns: of the truth.
    """

    digest: str
    frames: int
    returns: int


class Scorer:
    """Scores settings on a list of sequences, which each process reads once, on first use."""

    def __init__(self, executor: Executor, entries: Sequence[SequenceEntry]) -> None:
        self._executor = executor
        self.entries = tuple(entries)

    def __len__(self) -> int:
        return len(self.entries)

    def submit(self, position: int, config: RunConfig) -> Future[Scores]:
        """A future of the scores of the sequence at ``position``."""
        entry = self.entries[position]
        return self._executor.submit(_score, entry, config.tracker, config.link)

    def facts(self) -> list[SequenceFacts]:
        """Facts about every sequence."""
        futures = [self._executor.submit(_describe, entry) for entry in self.entries]
        return [future.result() for future in futures]

    def score_all(self, config: RunConfig) -> list[Scores]:
        """The scores of every sequence."""
        futures = [self.submit(position, config) for position in range(len(self))]
        return [future.result() for future in futures]


@contextmanager
def workers(processes: int, ray: RayShare | None = None) -> Iterator[Executor]:
    """The executor: this process for one, else that many new processes; or a cluster's tasks.

    Raises TouchlineError where one of them was killed, as happens when memory runs out.
    """
    if ray is not None:
        with RayCluster(ray) as cluster:
            yield RayExecutor(cluster)
        return
    executor: Executor
    if processes == 1:
        executor = _ThisProcess()
    else:
        # New processes, not forks: a fork of a process with threads may hang.
        executor = ProcessPoolExecutor(
            processes,
            mp_context=get_context("spawn"),
            initializer=leave_stopping_to_the_first_process,
        )
    try:
        with _one_thread_each():
            yield executor
    except BrokenProcessPool:
        raise TouchlineError(
            "a worker process was killed (out of memory?); finished trials are kept: the same "
            "command goes on, fewer --processes take less memory"
        ) from None
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        _loaded.clear()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """New processes begun meanwhile multiply matrices in one thread, unless told otherwise.

    Theirs are small: more threads only take the cores from one another.
    """
    unset = [name for name in _THREAD_SETTINGS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]


class _ThisProcess(Executor):
    """An executor that runs the work at once."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # raised by result(), as from a process
            future.set_exception(error)
        return future


_loaded: dict[SequenceEntry, StoredSequence] = {}
"""The sequences that this process has read."""


def _load(entry: SequenceEntry) -> StoredSequence:
    if entry not in _loaded:
        _loaded[entry] = load_sequence(entry)
    return _loaded[entry]


def _describe(entry: SequenceEntry) -> SequenceFacts:
    sequence = _load(entry)
    nobody = align(sequence.truth, TrackTable.empty(), sequence.frame_rate)
    return SequenceFacts(sequence.digest(), len(sequence.frames), len(reentry(nobody).returns))


def _score(entry: SequenceEntry, tracker: TrackerConfig, link: LinkConfig) -> Scores:
    return score(_load(entry), tracker, link)
