"""A process that tracks one clip after the other: jobs come in as lines of JSON, answers go out.

A process of its own, so that a clip that ends the program or takes all memory ends no other. It
stops, with everything kept, when it is told to or when whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from typing import IO, Any

from touchline.batch_runs.tasks import track_clip
from touchline.stop_signals import STOP_SIGNALS

STOP = "stop"
"""The line that asks a worker to stop."""

_BETWEEN_ANSWERS = 0.2
"""Seconds between two lines about progress."""


def main() -> None:
    """Work until there are no more lines at standard input."""
    # What libraries print must not get among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    stop = threading.Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs, stop), daemon=True).start()
    while (line := jobs.get()) is not None:
        _answer(answers, _tracked(json.loads(line), answers, stop))


def _listen(jobs: queue.SimpleQueue[str | None], stop: threading.Event) -> None:
    """Thread body: jobs, until there is nobody who gives any."""
    for line in sys.stdin:
        if line.strip() == STOP:
            stop.set()
        else:
            jobs.put(line)
    stop.set()
    jobs.put(None)


def _tracked(job: dict[str, Any], answers: IO[str], stop: threading.Event) -> dict[str, Any]:
    """Track one clip; what came of it."""
    said = float("-inf")

    def on_progress(stage: str, done: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said > _BETWEEN_ANSWERS:
            said = time.monotonic()
            _answer(answers, {"stage": stage, "done": done, "total": total})

    return track_clip(job, on_progress, stop.is_set)


def _answer(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
