"""Train a detector: ``train_detector`` reads the data, runs the epochs, keeps the best."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from touchline.config import check_config
from touchline.errors import Interrupted, ModelError, UsageError
from touchline.image_files import read_image
from touchline.training.blocks import hardness_of
from touchline.training.checkpoints import fitting, save_checkpoint
from touchline.training.detector.checkpoint import detector_metadata
from touchline.training.detector.config import DetectorTrainConfig
from touchline.training.detector.data import (
    BatchLoader,
    DetectorData,
    batches_per_epoch,
    read_detector_data,
)
from touchline.training.detector.input import network_input
from touchline.training.detector.optimisation import DetectorOptimisation, is_exact, learning_rate
from touchline.training.detector.request import (
    DetectorListener,
    DetectorReport,
    DetectorRequest,
    DetectorStep,
)
from touchline.training.detector.start import begin
from touchline.training.detector.validation import answers_of, validate
from touchline.training.folder import BEST, LAST, Progress, Request, TrainFolder
from touchline.training.optimisation import Pace
from touchline.training.processes import joined
from touchline.training.tensorboard import Curves, open_curves

_log = logging.getLogger(__name__)

_COMMAND = "train detector"
_STAGE = "detector"
_CALIBRATION_IMAGES = 16


def train_detector(
    request: DetectorRequest, listener: DetectorListener | None = None
) -> DetectorReport:
    """Train a detector; a training that was stopped or killed resumes exactly.

    ``schedule.epochs`` alone may change on the way: the rate then falls faster or slower from
    there. Raises UsageError for data or settings that cannot be trained with, ModelError for a
    checkpoint that does not fit and for a loss that is no number, Interrupted when
    ``should_stop`` said so.
    """
    config = check_config(DetectorTrainConfig, request.settings)
    data = read_detector_data(request.data, config, request.validation)
    settings = config.model_dump(mode="json")
    del settings["schedule"]["epochs"]
    asked = Request(settings, data.fingerprint(), _digest(request.checkpoint), 1)
    folder = TrainFolder(request.out, asked)
    with (
        joined(request.device) as process,
        open_curves(request.out if request.tensorboard else None) as curves,
    ):
        if process.world_size > 1:
            raise UsageError("a detector trains in one process: start it without torchrun")
        trainer = _Trainer(request, config, data, folder, process.device, curves)
        return trainer.run(listener or DetectorListener())


class _Trainer:
    """The loop over epochs and batches, and its state."""

    def __init__(
        self,
        request: DetectorRequest,
        config: DetectorTrainConfig,
        data: DetectorData,
        folder: TrainFolder,
        device: torch.device,
        curves: Curves,
    ) -> None:
        self._request = request
        self._config = config
        self._data = data
        self._folder = folder
        self._curves = curves
        self._device = device
        self._progress = Progress()
        self._pace = Pace()
        self._batches = batches_per_epoch(config)
        self._steps = self._batches * config.schedule.epochs

    def run(self, listener: DetectorListener) -> DetectorReport:
        """Run the rest of the training."""
        self._listener = listener
        torch.manual_seed(self._config.seed)
        found = self._folder.load()
        saved = found[2]["optimisation"] if found else None
        self._start_network(saved)
        if found:
            averaged, self._progress, state = found
            with fitting(self._folder.path / LAST):
                self._optimisation.restore(averaged, state["optimisation"])
            self._folder.cut_log(state["log_bytes"])
        else:
            self._begin()
        epochs = self._config.schedule.epochs
        progress = self._progress
        progress.finished = progress.epoch > epochs
        loaders: dict[bool, BatchLoader] = {}
        while not progress.finished:
            begun = (progress.epoch - 1) * self._batches
            mosaics = not is_exact(self._config.schedule, begun, self._steps)
            if mosaics not in loaders:
                loaders.clear()  # its processes end before new ones start
                loaders[mosaics] = BatchLoader(self._data, self._config, mosaics=mosaics)
            self._run_epoch(loaders[mosaics])
            last = progress.epoch == epochs
            every = self._config.validation.every
            if last or (every and progress.epoch % every == 0):
                self._validate(progress.epoch)
            progress.epoch, progress.batch, progress.sums = progress.epoch + 1, 0, {}
            progress.finished = last
            self._save()
            if not last and listener.should_stop():
                raise _stopped(f"before epoch {progress.epoch}")
        return DetectorReport(
            self._request.out, progress.first, progress.best, progress.best_epoch, epochs
        )

    def _start_network(self, saved: dict[str, Any] | None) -> None:
        """Build the network to train."""
        network, soft = begin(
            None if saved else self._request.checkpoint,
            self._data.names,
            self._config.network,
            self._calibration(),
        )
        with fitting(self._folder.path / LAST):
            self._soft = saved["soft"] if saved else soft
            self._best_hardness = float(saved["best_hardness"]) if saved else 0.0
        self._optimisation = DetectorOptimisation(
            network,
            self._config,
            self._steps,
            self._device,
            class_weights=self._data.class_weights(self._config.schedule.rarity),
            soft=self._soft,
        )

    def _calibration(self) -> Iterator[Tensor]:
        """Some images of each source, as network input."""
        side = self._config.schedule.sizes[0][0]
        for source in self._data.sources:
            for path in source.paths[:: max(1, len(source) // _CALIBRATION_IMAGES)]:
                batch, _, _ = network_input(read_image(path), side)
                yield torch.from_numpy(batch)

    def _begin(self) -> None:
        """Set up the folder, log facts about the data, and score the initial network."""
        data = self._data
        self._folder.begin(self._config, _COMMAND)
        self._folder.note(
            "start",
            data=[str(path) for path in self._request.data],
            checkpoint=str(self._request.checkpoint or ""),
            device=str(self._device),
            threads=torch.get_num_threads(),
            classes=list(data.names),
            images=[len(source) for source in data.sources],
            boxes=[source.counts() for source in data.sources],
            shares=list(data.shares),
            class_weights=data.class_weights(self._config.schedule.rarity),
            held_out=list(data.held_out),
            validation_images=0 if data.validation is None else len(data.validation),
            parameters=sum(p.numel() for p in self._optimisation.network.parameters()),
        )
        self._optimisation.harden(0)
        self._validate(0)

    def _step(self) -> int:
        return (self._progress.epoch - 1) * self._batches + self._progress.batch

    def _run_epoch(self, loader: BatchLoader) -> None:
        progress, pace = self._progress, self._pace
        pace.go()
        for batch in loader.batches(progress.epoch, progress.batch):
            found = self._optimisation(batch, self._step())
            progress.batch += 1
            for name, value in found.items():
                progress.sums[name] = progress.sums.get(name, 0.0) + value
            pace.count(len(batch[0]))
            self._listener.on_step(self._told())
            # At the end of an epoch it is asked again, once the epoch is saved and validated.
            if progress.batch < self._batches and self._listener.should_stop():
                self._save()
                raise _stopped(
                    f"in epoch {progress.epoch}, after batch {progress.batch} of {self._batches}"
                )
        means = {name: value / progress.batch for name, value in progress.sums.items()}
        rate = learning_rate(self._config.schedule, self._step() - 1, self._steps)
        speed = round(pace.per_second, 2)
        self._folder.note(
            "epoch", epoch=progress.epoch, **means, learning_rate=rate, images_per_second=speed
        )
        curves = {f"{_STAGE}/{name}": value for name, value in means.items()}
        self._curves.add({**curves, f"{_STAGE}/rate": rate}, progress.epoch)
        parts = ", ".join(f"{name} {value:.2f}" for name, value in means.items() if name != "loss")
        self._listener.on_event(
            f"epoch {progress.epoch}/{self._config.schedule.epochs}: loss {means['loss']:.3f} "
            f"({parts}), {speed:.1f} images a second"
        )

    def _told(self) -> DetectorStep:
        progress, pace = self._progress, self._pace
        return DetectorStep(
            progress.epoch,
            self._config.schedule.epochs,
            progress.batch,
            self._batches,
            progress.sums["loss"] / progress.batch,
            progress.best.get("score"),
            pace.per_second,
            (self._steps - self._step()) * pace.seconds / max(pace.batches, 1),
        )

    def _validate(self, epoch: int) -> None:
        """Score the network and keep it if it is the best; without data, keep the latest."""
        progress, data = self._progress, self._data
        scores: dict[str, float] = {}
        if data.validation is not None:
            settings = self._config.validation
            answer = answers_of(self._optimisation.averaged)
            scores = validate(answer, data.validation, settings.size, settings.people)
        if epoch == 0:
            progress.first = scores
        hardness = hardness_of(self._optimisation.averaged)
        # While it still has SiLU it may score higher, but it is not the network asked for.
        harder = hardness > self._best_hardness
        better = harder or not scores or scores["score"] > progress.best.get("score", -1.0)
        if better:
            progress.best, progress.best_epoch = scores, epoch
            self._best_hardness = hardness
            texts = {**self._metadata(), "epoch": str(epoch)}
            texts |= {"scores": ", ".join(f"{name} {value:.4f}" for name, value in scores.items())}
            save_checkpoint(self._optimisation.averaged, self._folder.path / BEST, texts)
        if scores:
            self._folder.note("validation", epoch=epoch, best=better, **scores)
            self._curves.add({f"validation/{name}": value for name, value in scores.items()}, epoch)
            told = ", ".join(
                f"{name} {value:.1%}"
                for name, value in scores.items()
                if name.endswith("ap50") or name in ("score", "people ap")
            )
            mark = ", the best so far" if better and epoch else ""
            self._listener.on_event(f"validation: {told}{mark}")

    def _save(self) -> None:
        state = {
            **self._optimisation.state(),
            "soft": self._soft,
            "best_hardness": self._best_hardness,
        }
        self._folder.save(self._optimisation.averaged, self._metadata(), self._progress, state)

    def _metadata(self) -> dict[str, str]:
        told = [
            f"{path.resolve().name}: {len(source)} images"
            for path, source in zip(self._request.data, self._data.sources, strict=True)
        ]
        return detector_metadata(
            self._optimisation.averaged, self._data.names, self._config, "; ".join(told)
        )


def _stopped(where: str) -> Interrupted:
    return Interrupted(f"stopped {where}; the same command goes on from there")


def _digest(file: Path | None) -> str:
    if file is None:
        return ""
    if not file.is_file():
        raise ModelError(f"checkpoint {file} does not exist")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
