"""Train a re-identification encoder: ``train`` reads the data, runs the stages, keeps the best."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

import torch
import yaml

from touchline.config import check_config
from touchline.errors import Interrupted, UsageError
from touchline.reid.folders import read_reid_data
from touchline.training.checkpoints import fitting, save_checkpoint
from touchline.training.folder import BEST, LAST, Progress, Request, TrainFolder
from touchline.training.optimisation import Optimisation, Pace
from touchline.training.processes import Process, joined
from touchline.training.reid.config import TrainConfig
from touchline.training.reid.data import TrainData, divide
from touchline.training.reid.network import TrainNetwork, load_train_network, preset_of
from touchline.training.reid.request import Listener, TrainReport, TrainRequest, TrainStep
from touchline.training.reid.samplers import (
    FalseNegatives,
    MatchAwareSampler,
    PlainSampler,
    count_false_negatives,
)
from touchline.training.reid.schedules import learning_rate
from touchline.training.reid.stages import ImageStage, PromptStage, Stage, precision
from touchline.training.reid.validation import validate
from touchline.training.tensorboard import Curves, open_curves

_log = logging.getLogger(__name__)


def train(request: TrainRequest, listener: Listener | None = None) -> TrainReport | None:
    """Train the network of a checkpoint; a training that was stopped or killed resumes exactly.

    Under ``torchrun`` every process calls this; only the first one tells, writes and answers a
    report, the others None. Raises
    UsageError for data or settings that cannot be trained with, ModelError for a checkpoint that
    does not fit and for a loss that is no number, Interrupted when ``should_stop`` said so.
    """
    config = check_config(
        TrainConfig, {"preset": preset_of(request.checkpoint), **request.settings}
    )
    if config.images.image_text_weight and not config.prompts.epochs:
        raise UsageError(
            "images.image_text_weight needs learned sentences: give prompts.epochs above 0, or "
            "set images.image_text_weight=0"
        )
    data = divide(read_reid_data(request.data), config.validation, config.seed)
    with joined(request.device) as process:
        loaded = load_train_network(request.checkpoint, len(data.labels.names), config)
        # Convolutions are 1.4 times as fast on a CPU with channels last (OSNet, 2 cores).
        loaded.network.to(process.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        asked = Request(
            config.model_dump(mode="json"),
            data.fingerprint(),
            _digest(request.checkpoint),
            process.world_size,
        )
        folder = TrainFolder(request.out, asked)
        with open_curves(request.out if request.tensorboard and process.first else None) as curves:
            trainer = _Trainer(config, data, loaded, folder, process, curves)
            report = trainer.run(request, listener or Listener())
            return report if process.first else None


class _Trainer:
    """The loop over stages, epochs and batches, and its state."""

    def __init__(
        self,
        config: TrainConfig,
        data: TrainData,
        loaded: TrainNetwork,
        folder: TrainFolder,
        process: Process,
        curves: Curves,
    ) -> None:
        self._config = config
        self._data = data
        self._loaded = loaded
        self._folder = folder
        self._process = process
        self._curves = curves
        self._progress = Progress()
        self._saved: dict[str, Any] = {}

    def run(self, request: TrainRequest, listener: Listener) -> TrainReport:
        """Run the rest of the training."""
        self._listener = listener
        kinds: list[type[Stage]] = [PromptStage, ImageStage]
        if not self._config.prompts.epochs:
            kinds = [ImageStage]
        plain, drawn = false_negatives(self._data, self._config)
        self._go_on()
        progress = self._progress
        if not progress.stage:
            self._start(request, plain, drawn)
        while not progress.finished:
            names = [kind.name for kind in kinds]
            place = names.index(progress.stage) if progress.stage else 0
            progress.stage = names[place]
            following = names[place + 1] if place + 1 < len(names) else ""
            self._run_stage(
                kinds[place](self._loaded, self._data, self._config, self._process), following
            )
        return TrainReport(
            request.out,
            progress.first,
            progress.best,
            progress.best_epoch,
            progress.epoch,
            plain,
            drawn,
        )

    def _go_on(self) -> None:
        """Resume from what the folder holds, if anything."""
        found = self._folder.load()
        self._process.wait()  # no process writes before all have read
        if found is not None:
            tensors, self._progress, saved = found
            self._saved = saved["optimisation"]
            with fitting(self._folder.path / LAST):
                self._loaded.network.load_state_dict(tensors)
            if self._process.first:
                self._folder.cut_log(saved["log_bytes"])

    def _start(
        self, request: TrainRequest, plain: FalseNegatives | None, drawn: FalseNegatives
    ) -> None:
        """Set up the folder, log facts about the data, and score the initial network."""
        data, device = self._data, self._process.device
        if data.left_out:
            _log.warning("%d crops of distractors cannot be trained on: left out", data.left_out)
        if data.query is None and self._config.validation.every:
            _log.warning(
                "nothing to validate on (neither query and gallery nor a second match): the best "
                "network is the last one"
            )
        if self._process.first:
            self._folder.begin(self._config)
            self._folder.note(
                "start",
                data=str(request.data),
                checkpoint=str(request.checkpoint),
                network=self._loaded.name,
                device=str(device),
                precision=str(precision(self._config, device)).removeprefix("torch."),
                processes=self._process.world_size,
                crops=len(data.train),
                identities=len(data.labels.names),
                matches=len(set(data.train.matches.tolist())),
                held_out=data.held_out,
                queries=0 if data.query is None else len(data.query),
                false_negatives={
                    "drawn": drawn._asdict(),
                    "plain": None if plain is None else plain._asdict(),
                },
            )
        self._validate(0)

    def _run_stage(self, stage: Stage, following: str) -> None:
        """Run a stage from the current progress; ``following`` is the next, "" after the last."""
        progress, settings = self._progress, stage.settings
        stage.prepare()
        optimisation = Optimisation(stage, self._process)
        if self._saved:
            with fitting(self._folder.path / LAST):
                optimisation.restore(self._saved)
            self._saved = {}
        pace = Pace()
        while progress.stage == stage.name and not progress.finished:
            self._run_epoch(stage, optimisation, pace)
            ended = progress.epoch == settings.epochs
            if isinstance(stage, ImageStage):
                self._validate_when_due(ended)
                patience = self._config.validation.patience
                ended = ended or bool(patience and progress.stale >= patience)
            progress.batch, progress.sums = 0, {}
            if ended and not following:
                progress.finished = True
            elif ended:
                progress.stage, progress.epoch = following, 1
                self._save({})
                if self._asked_to_stop():
                    raise _stopped(stage, "after its last epoch")
                return
            else:
                progress.epoch += 1
            self._save(optimisation.state())
            if not progress.finished and self._asked_to_stop():
                raise _stopped(stage, f"before epoch {progress.epoch}")

    def _run_epoch(self, stage: Stage, optimisation: Optimisation, pace: Pace) -> None:
        progress, epoch = self._progress, self._progress.epoch
        rate = learning_rate(stage.settings, epoch)
        optimisation.set_rate(rate)
        batches = stage.load(epoch - 1, progress.batch)
        count = progress.batch + len(batches)
        pace.go()
        for batch in batches:
            found = optimisation(batch, f"epoch {epoch}, batch {progress.batch + 1}")
            progress.batch += 1
            for name, value in found.items():
                progress.sums[name] = progress.sums.get(name, 0.0) + value
            pace.count(len(batch[-1]) * self._process.world_size)
            if self._process.first:
                self._listener.on_step(_step(progress, stage, count, pace))
            # At the end of an epoch it is asked again, once the epoch is saved and validated.
            if progress.batch < count and self._asked_to_stop():
                self._save(optimisation.state())
                raise _stopped(stage, f"in epoch {epoch}, after batch {progress.batch} of {count}")
        self._tell_epoch(stage, rate, pace)

    def _asked_to_stop(self) -> bool:
        """Whether any process was asked to stop."""
        return bool(self._process.largest(self._listener.should_stop())[0])

    def _tell_epoch(self, stage: Stage, rate: float, pace: Pace) -> None:
        progress = self._progress
        sums = progress.sums
        means = self._process.mean(*(value / max(progress.batch, 1) for value in sums.values()))
        if not self._process.first:
            return
        found = dict(zip(sums, means, strict=True))
        self._folder.note(
            "epoch",
            stage=stage.name,
            epoch=progress.epoch,
            **found,
            batches=progress.batch,
            learning_rate=rate,
            images_per_second=round(pace.per_second, 1),
        )
        self._curves.add(
            {f"{stage.name}/{name}": value for name, value in [*found.items(), ("rate", rate)]},
            progress.epoch,
        )
        self._listener.on_event(
            f"{stage.name} {progress.epoch}/{stage.settings.epochs}: loss {found['loss']:.4f}, "
            f"accuracy {found['accuracy']:.1%}, {pace.per_second:.0f} images a second"
        )

    def _validate_when_due(self, last: bool) -> None:
        every = self._config.validation.every
        if last or (every and self._progress.epoch % every == 0):
            self._validate(self._progress.epoch)

    def _validate(self, epoch: int) -> None:
        """Score the network and keep it if it is the best; without data, keep the latest."""
        progress, data = self._progress, self._data
        scores: dict[str, float] = {}
        if self._process.first and data.query is not None and data.gallery is not None:
            scores = validate(
                self._loaded,
                data.query,
                data.gallery,
                self._process.device,
                self._config.validation.batch_size,
            )
        if data.query is not None:
            better = scores.get("mAP", 0.0) > progress.best.get("mAP", -1.0)
            # Only the first process knows; the others pass False.
            better = bool(self._process.largest(self._process.first and better)[0])
        else:
            better = True
        progress.stale = 0 if better else progress.stale + 1
        if epoch == 0:
            progress.first = scores
        if better:
            progress.best, progress.best_epoch = scores, epoch
        if not self._process.first:
            return
        if better:
            texts = {**self._metadata(), "epoch": str(epoch)}
            texts |= {name: f"{value:.4f}" for name, value in scores.items() if name == "mAP"}
            save_checkpoint(self._loaded.network, self._folder.path / BEST, texts)
        if scores:
            self._folder.note("validation", epoch=epoch, best=better, **scores)
            self._curves.add({f"validation/{name}": value for name, value in scores.items()}, epoch)
            told = f"validation: mAP {scores['mAP']:.1%}, rank 1 {scores['rank1']:.1%}"
            self._listener.on_event(told + (", the best so far" if better and epoch else ""))

    def _save(self, state: dict[str, Any]) -> None:
        if self._process.first:
            self._folder.save(self._loaded.network, self._metadata(), self._progress, state)
        self._process.wait()

    def _metadata(self) -> dict[str, str]:
        """Metadata of a weights file; ``reid export`` hands it on."""
        config = self._config
        texts = {
            **self._loaded.format.to_metadata(),
            "network": self._loaded.name,
            "data": f"{self._data.train.root.resolve().name}: {len(self._data.train)} crops of "
            f"{len(self._data.labels.names)} people",
            "settings": yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False),
        }
        origin = self._loaded.source or self._loaded.name
        texts["source"] = f"{origin}, fine-tuned on {texts['data']}"
        licence = config.licence or self._loaded.licence
        return {**texts, "licence": licence} if licence else texts


def false_negatives(
    data: TrainData, config: TrainConfig
) -> tuple[FalseNegatives | None, FalseNegatives]:
    """False negatives of an epoch: of the plain sampler, and of the configured one.

    The first is None where there are too few people for its batches.
    """
    sizes = (config.images.identities_per_batch, config.images.crops_per_identity)
    chosen = MatchAwareSampler if config.rules.sampler else PlainSampler
    drawn = count_false_negatives(chosen(data.labels, *sizes, seed=config.seed), data.labels)
    if len(data.labels.names) < sizes[0]:
        return None, drawn
    plain = PlainSampler(data.labels, *sizes, seed=config.seed)
    return count_false_negatives(plain, data.labels), drawn


def _stopped(stage: Stage, where: str) -> Interrupted:
    return Interrupted(
        f"stopped in stage {stage.name}, {where}; the same command goes on from there"
    )


def _step(progress: Progress, stage: Stage, count: int, pace: Pace) -> TrainStep:
    done, epochs = progress.batch, stage.settings.epochs
    left = (count - done) + (epochs - progress.epoch) * count
    per_batch = pace.seconds / max(pace.batches, 1)
    return TrainStep(
        stage.name,
        progress.epoch,
        epochs,
        done,
        count,
        progress.sums["loss"] / done,
        progress.sums["accuracy"] / done,
        pace.per_second,
        left * per_batch,
    )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
