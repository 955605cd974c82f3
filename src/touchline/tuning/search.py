"""The search loop: ask for settings, score them sequence by sequence, tell the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Interrupted, UsageError
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.tuning.objective import Scores, Yardstick
from touchline.tuning.search_space import (
    SearchSpace,
    Value,
    base_values,
    configured,
    rounded,
)
from touchline.tuning.study import Finished, TrialStudy
from touchline.tuning.workers import Scorer

if TYPE_CHECKING:
    from optuna.trial import Trial

_SAME = 1e-9  # scores of one program on one input
_KEPT_SHARE = 0.9


@dataclass(frozen=True)
class Task:
    """Settings to search, and the sequences to score them on.

    base: every setting as nested names, with which the search begins. order: (N,) in which trials
    see the sequences of ``scorer``.
    """

    space: SearchSpace
    base: Mapping[str, Any]
    scorer: Scorer
    yardstick: Yardstick
    order: NDArray[np.int64]

    @property
    def base_settings(self) -> dict[str, Value]:
        """The searched settings before the search."""
        return base_values(self.space, configured(self.base, {}))

    def config(self, settings: Mapping[str, Value]) -> RunConfig:
        """The configuration of a trial: settings rounded to three digits, and in order."""
        before = self.base_settings
        fine = {name: rounded(self.space[name], settings[name], before[name]) for name in settings}
        return configured(self.base, fine)


@dataclass
class _Running:
    """A trial under way and its scores so far, in ``Task.order``."""

    trial: Trial
    config: RunConfig
    scores: list[Scores] = field(default_factory=list)


def search(
    study: TrialStudy,
    task: Task,
    trials: int,
    at_once: int,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> None:
    """Run trials until the study has ``trials`` of them, ``at_once`` at the same time.

    Raises Interrupted where ``should_stop`` ended it; what was finished by then is in the study.
    """
    running: dict[Future[Scores], _Running] = {}

    def submit(job: _Running) -> None:
        try:
            future = task.scorer.submit(int(task.order[len(job.scores)]), job.config)
        except BaseException:  # a dead worker is noticed here as well
            study.give_up(job.trial, pruned=False)
            raise
        running[future] = job

    try:
        while not should_stop():
            on_progress("trials", study.finished, trials)
            while len(running) < at_once and study.finished + len(running) < trials:
                trial = study.ask()
                submit(_Running(trial, task.config(trial.params)))
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running[future]
                scores = future.result()
                del running[future]
                if not _is_over(study, task, job, scores):
                    submit(job)
    finally:
        for job in running.values():
            study.give_up(job.trial, pruned=False)
    raise Interrupted(
        f"stopped after {study.finished} of {trials} trials, which are kept; "
        "the same command goes on from there"
    )


def _is_over(study: TrialStudy, task: Task, job: _Running, scores: Scores) -> bool:
    """Report the scores of the trial's next sequence; end it after the last, or where hopeless."""
    step = len(job.scores)
    job.scores.append(scores)
    job.trial.report(task.yardstick.value(scores), step)
    if len(job.scores) == len(task.order):
        by_position = dict(zip(task.order.tolist(), job.scores, strict=True))
        every = [by_position[position] for position in range(len(task.order))]
        study.tell(job.trial, every, task.yardstick.mean(task.yardstick.values(every)))
        return True
    if study.is_hopeless(job.trial):
        study.give_up(job.trial, pruned=True)
        return True
    return False


def refuse_another_program(study: TrialStudy, task: Task) -> None:
    """Raises UsageError where this program scores the first trial otherwise than was remembered."""
    trials = study.complete(task.order)
    if not trials:
        return
    position = int(task.order[0])
    again = task.scorer.submit(position, task.config(trials[0].settings)).result()
    value = task.yardstick.value(again)
    if abs(value - trials[0].values[position]) > _SAME:
        name = task.scorer.entries[position].name
        raise UsageError(
            f"the search in this folder was made by a version that tracks differently ({name} "
            f"scored {trials[0].values[position]:.6f}, now {value:.6f}): choose another --out"
        )


def simplified(
    task: Task,
    chosen: Finished,
    base: Finished,
    order: Sequence[str],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Finished:
    """``chosen`` without the settings that contribute little: each is set back to ``base`` where
    nine tenths of the gain on these sequences are left.

    order: names of the settings, in which it is tried. Costs a trial for each setting.
    """
    before = task.base_settings
    least = base_value = task.yardstick.mean(base.values)
    least += _KEPT_SHARE * (task.yardstick.mean(chosen.values) - base_value)
    for done, name in enumerate(order):
        on_progress("simplify", done, len(order))
        if should_stop():
            raise Interrupted("stopped after the last trial; the same command goes on from there")
        if chosen.settings[name] == before[name]:
            continue
        settings = {**chosen.settings, name: before[name]}
        scores = task.scorer.score_all(task.config(settings))
        values = task.yardstick.values(scores)
        if task.yardstick.mean(values) >= least:
            chosen = Finished(chosen.number, False, settings, scores, values)
    on_progress("simplify", len(order), len(order))
    return chosen
