"""Training progress on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from touchline.cli.progress import stopping_on_interrupt
from touchline.cli.report import print_warnings
from touchline.progress import ShouldStop

if TYPE_CHECKING:
    from touchline.training.listener import TrainStep

    Told = tuple[Callable[[TrainStep], None], Callable[[str], None], ShouldStop]


LINE_SECONDS = 60.0
"""Between two lines about batches, where standard error is no terminal."""


def _training_bar() -> tuple[Console, Progress]:
    """Standard error, and a bar on it that ends with its tasks' field ``told``.

    The bar is there on a terminal only.
    """
    console = Console(file=sys.stderr)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        console=console,
        disable=not console.is_terminal,
    )
    return console, progress


class _Pulse:
    """Beats when a minute has gone since it last did, or since it was made."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def beats(self) -> bool:
        now = time.monotonic()
        if now - self._since < LINE_SECONDS:
            return False
        self._since = now
        return True


@contextmanager
def reporting_training() -> Iterator[Told]:
    """Callbacks for a training's batches, log lines and stopping.

    A bar if standard error is a terminal; the lines in any case. The first Ctrl-C makes the
    training save and stop after the current batch; the second ends it at once.
    """
    console, progress = _training_bar()
    tasks: dict[str, TaskID] = {}
    pulse = _Pulse()

    def on_step(step: TrainStep) -> None:
        if not tasks:
            print_warnings()  # of the data and settings: before hours of work, not after
        if step.stage not in tasks:
            for task in tasks.values():
                progress.update(task, visible=False)
            tasks[step.stage] = progress.add_task(step.stage, told="")
        told = [f"loss {step.means['loss']:.3f}"]
        if "accuracy" in step.means:
            told.append(f"accuracy {step.means['accuracy']:.0%}")
        if step.best is not None:
            told.append(f"best score {step.best:.3f}")
        left = timedelta(seconds=round(step.seconds_left))
        told += [f"{step.images_per_second:.1f} images/s", f"{left} left"]
        where = f"{step.stage} {step.epoch}/{step.epochs}"
        progress.update(
            tasks[step.stage],
            description=where,
            completed=step.batch,
            total=step.batches,
            told=", ".join(told),
        )
        # Where there is no bar, a line now and then; the end of an epoch has its own.
        if not console.is_terminal and pulse.beats() and step.batch < step.batches:
            on_event(f"{where}, batch {step.batch} of {step.batches}: {', '.join(told)}")

    def on_event(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    with progress, stopping_on_interrupt() as should_stop:
        yield on_step, on_event, should_stop
