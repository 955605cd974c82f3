"""How far a batch is: one bar for all clips, one for each worker."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from touchline.cli.progress import MINUTE, stopping_on_interrupt
from touchline.cli.verbosity import VERBOSITY
from touchline.progress import ShouldStop

if TYPE_CHECKING:
    from touchline.batch_runs.records import ClipRecord


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


@contextmanager
def batch_reporting(workers: int) -> Iterator[tuple[BatchBars, ShouldStop]]:
    """A view of a batch and whether somebody asked it to stop, as ``reporting`` for one clip."""
    console = Console(file=sys.stderr)
    bars = BatchBars(workers, console)

    def say(words: str) -> None:
        with suppress(OSError):
            console.print(words, highlight=False, soft_wrap=True)

    bars.progress.start()
    try:
        with stopping_on_interrupt(say) as should_stop:
            yield bars, should_stop
    finally:
        with suppress(OSError):
            bars.progress.stop()
