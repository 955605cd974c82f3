"""Track many clips, each into a run folder of its own, with several processes at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol, Self

from touchline.batch_runs.claims import Claims
from touchline.batch_runs.clips import BatchClip, find_clips, part_of
from touchline.batch_runs.jobs import BatchRequest, job_of, refuse_shared_boxes, stamp_of
from touchline.batch_runs.places import joined
from touchline.batch_runs.processes import WorkerProcess
from touchline.batch_runs.ray_cluster import RayCluster, RayWorker
from touchline.batch_runs.records import (
    HIDDEN,
    BatchSummary,
    ClipRecord,
    Records,
    State,
    record_of_report,
)
from touchline.progress import OnProgress, ShouldStop
from touchline.run.facts import RunReport
from touchline.video.source import redacted

_ASK_SECONDS = 0.2
_LOOK_SECONDS = 5.0
"""Time between two looks whether a clip that somebody claims elsewhere is free by now."""

_TRIES = 2


class BatchView(Protocol):
    """Who is told how far a batch is; called by several threads."""

    def working(self, worker: int, clip: str, stage: str, done: int, total: int | None) -> None:
        """A worker, from 0, has done so many frames of a stage of a clip."""
        ...

    def ended(self, record: ClipRecord, done: int, total: int) -> None:
        """A clip has come to its end, ``done`` of ``total`` have."""
        ...


class Worker(Protocol):
    """Tracks one clip after the other, somewhere. A context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def pid(self) -> int:
        """The process of this machine with which its claims end."""
        ...

    def track(
        self, job: Mapping[str, Any], on_progress: OnProgress, is_lost: ShouldStop
    ) -> dict[str, Any]:
        """Track a clip; ``report``, ``failed`` or ``stopped`` of what came of it."""
        ...

    def stop(self) -> None:
        """Ask for an end; called from another thread."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


def run_batch(request: BatchRequest, view: BatchView, should_stop: ShouldStop) -> BatchSummary:
    """Track the clips of a batch, or of one shard of it; what came of all of them.

    What is finished is left alone; what another process works on, too. A clip that fails is tried
    once more when the others are through. Several processes, on several machines, may run one
    batch at once: every clip is claimed. The same request goes on after a stop or a kill.

    Raises UsageError where there are no clips, StoreError where the folder cannot be written.
    """
    return _Batch(request, view, should_stop).run()


class _Batch:
    """One batch at work. Its queue is shared by a thread for each worker."""

    def __init__(self, request: BatchRequest, view: BatchView, should_stop: ShouldStop) -> None:
        self._request, self._view, self._should_stop = request, view, should_stop
        self._all = find_clips(request.clips, request.store or request.home)
        self._mine = part_of(self._all, request.shard)
        refuse_shared_boxes(request.settings, self._all)
        self._records = Records(request.home, request.store)
        self._queue: deque[tuple[BatchClip, int]] = deque((clip, 1) for clip in self._mine)
        self._doubtful: deque[tuple[BatchClip, int]] = deque()
        self._busy, self._stopped = 0, False
        self._ended: dict[str, ClipRecord] = {}
        self._changed = threading.Condition()
        self._errors: list[BaseException] = []
        self._workers: Sequence[Worker] = []

    def run(self) -> BatchSummary:
        count = min(self._request.workers, max(1, len(self._mine)))
        with ExitStack() as opened:
            self._workers = self._made_workers(count, opened)
            claims = opened.enter_context(Claims(self._request.home / HIDDEN / "claims"))
            for worker in self._workers:
                opened.enter_context(worker)
            threads = [
                threading.Thread(target=self._work, args=(number, worker, claims), daemon=True)
                for number, worker in enumerate(self._workers)
            ]
            for thread in threads:
                thread.start()
            try:
                while any(thread.is_alive() for thread in threads):
                    for thread in threads:
                        thread.join(_ASK_SECONDS / len(threads))
                    if self._should_stop():
                        self._stop()
            except BaseException:
                for worker in self._workers:
                    worker.kill()
                raise
        if self._errors:
            raise self._errors[0]
        return self._records.write_summary(self._summary)

    def _made_workers(self, count: int, opened: ExitStack) -> Sequence[Worker]:
        share = self._request.ray
        if share is None:
            return [WorkerProcess(count) for _ in range(count)]
        cluster = opened.enter_context(RayCluster(share))
        place = self._request.store or str(self._request.home.absolute())
        parts_at = joined(place, HIDDEN, "parts")
        return [RayWorker(cluster, share, parts_at) for _ in range(count)]

    def _stop(self) -> None:
        with self._changed:
            if self._stopped:
                return
            self._stopped = True
            self._queue.clear()
            self._doubtful.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.stop()

    def _work(self, number: int, worker: Worker, claims: Claims) -> None:
        """Thread body: one clip after the other."""
        try:
            while (job := self._next()) is not None:
                try:
                    self._look_at(*job, number, worker, claims)
                finally:
                    with self._changed:
                        self._busy -= 1
                        self._changed.notify_all()
        except BaseException as error:  # as a full disk: it belongs to who asked for the batch
            self._errors.append(error)
            self._stop()

    def _next(self) -> tuple[BatchClip, int] | None:
        """The next clip and which try it is; waits for those at work, of which one may fail."""
        with self._changed:
            while not self._queue:
                if self._doubtful:
                    self._changed.wait(_LOOK_SECONDS)
                    if self._doubtful and not self._queue:
                        self._queue.append(self._doubtful.popleft())
                elif self._busy:
                    self._changed.wait()
                else:
                    return None
            self._busy += 1
            return self._queue.popleft()

    def _look_at(
        self, clip: BatchClip, attempt: int, number: int, worker: Worker, claims: Claims
    ) -> None:
        """Track a clip, unless it is done or somebody else is at it."""
        job = job_of(clip, self._request)
        stamp = stamp_of(job)
        if self._is_done(clip, stamp):
            return
        if not claims.take(clip.name, worker.pid()):
            if claims.is_doubtful(clip.name):
                self._doubtful.append((clip, attempt))
            else:
                self._end(self._record(clip, "elsewhere"))
            return
        try:
            if self._is_done(clip, stamp):  # by now
                return
            answer = worker.track(
                job,
                lambda *far: self._view.working(number, clip.name, *far),
                lambda: claims.is_lost(clip.name),
            )
            self._take(clip, attempt, stamp, answer, lost=claims.is_lost(clip.name))
        finally:
            claims.release(clip.name)

    def _is_done(self, clip: BatchClip, stamp: str) -> bool:
        """Whether nothing is left to do for a clip; it has ended then."""
        record = None if self._request.overwrite else self._records.done(clip.name, stamp)
        if record is not None:
            self._end(record)
        return record is not None

    def _take(
        self, clip: BatchClip, attempt: int, stamp: str, answer: Mapping[str, Any], *, lost: bool
    ) -> None:
        """Keep what came of a clip; one that failed is queued again, once."""
        if lost:
            self._end(self._record(clip, "elsewhere"))
        elif "report" in answer:
            report = RunReport.from_json(answer["report"], f"the report of {clip.name}")
            self._keep(record_of_report(clip.name, redacted(clip.source), report, stamp))
        elif "stopped" in answer:
            self._keep(self._record(clip, "stopped"))
        else:
            failed = self._record(clip, "failed", str(answer["failed"]))
            self._records.keep(failed)
            with self._changed:
                if attempt < _TRIES and not self._stopped:
                    self._queue.append((clip, attempt + 1))
                    return
            self._end(failed)

    def _keep(self, record: ClipRecord) -> None:
        self._records.keep(record)
        self._end(record)

    def _end(self, record: ClipRecord) -> None:
        with self._changed:
            self._ended[record.clip] = record
            self._view.ended(record, len(self._ended), len(self._mine))

    @staticmethod
    def _record(clip: BatchClip, state: State, failure: str | None = None) -> ClipRecord:
        source = redacted(clip.source)
        return ClipRecord(clip=clip.name, video=source, state=state, failure=failure)

    def _summary(self) -> BatchSummary:
        """What is known by now of all clips, those of other shards included."""
        return BatchSummary(
            tuple(
                self._ended.get(clip.name)
                or self._records.read(clip.name)
                or self._record(clip, "waiting")
                for clip in self._all
            )
        )
