"""Progress on the terminal, and Ctrl-C that first asks politely."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from touchline.run.request import OnProgress, ShouldStop


class _Speed(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} {self._unit}/s" if speed else "")


@contextmanager
def reporting(unit: str = "frames") -> Iterator[tuple[OnProgress, ShouldStop]]:
    """What a job is told to report to and to ask; silent when standard error is no terminal.

    unit: what the job counts.
    The first Ctrl-C makes the job stop after the frames it holds; the second ends it at once.
    """
    console = Console(file=sys.stderr)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(unit),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def on_progress(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=total)
        progress.update(tasks[stage], completed=done, total=total)

    with progress, stopping_on_interrupt() as should_stop:
        yield on_progress, should_stop


@contextmanager
def stopping_on_interrupt() -> Iterator[ShouldStop]:
    """Whether Ctrl-C was pressed; pressed again, it ends the program at once."""
    with _StopOnInterrupt() as stopping:
        yield lambda: stopping.asked


class _StopOnInterrupt:
    """Remembers the first Ctrl-C; lets the second one through."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> _StopOnInterrupt:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
