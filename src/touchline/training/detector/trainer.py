"""Train a detector: ``train_detector`` reads the data, runs the epochs, keeps the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from touchline.config import check_config
from touchline.errors import UsageError
from touchline.image_files import read_image
from touchline.training.blocks import hardness_of
from touchline.training.checkpoints import checkpoint_digest
from touchline.training.course import Course
from touchline.training.detector.checkpoint import detector_metadata
from touchline.training.detector.config import DetectorTrainConfig
from touchline.training.detector.data import DetectorData, read_detector_data
from touchline.training.detector.input import network_input
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.optimisation import DetectorOptimisation
from touchline.training.detector.request import DetectorReport, DetectorRequest
from touchline.training.detector.start import Start, begin, read_start
from touchline.training.detector.validation import answers_of, validate
from touchline.training.folder import Request, TrainFolder
from touchline.training.listener import Listener
from touchline.training.loop import TrainLoop
from touchline.training.processes import joined
from touchline.training.tensorboard import open_curves

_CALIBRATION_IMAGES = 16


def train_detector(request: DetectorRequest, listener: Listener | None = None) -> DetectorReport:
    """Train a detector; a training that was stopped or killed resumes exactly.

    ``schedule.epochs`` alone may change on the way: the rate then falls faster or slower from
    there. Raises UsageError for data or settings that cannot be trained with, ModelError for a
    checkpoint that does not fit and for a loss that is no number, Interrupted when
    ``should_stop`` said so.
    """
    config = check_config(DetectorTrainConfig, request.settings)
    data = read_detector_data(request.data, config, request.validation, request.guessed)
    settings = config.model_dump(mode="json")
    del settings["schedule"]["epochs"]
    start = read_start(request.checkpoint)
    digest = checkpoint_digest(start.file) if start.file else ""
    folder = TrainFolder(request.out, Request(settings, data.fingerprint(), digest, 1))
    with (
        joined(request.device) as process,
        open_curves(request.out if request.tensorboard else None) as curves,
    ):
        if process.world_size > 1:
            raise UsageError("a detector trains in one process: start it without torchrun")
        course = _DetectorCourse(request, config, data, start, process.device)
        done = TrainLoop(course, folder, process, curves, listener or Listener()).run()
    epochs = config.schedule.epochs
    return DetectorReport(request.out, done.first, done.best, done.last, done.best_epoch, epochs)


class _DetectorCourse(Course):
    """A detector in one stage; kept and scored is the running mean of its weights."""

    command = "detector train"
    score = "score"

    def __init__(
        self,
        request: DetectorRequest,
        config: DetectorTrainConfig,
        data: DetectorData,
        start: Start,
        device: torch.device,
    ) -> None:
        self._request = request
        self.config: DetectorTrainConfig = config
        self._data = data
        self._start = start
        self._device = device
        self.stages = {"detector": config.schedule.epochs}
        self.every = config.validation.every

    @property
    def network(self) -> DetectorNetwork:
        return self._optimisation.averaged

    def begin(self, fresh: bool) -> None:
        torch.manual_seed(self.config.seed)
        shape = self._start.shape(self.config.network)
        # What is resumed has its weights in the folder.
        start = self._start if fresh else Start(None, self._start.kind, self._start.soft, "")
        network, soft = begin(start, self._data.names, shape, self._calibration())
        self._optimisation = DetectorOptimisation(
            network, self._data, self.config, self._device, soft=soft
        )

    def facts(self) -> dict[str, Any]:
        data = self._data
        return {
            "data": [str(path) for path in self._request.folders],
            "checkpoint": str(self._request.checkpoint or "none"),
            "device": str(self._device),
            "threads": torch.get_num_threads(),
            "classes": list(data.names),
            "images": [len(source) for source in data.sources],
            "boxes": [source.counts() for source in data.sources],
            "shares": list(data.shares),
            "class_weights": data.class_weights(self.config.schedule.rarity),
            "held_out": list(data.held_out),
            "validation_images": 0 if data.validation is None else len(data.validation),
            "parameters": sum(value.numel() for value in self.network.parameters()),
        }

    def open(self, stage: str) -> DetectorOptimisation:  # noqa: ARG002  (there is but one)
        return self._optimisation

    def validate(self) -> dict[str, float]:
        if self._data.validation is None:
            return {}
        settings = self.config.validation
        answer = answers_of(self.network, self._data.names)
        return validate(answer, self._data.validation, settings.size, settings.people)

    def rank(self, scores: Mapping[str, float]) -> list[float]:
        # While it still has SiLU it may score higher, but it is not the network asked for.
        return [hardness_of(self.network), *super().rank(scores)]

    def metadata(self) -> dict[str, str]:
        told = [
            f"{path.resolve().name}: {len(source)} images"
            for path, source in zip(self._request.folders, self._data.sources, strict=True)
        ]
        own = detector_metadata(self.network, self._data.names, self.config, "; ".join(told))
        owed = self._start.attribution
        return ({"attribution": owed} if owed else {}) | own

    def score_texts(self, scores: Mapping[str, float]) -> dict[str, str]:
        return {"scores": ", ".join(f"{name} {value:.4f}" for name, value in scores.items())}

    def summary(self, scores: Mapping[str, float]) -> str:
        return ", ".join(
            f"{name} {value:.1%}"
            for name, value in scores.items()
            if name.endswith("ap50") or name in ("score", "people ap")
        )

    def details(self, means: Mapping[str, float]) -> str:
        return ", ".join(f"{name} {value:.2f}" for name, value in means.items() if name != "loss")

    def _calibration(self) -> Iterator[Tensor]:
        """Some images of each source, as network input."""
        side = self.config.schedule.sizes[0][0]
        for source in self._data.sources:
            for path in source.paths[:: max(1, len(source) // _CALIBRATION_IMAGES)]:
                batch, _, _ = network_input(read_image(path), side)
                yield torch.from_numpy(batch)
