"""The loop of every training: stages, epochs, batches, validation, saving, stopping, resuming.

What is particular to a network stands in its ``Course``, what one of its stages does with a batch
in a ``Learner``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from touchline.errors import Interrupted
from touchline.training.checkpoints import fitting, save_checkpoint
from touchline.training.course import Course, Learner
from touchline.training.folder import BEST, LAST, Progress, TrainFolder
from touchline.training.listener import Listener, TrainStep
from touchline.training.pace import Pace
from touchline.training.processes import Process
from touchline.training.tensorboard import Curves

LEAST_SCORE = 0.0005
"""A lower score reads 0.0 %, which nobody is told is the best."""


class TrainLoop:
    """Runs a course in a folder; where that holds a part of it, it is resumed."""

    def __init__(
        self,
        course: Course,
        folder: TrainFolder,
        process: Process,
        curves: Curves,
        listener: Listener,
    ) -> None:
        self._course = course
        self._folder = folder
        self._process = process
        self._curves = curves
        self._listener = listener
        self._progress = Progress()

    def run(self) -> Progress:
        """Run the rest of the training. Raises Interrupted when ``should_stop`` said so."""
        with self._folder.held() if self._process.first else nullcontext():
            return self._run()

    def _run(self) -> Progress:
        names = list(self._course.stages)
        saved = self._resume(names[0])
        for name in names[names.index(self._progress.stage) :]:
            if not self._is_over():
                self._run_stage(name, names[names.index(name) + 1 :], saved)
            saved = {}
        return self._progress

    def _resume(self, first_stage: str) -> dict[str, Any]:
        """Set up the network and the folder; the saved state of the stage at work, if any."""
        found = self._folder.load()
        self._process.wait()  # no process writes before all have read
        self._course.begin(fresh=found is None)
        if self._process.first and (opening := self._course.opening()):
            self._listener.on_event(opening)
        if found is None:
            self._progress.stage = first_stage
            if self._process.first:
                self._folder.begin(self._course.config, self._course.command)
                facts = self._course.facts()
                self._folder.note("start", **facts)
                for line in facts.get("loaded", ()):
                    self._listener.on_event(f"checkpoint: {line}")
            self._validate(0)
            return {}
        tensors, self._progress, saved = found
        with fitting(self._folder.path / LAST):
            self._course.network.load_state_dict(tensors)
        if self._process.first:
            self._folder.cut_log(saved["log_bytes"])
        state: dict[str, Any] = saved["optimisation"]
        return state

    def _is_over(self) -> bool:
        """Whether the stage at work has had all its epochs, or patience with it is at its end."""
        progress, patience = self._progress, self._course.patience
        over = progress.epoch > self._course.stages[progress.stage]
        return over or bool(patience and progress.stale >= patience)

    def _run_stage(self, name: str, following: Sequence[str], saved: Mapping[str, Any]) -> None:
        """Run a stage from the current progress on; ``following`` it are those, in order."""
        progress = self._progress
        learner = self._course.open(name)
        if saved:
            with fitting(self._folder.path / LAST):
                learner.restore(saved)
        pace = Pace()
        while not self._is_over():
            self._run_epoch(learner, pace)
            if not following:
                self._validate_when_due()
            progress.epoch, progress.batch, progress.sums = progress.epoch + 1, 0, {}
            over = self._is_over()
            if over and following:
                progress.stage, progress.epoch = following[0], 1
            self._save({} if over and following else learner.state())
            if (following or not over) and self._asked_to_stop():
                raise self._stopped(
                    name, "after its last epoch" if over else f"before epoch {progress.epoch}"
                )
            if over:
                return

    def _run_epoch(self, learner: Learner, pace: Pace) -> None:
        progress, epoch = self._progress, self._progress.epoch
        batches = learner.load(epoch, progress.batch)
        count = progress.batch + len(batches)
        pace.go()
        for batch in batches:
            found = learner.step(batch, epoch, progress.batch)
            progress.batch += 1
            for name, value in found.items():
                progress.sums[name] = progress.sums.get(name, 0.0) + value
            pace.count(len(batch[0]) * self._process.world_size)
            if self._process.first:
                self._listener.on_step(self._step(count, pace))
            # At the end of an epoch it is asked again, once the epoch is saved and validated.
            if progress.batch < count and self._asked_to_stop():
                self._save(learner.state())
                where = f"in epoch {epoch}, after batch {progress.batch} of {count}"
                raise self._stopped(progress.stage, where)
        self._tell_epoch(learner.rate, pace)

    def _asked_to_stop(self) -> bool:
        """Whether any process was asked to stop."""
        return bool(self._process.largest(self._listener.should_stop())[0])

    def _stopped(self, stage: str, where: str) -> Interrupted:
        several = f"in stage {stage}, " if len(self._course.stages) > 1 else ""
        return Interrupted(f"stopped {several}{where}; the same command goes on from there")

    def _step(self, count: int, pace: Pace) -> TrainStep:
        progress = self._progress
        epochs = self._course.stages[progress.stage]
        left = (epochs - progress.epoch + 1) * count - progress.batch
        best = progress.best.get(self._course.score)
        return TrainStep(
            progress.stage,
            progress.epoch,
            epochs,
            progress.batch,
            count,
            {name: value / progress.batch for name, value in progress.sums.items()},
            best if best is not None and best >= LEAST_SCORE else None,
            pace.per_second,
            left * pace.seconds / max(pace.batches, 1),
        )

    def _tell_epoch(self, rate: float, pace: Pace) -> None:
        progress = self._progress
        sums, stage = progress.sums, progress.stage
        means = self._process.mean(*(value / max(progress.batch, 1) for value in sums.values()))
        if not self._process.first:
            return
        found = dict(zip(sums, means, strict=True))
        self._folder.note(
            "epoch",
            stage=stage,
            epoch=progress.epoch,
            **found,
            batches=progress.batch,
            learning_rate=rate,
            images_per_second=round(pace.per_second, 2),
        )
        curves = {**found, "rate": rate}
        self._curves.add({f"{stage}/{name}": curves[name] for name in curves}, progress.epoch)
        told = stage if len(self._course.stages) > 1 else "epoch"
        self._listener.on_event(
            f"{told} {progress.epoch}/{self._course.stages[stage]}: loss {found['loss']:.4f}, "
            f"{self._course.details(found)}, {pace.per_second:.1f} images a second"
        )

    def _validate_when_due(self) -> None:
        epoch, every = self._progress.epoch, self._course.every
        if epoch == self._course.stages[self._progress.stage] or (every and epoch % every == 0):
            self._validate(epoch)

    def _validate(self, epoch: int) -> None:
        """Score the network and keep it if it is the best; without data, keep the latest."""
        progress, course = self._progress, self._course
        scores = course.validate() if self._process.first else {}
        rank = course.rank(scores) if scores else []
        # Only the first process knows; the others pass False.
        better = self._process.first and (not scores or rank > progress.best_rank)
        better = bool(self._process.largest(better)[0])
        progress.stale = 0 if better else progress.stale + 1
        progress.last = scores
        if epoch == 0:
            progress.first = scores
        if better:
            progress.best, progress.best_epoch, progress.best_rank = scores, epoch, rank
        if not self._process.first:
            return
        if better:
            texts = {**course.metadata(), "epoch": str(epoch), **course.score_texts(scores)}
            save_checkpoint(course.network, self._folder.path / BEST, texts)
        if scores:
            self._folder.note("validation", epoch=epoch, best=better, **scores)
            self._curves.add({f"validation/{name}": value for name, value in scores.items()}, epoch)
            worth = better and epoch and scores[course.score] >= LEAST_SCORE
            mark = ", the best so far" if worth else ""
            told = f"epoch {epoch}, validation" if epoch else "before training, validation"
            self._listener.on_event(f"{told}: {course.summary(scores)}{mark}")

    def _save(self, state: Mapping[str, Any]) -> None:
        if self._process.first:
            course = self._course
            self._folder.save(course.network, course.metadata(), self._progress, state)
        self._process.wait()
