"""How far a batch is: one bar for all clips, one for each worker."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from touchline.cli.json_file import STANDARD_OUTPUT
from touchline.cli.progress import MINUTE, stopping_on_interrupt
from touchline.cli.verbosity import VERBOSITY
from touchline.errors import StoreError
from touchline.progress import ShouldStop

if TYPE_CHECKING:
    from touchline.batch_runs.records import ClipRecord

_BETWEEN_LINES = 1.0


class BatchBars:
    """Bars at a terminal; elsewhere a line for each clip that ends, and one a minute between."""

    def __init__(self, workers: int, console: Console) -> None:
        self._console = console
        self._lines = not console.is_terminal and not VERBOSITY.quiet
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[far]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=VERBOSITY.quiet or not console.is_terminal,
        )
        self._all = self.progress.add_task("clips", total=None, far="")
        self._bars = [
            self.progress.add_task(f"worker {number + 1}", total=None, far="")
            for number in range(workers)
        ]
        self._said = time.monotonic()

    def working(self, worker: int, clip: str, stage: str, done: int, total: int | None) -> None:
        """A worker, from 0, has done so many frames of a stage of a clip."""
        far = f"{done}" if total is None else f"{done}/{total}"
        with suppress(OSError):
            self.progress.update(
                self._bars[worker],
                description=escape(f"{clip}: {stage}"),
                completed=done,
                total=total,
                far=far,
            )
            if self._lines and time.monotonic() - self._said > MINUTE:
                self._say(f"{clip}: {stage}, {far} frames")

    def ended(self, record: ClipRecord, done: int, total: int) -> None:
        """A clip has come to its end, ``done`` of ``total`` have."""
        with suppress(OSError):
            self.progress.update(self._all, completed=done, total=total, far=f"{done}/{total}")
            if self._lines:
                failure = f" ({record.failure})" if record.failure else ""
                self._say(f"{done} of {total} clips: {record.clip} {record.state}{failure}")

    def _say(self, words: str) -> None:
        self._said = time.monotonic()
        self._console.print(words, highlight=False, soft_wrap=True, markup=False)


class BatchLines:
    """Says the same as a line of JSON each, for programs, beside what ``bars`` show."""

    def __init__(self, bars: BatchBars, out: IO[str]) -> None:
        self._bars, self._out = bars, out
        self._said = dict[int, tuple[str, str, float]]()
        self._lock = threading.Lock()

    def working(self, worker: int, clip: str, stage: str, done: int, total: int | None) -> None:
        """As ``BatchBars.working``; a line a second for each worker, and for each new stage."""
        self._bars.working(worker, clip, stage, done, total)
        now, before = time.monotonic(), self._said.get(worker)
        if before is not None and before[:2] == (clip, stage) and now - before[2] < _BETWEEN_LINES:
            return
        self._said[worker] = (clip, stage, now)
        far = {"worker": worker + 1, "clip": clip, "stage": stage, "done": done, "total": total}
        self._write({"kind": "progress", **far})

    def ended(self, record: ClipRecord, done: int, total: int) -> None:
        """As ``BatchBars.ended``."""
        self._bars.ended(record, done, total)
        said = {name: value for name, value in record.as_json().items() if name != "stamp"}
        self._write({"kind": "clip", **said, "clips_done": done, "clips_total": total})

    def _write(self, content: dict[str, object]) -> None:
        with self._lock, suppress(BrokenPipeError):  # who stops reading stops nothing
            self._out.write(json.dumps(content, allow_nan=False) + "\n")
            self._out.flush()


@contextmanager
def batch_reporting(
    workers: int, lines: Path | None = None
) -> Iterator[tuple[BatchBars | BatchLines, ShouldStop]]:
    """A view of a batch and whether somebody asked it to stop, as ``reporting`` for one clip.

    lines: a file, or ``STANDARD_OUTPUT``, for lines of JSON. Raises StoreError where it cannot be
    written.
    """
    console = Console(file=sys.stderr)
    bars = BatchBars(workers, console)

    def say(words: str) -> None:
        with suppress(OSError):
            console.print(words, highlight=False, soft_wrap=True)

    bars.progress.start()
    try:
        with stopping_on_interrupt(say) as should_stop, _opened(lines) as out:
            yield bars if out is None else BatchLines(bars, out), should_stop
    finally:
        with suppress(OSError):
            bars.progress.stop()


@contextmanager
def _opened(lines: Path | None) -> Iterator[IO[str] | None]:
    if lines is None or lines == STANDARD_OUTPUT:
        yield None if lines is None else sys.stdout
        return
    try:
        out = lines.open("w", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {lines}: {error.strerror}") from None
    with out:
        yield out
