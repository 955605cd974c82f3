"""Work that a page asks for and that takes a while: exports and clips, one after the other."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from touchline.errors import TouchlineError, UsageError
from touchline.progress import OnProgress, ShouldStop

logger = logging.getLogger(__name__)

_MOST = 50
"""Jobs that are remembered, and that may wait."""

Work = Callable[[OnProgress, ShouldStop], Path]
"""Does something, and returns the file or folder that it wrote."""


@dataclass(frozen=True, slots=True)
class Job:
    """How far some work is. file: what it wrote; None: it is not done."""

    number: int
    text: str
    state: Literal["running", "done", "failed"] = "running"
    done: int = 0
    total: int | None = None
    error: str | None = None
    file: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """As a page is told of it."""
        return {
            "id": self.number,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "text": self.text,
            "error": self.error,
            "name": None if self.file is None else self.file.name,
        }


class Jobs:
    """Does work in a thread, in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._numbers = itertools.count(1)
        self._over = threading.Event()
        self._workers = ThreadPoolExecutor(1, "touchline-job")

    def start(self, text: str, work: Work) -> Job:
        """A job that is done as soon as those before it are. text: what it is, in words."""
        with self._lock:
            waiting = [one for one in self._jobs.values() if one.state == "running"]
            if len(waiting) >= _MOST:
                raise UsageError(f"{_MOST} exports and clips are waiting: let them end first")
            job = Job(next(self._numbers), text)
            self._jobs[job.number] = job
            for number in list(self._jobs)[:-_MOST]:
                if self._jobs[number].state != "running":
                    del self._jobs[number]
        self._workers.submit(self._do, job.number, work)
        return job

    def get(self, number: int) -> Job | None:
        """A job as it is now."""
        with self._lock:
            return self._jobs.get(number)

    def close(self) -> None:
        """Stop what is at work, and begin nothing more."""
        self._over.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _do(self, number: int, work: Work) -> None:
        def on_progress(_stage: str, done: int, total: int | None) -> None:
            self._now(number, done=done, total=total)

        try:
            self._now(number, file=work(on_progress, self._over.is_set), state="done")
        except TouchlineError as error:
            self._now(number, error=str(error), state="failed")
        except Exception:
            logger.exception("a job of the review failed")
            self._now(number, error="a fault of the program; its window says more", state="failed")

    def _now(self, number: int, **changed: Any) -> None:
        with self._lock:
            if number in self._jobs:
                self._jobs[number] = replace(self._jobs[number], **changed)
