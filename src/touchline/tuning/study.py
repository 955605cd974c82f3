"""The trials of a search, in a file from which the same command resumes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.config import first_difference
from touchline.errors import StoreError, UsageError
from touchline.tuning.objective import Scores
from touchline.tuning.search_space import OneOf, SearchSpace, Value
from touchline.tuning.study_folder import STUDY_FILE, working_alone

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.storages import JournalStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

_INPUTS, _SCORES, _BASE = "inputs", "scores", "base"
_RANDOM_TRIALS = 12
_PRUNE_BELOW = 0.05
_FIRST_PRUNING = 4


@dataclass(frozen=True)
class Finished:
    """A trial that has seen every sequence. values: (N,) by sequence, as the Yardstick says.

    is_base: whether it has the settings before the search.
    """

    number: int
    is_base: bool
    settings: dict[str, Value]
    scores: list[Scores]
    values: NDArray[np.float64]


class TrialStudy:
    """The study in a folder: suggests settings, remembers scores. Use through ``open_study``."""

    def __init__(self, study: Study, space: SearchSpace, seed: int) -> None:
        self._study = study
        self._distributions = _distributions(space)
        self._seed = seed
        self._asked = 0

    def begin(self, inputs: Mapping[str, Any], base: Mapping[str, Value]) -> None:
        """Take up the study, whose first trial is ``base``.

        inputs: everything the scores depend on, as nested JSON values. Raises UsageError where
        the study in the folder was made with others.
        """
        from optuna.trial import TrialState

        before = self._study.user_attrs.get(_INPUTS)
        if before is None:
            self._study.set_user_attr(_INPUTS, dict(inputs))
        elif (difference := first_difference(before, inputs)) is not None:
            name, old, new = difference
            raise UsageError(
                f"the search in this folder is another one ({name} was {old!r}, now {new!r}): "
                "give the same again, or another --out"
            )
        # No other process is at work here, so trials that a killed search left running are over.
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL)
        good = (TrialState.COMPLETE, TrialState.WAITING)
        if not any(_BASE in t.user_attrs for t in self._study.get_trials(False, good)):
            self._study.enqueue_trial(dict(base), user_attrs={_BASE: True})
        self._asked = self.finished

    @property
    def finished(self) -> int:
        """Number of finished trials, pruned ones included."""
        return len(self._all("COMPLETE", "PRUNED"))

    @property
    def pruned(self) -> int:
        """Number of trials that were pruned."""
        return len(self._all("PRUNED"))

    def ask(self) -> Trial:
        """The next trial; ``trial.params`` are its settings."""
        from optuna.samplers import TPESampler

        # A sampler of its own for each trial, seeded by the trial: so a search that was stopped
        # goes on as if it had not been.
        seed = np.random.SeedSequence([self._seed, self._asked]).generate_state(1)
        with _experimental():
            self._study.sampler = TPESampler(
                n_startup_trials=_RANDOM_TRIALS,
                multivariate=True,
                constant_liar=True,
                seed=int(seed[0]),
            )
        self._asked += 1
        return self._study.ask(dict(self._distributions))

    def tell(self, trial: Trial, scores: list[Scores], value: float) -> None:
        """Complete a trial that has seen every sequence."""
        trial.set_user_attr(_SCORES, [each.as_json() for each in scores])
        self._study.tell(trial, value)

    def give_up(self, trial: Trial, *, pruned: bool) -> None:
        """End a trial early: pruned, or interrupted."""
        from optuna.trial import TrialState

        self._study.tell(trial, state=TrialState.PRUNED if pruned else TrialState.FAIL)

    def is_hopeless(self, trial: Trial) -> bool:
        """Whether what the trial has reported is surely worse than the best trial so far."""
        return _BASE not in trial.user_attrs and trial.should_prune()

    def complete(self, order: NDArray[np.int64]) -> list[Finished]:
        """The trials that have seen every sequence; values are put in the order of ``Scorer``."""
        found = []
        for trial in self._all("COMPLETE"):
            scores = [Scores(**each) for each in trial.user_attrs[_SCORES]]
            values = np.empty(len(scores))
            values[order] = [trial.intermediate_values[step] for step in range(len(scores))]
            found.append(
                Finished(
                    trial.number, _BASE in trial.user_attrs, dict(trial.params), scores, values
                )
            )
        return found

    def importances(self) -> dict[str, float]:
        """Share of each setting in what sets good trials apart; empty where too few tell."""
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        values = {trial.value for trial in self._all("COMPLETE")}
        if len(values) < _RANDOM_TRIALS:
            return {}
        with _experimental():
            return get_param_importances(self._study, evaluator=PedAnovaImportanceEvaluator())

    def _all(self, *states: str) -> list[FrozenTrial]:
        from optuna.trial import TrialState

        return self._study.get_trials(False, tuple(TrialState[state] for state in states))


@contextmanager
def open_study(folder: Path, space: SearchSpace, seed: int) -> Iterator[TrialStudy]:
    """The study in ``folder``, a new one where there is none; locked to this process.

    Raises UsageError where Optuna is missing, StoreError where the folder cannot be used.
    """
    try:
        import optuna
    except ImportError:
        raise UsageError(
            "optuna is not installed: pip install 'touchline[tune]' brings it"
        ) from None
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with working_alone(folder), _experimental():
            study = optuna.create_study(
                storage=_storage(folder / STUDY_FILE),
                study_name="touchline",
                direction="maximize",
                # All trials see the sequences in one order: compared in pairs.
                pruner=optuna.pruners.WilcoxonPruner(
                    p_threshold=_PRUNE_BELOW, n_startup_steps=_FIRST_PRUNING
                ),
                load_if_exists=True,
            )
            yield TrialStudy(study, space, seed)
    finally:
        optuna.logging.set_verbosity(verbosity)


def _storage(file: Path) -> JournalStorage:
    """The trials in ``file``. Raises StoreError where it holds something else."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        return JournalStorage(JournalFileBackend(str(file)))
    except (ValueError, KeyError, TypeError):  # no JSON, or JSON of something else
        raise StoreError(
            f"{file} is damaged, its trials cannot be read: delete it, or choose another --out"
        ) from None


@contextmanager
def _experimental() -> Iterator[None]:
    """Silence Optuna's warnings of experimental parts, which have been stable for years."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def _distributions(space: SearchSpace) -> dict[str, BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    return {
        name: CategoricalDistribution(choice.values)
        if isinstance(choice, OneOf)
        else FloatDistribution(choice.low, choice.high, log=choice.log)
        for name, choice in space.items()
    }
