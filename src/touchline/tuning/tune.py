"""``touchline tune``: from a list of sequences to settings and their gain."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
import yaml

from touchline.config import check_config, dotted_values
from touchline.errors import Interrupted, UsageError
from touchline.formats.atomic_text import atomic_text
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.tuning.choice import best_of, gain_of, plateau_choice
from touchline.tuning.objective import Objective, Yardstick
from touchline.tuning.report import report_text, verdict
from touchline.tuning.result import Judged, TuneRequest, TuneResult
from touchline.tuning.search import Task, refuse_another_program, search, simplified
from touchline.tuning.search_space import (
    OneOf,
    SearchSpace,
    Value,
    read_space,
    with_settings,
)
from touchline.tuning.sequences import PARTS, read_sequences
from touchline.tuning.study import Finished, TrialStudy, open_study
from touchline.tuning.workers import Scorer, SequenceFacts, workers

SETTINGS_FILE = "tuned.yaml"
REPORT_FILE = "report.md"
_BEST_SHOWN = 3


def tune(
    request: TuneRequest, on_progress: OnProgress, should_stop: ShouldStop = lambda: False
) -> TuneResult:
    """Search, choose by the train sequences, judge on the others; write settings and report.

    The study stays in ``request.out``: the same request resumes it until it has that many
    trials. Raises Interrupted where ``should_stop`` ended it, with finished trials kept;
    UsageError for a request that cannot be carried out.
    """
    if request.trials < 1 or request.processes < 1:
        raise UsageError(
            f"--trials {request.trials} --processes {request.processes}: at least one of each"
        )
    objective = Objective.parse(request.objective)
    sequences = read_sequences(request.sequences)
    base = check_config(RunConfig, request.settings)
    space = read_space(request.space, base)
    started = perf_counter()
    pool_of = workers(request.processes, request.ray)
    with open_study(request.out, space, request.seed) as study, pool_of as pool:
        scorers = [Scorer(pool, part) for part in (sequences.train, sequences.validation)]
        on_progress("read", 0, None)
        facts = [scorer.facts() for scorer in scorers]
        train, validation = (
            _yardstick(objective, scorer, known)
            for scorer, known in zip(scorers, facts, strict=True)
        )
        _refuse_nothing_to_measure(objective, train)
        order = np.random.default_rng(request.seed).permutation(len(sequences.train))
        task = Task(space, base.model_dump(), scorers[0], train, order)
        inputs = _inputs(request, objective, space, base, scorers, facts)
        study.begin(inputs, task.base_settings)
        refuse_another_program(study, task)
        before = study.finished
        search(study, task, request.trials, request.processes, on_progress, should_stop)
        ran, seconds = study.finished - before, perf_counter() - started
        chosen = _choice(study, task, on_progress, should_stop)
        judged = _judged(study, task, scorers[1], chosen, on_progress, should_stop)
        old, new = (validation.values(each.validation) for each in judged[:2])
        result = TuneResult(
            request,
            objective,
            sequences,
            train,
            validation,
            judged,
            _changes(base, task.config(chosen.settings)),
            gain_of(
                new - old,
                validation.counts,
                [entry.match for entry in sequences.validation],
                request.seed,
            ),
            study.finished,
            study.pruned,
            ran,
            seconds,
            study.importances(),
        )
    _write(result)
    return result


def _yardstick(objective: Objective, scorer: Scorer, facts: Sequence[SequenceFacts]) -> Yardstick:
    return Yardstick(
        objective,
        np.array([entry.weight for entry in scorer.entries]),
        np.array([each.returns for each in facts]),
    )


def _refuse_nothing_to_measure(objective: Objective, train: Yardstick) -> None:
    if "reentry" in objective.weights and not train.returns.any():
        raise UsageError(
            "nobody returns after a second in the train sequences: there is nothing to tune "
            "re-entry on; take another --objective"
        )


def _inputs(
    request: TuneRequest,
    objective: Objective,
    space: SearchSpace,
    base: RunConfig,
    scorers: Sequence[Scorer],
    facts: Sequence[Sequence[SequenceFacts]],
) -> dict[str, Any]:
    """Everything the trials depend on, as JSON values."""
    sequences = {
        part: {
            entry.name: {"content": known.digest, "match": entry.match, "weight": entry.weight}
            for entry, known in zip(scorer.entries, these, strict=True)
        }
        for part, scorer, these in zip(PARTS, scorers, facts, strict=True)
    }
    return {
        "objective": str(objective),
        "seed": request.seed,
        "sequences": sequences,
        "space": {
            name: list(choice.values)
            if isinstance(choice, OneOf)
            else [choice.low, choice.high, "log" if choice.log else "linear"]
            for name, choice in space.items()
        },
        "settings": base.model_dump(mode="json", include={"tracker", "link"}),
    }


def _choice(
    study: TrialStudy, task: Task, on_progress: OnProgress, should_stop: ShouldStop
) -> Finished:
    """The settings to take, by the train sequences alone."""
    trials = study.complete(task.order)
    base = next(trial for trial in trials if trial.is_base)
    before = task.base_settings
    chosen = plateau_choice(trials, task.yardstick.counts, task.space, before)
    if chosen.is_base:
        return chosen
    # The least important is tried first: by the study, else by distance.
    importances = study.importances()
    order = sorted(
        task.space,
        key=lambda name: (
            importances.get(name, 0.0),
            task.space[name].distance(chosen.settings[name], before[name]),
        ),
    )
    return simplified(task, chosen, base, order, on_progress, should_stop)


def _judged(
    study: TrialStudy,
    task: Task,
    validation: Scorer,
    chosen: Finished,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> list[Judged]:
    """Validation scores of the settings before, the choice, and the trials best on train."""
    trials = study.complete(task.order)
    base = next(trial for trial in trials if trial.is_base)
    best = [trial for trial in best_of(trials, task.yardstick.counts) if not trial.is_base]
    best = best[:_BEST_SHOWN]
    labels = ["before", "chosen", *(f"trial {trial.number}" for trial in best)]
    configs = [task.config(trial.settings) for trial in (base, chosen, *best)]
    # The choice may be one of the others, and is not scored twice then.
    futures = {
        (config.tracker, config.link): [
            validation.submit(position, config) for position in range(len(validation))
        ]
        for config in {(each.tracker, each.link): each for each in configs}.values()
    }
    judged: list[Judged] = []
    for trial, label, config in zip((base, chosen, *best), labels, configs, strict=True):
        on_progress("validate", len(judged), len(labels))
        if should_stop():
            raise Interrupted("stopped while validating; the same command goes on from there")
        scores = [future.result() for future in futures[config.tracker, config.link]]
        judged.append(Judged(label, trial.scores, scores))
    on_progress("validate", len(labels), len(labels))
    return judged


def _changes(before: RunConfig, after: RunConfig) -> dict[str, tuple[Value, Value]]:
    old, new = (
        dotted_values(config.model_dump(include={"tracker", "link"})) for config in (before, after)
    )
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _write(result: TuneResult) -> None:
    """tuned.yaml: what was asked for, with what was found; report.md."""
    values = {name: after for name, (_, after) in result.changes.items()}
    tree = with_settings(result.request.settings, values)
    with atomic_text(result.request.out / SETTINGS_FILE) as text:
        text.write(f"# touchline tune: {verdict(result)}\n")
        text.write(yaml.safe_dump(tree, sort_keys=False) if tree else "")
    with atomic_text(result.request.out / REPORT_FILE) as text:
        text.write(report_text(result))
