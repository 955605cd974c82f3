"""Progress on the terminal, and graceful stopping on Ctrl-C (or a service's signal)."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from touchline.cli.time_left import TimeLeft
from touchline.cli.verbosity import VERBOSITY
from touchline.progress import OnProgress, ShouldStop
from touchline.stop_signals import STOP_SIGNALS

_ONE_REQUEST_SECONDS = 0.3
"""Seconds within which signals are one request: services and terminals send two of them."""

MINUTE = 60.0
"""Seconds between two lines where there is no terminal."""

_PATIENCE_SECONDS = 5.0
"""Seconds of stopping after which the user is told."""


class _Speed(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} {self._unit}/s" if speed else "")


class _Left(ProgressColumn):
    """The time left for all steps, beside the one at work."""

    def __init__(self, left: TimeLeft) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        seconds = None if task.finished else self._left.seconds()
        return Text("" if seconds is None else f"{timedelta(seconds=round(seconds))} left in all")


def minute_lines(
    left: TimeLeft,
    unit: str,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> OnProgress:
    """A callback that says a line a minute how far a job is, for those without a terminal."""
    said, begun, before = clock(), {"": clock()}, 0

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal said, before
        if stage not in begun:
            begun[stage], before = clock(), done
        if clock() - said < MINUTE:
            return
        said = clock()
        speed = (done - before) / max(said - begun[stage], 1e-9)
        far = f"{done} {unit}" if total is None else f"{done} of {total} {unit}"
        seconds = left.seconds()
        rest = "" if seconds is None else f", {timedelta(seconds=round(seconds))} left"
        say(f"{stage}: {far}, {speed:.1f} {unit}/s{rest}")

    return tell


@contextmanager
def reporting(
    unit: str = "frames", steps: Sequence[str] = ()
) -> Iterator[tuple[OnProgress, ShouldStop]]:
    """Callbacks for a job's progress and stopping: bars with one time left over all ``steps``.

    Without a terminal at standard error it is a line a minute; with ``--quiet`` nothing.
    unit: what the job counts. steps: its stages in their order, where there are several.
    The first Ctrl-C, SIGTERM or SIGHUP makes the job stop after the frames it holds; the second
    ends it at once.
    """
    console, left = Console(file=sys.stderr), TimeLeft()
    left.plan(steps)

    def say(words: str) -> None:
        with suppress(OSError):
            console.print(words, highlight=False, soft_wrap=True)

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(unit),
        _Left(left),
        console=console,
        disable=VERBOSITY.quiet or not console.is_terminal,
    )
    tell = None if VERBOSITY.quiet or console.is_terminal else minute_lines(left, unit, say)
    tasks: dict[str, TaskID] = {}

    def on_progress(stage: str, done: int, total: int | None) -> None:
        # A closed terminal is no reason to lose work in progress.
        left.update(stage, done, total)
        with suppress(OSError):
            if tell is not None:
                tell(stage, done, total)
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

    with _shown(progress), stopping_on_interrupt(say) as should_stop:
        yield on_progress, should_stop


@contextmanager
def _shown(progress: Progress) -> Iterator[None]:
    """Show the bars while the block runs, as long as there is a terminal."""
    progress.start()
    try:
        yield
    finally:
        with suppress(OSError):
            progress.stop()


@contextmanager
def stopping_on_interrupt(say: Callable[[str], None] | None = None) -> Iterator[ShouldStop]:
    """Yields a check for whether the user asked to stop; asked again, the program ends at once.

    say: gets a message if stopping takes longer than a moment.
    """
    with _StopOnSignal(say) as stopping:
        yield lambda: stopping.asked


class _StopOnSignal:
    """Remembers the first signal to stop; lets the second one through."""

    def __init__(self, say: Callable[[str], None] | None) -> None:
        self.asked = False
        self._asked_at = 0.0
        self._say = say
        self._before: dict[int, Any] = {}
        self._woken = threading.Event()
        self._ended = threading.Event()

    def __enter__(self) -> _StopOnSignal:
        for number in STOP_SIGNALS:
            # What was ignored from the start (nohup) stays so; a shell's "&" does not count.
            if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        if self._say is not None:
            threading.Thread(target=self._explain, name="touchline-stop", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._woken.set()
        for number, before in self._before.items():
            signal.signal(number, before)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.asked:
            self.asked, self._asked_at = True, now
            self._woken.set()
        elif now - self._asked_at > _ONE_REQUEST_SECONDS:
            raise KeyboardInterrupt

    def _explain(self) -> None:
        """Thread body: a message if stopping takes long. A signal handler must not print."""
        self._woken.wait()
        if not self._ended.wait(_PATIENCE_SECONDS) and self._say is not None:
            self._say(
                "stopping: what was done so far is being finished and kept; "
                "asked again it ends at once"
            )
