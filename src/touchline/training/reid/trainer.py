"""Train a re-identification encoder: ``train`` reads the data, runs the stages, keeps the best."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch
import yaml
from torch import nn

from touchline.config import check_config
from touchline.errors import UsageError
from touchline.reid.folders import read_reid_data
from touchline.training.checkpoints import checkpoint_digest
from touchline.training.course import Course
from touchline.training.folder import Request, TrainFolder
from touchline.training.listener import Listener
from touchline.training.loop import TrainLoop
from touchline.training.precision import arithmetic
from touchline.training.processes import Process, joined
from touchline.training.reid.config import TrainConfig
from touchline.training.reid.data import TrainData, divide
from touchline.training.reid.network import TrainNetwork, load_train_network, preset_of
from touchline.training.reid.optimisation import Optimisation
from touchline.training.reid.request import TrainReport, TrainRequest
from touchline.training.reid.samplers import (
    FalseNegatives,
    PlainSampler,
    count_false_negatives,
    sampler_for,
)
from touchline.training.reid.stages import ImageStage, PromptStage, Stage
from touchline.training.reid.validation import validate
from touchline.training.tensorboard import open_curves

_log = logging.getLogger(__name__)

_STAGES: dict[str, type[Stage]] = {kind.name: kind for kind in (PromptStage, ImageStage)}


def train(request: TrainRequest, listener: Listener | None = None) -> TrainReport | None:
    """Train the network of a checkpoint; a training that was stopped or killed resumes exactly.

    ``images.epochs`` alone may change on the way, also after the last one: what follows is trained
    at the rates that so many epochs have there.
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
    settings = config.model_dump(mode="json")
    del settings["images"]["epochs"]
    with joined(request.device) as process:
        loaded = load_train_network(request.checkpoint, len(data.labels.names), config)
        asked = Request(
            settings,
            data.fingerprint(),
            checkpoint_digest(request.checkpoint),
            process.world_size,
        )
        folder = TrainFolder(request.out, asked)
        course = _ReidCourse(request, config, data, loaded, process)
        with open_curves(request.out if request.tensorboard and process.first else None) as curves:
            done = TrainLoop(course, folder, process, curves, listener or Listener()).run()
    if not process.first:
        return None
    return TrainReport(
        request.out,
        done.first,
        done.best,
        done.last,
        done.best_epoch,
        done.epoch - 1,
        course.plain,
        course.drawn,
    )


class _ReidCourse(Course):
    """CLIP-ReID in its two stages, other encoders in the second one alone."""

    command = "reid train"
    score = "mAP"

    def __init__(
        self,
        request: TrainRequest,
        config: TrainConfig,
        data: TrainData,
        loaded: TrainNetwork,
        process: Process,
    ) -> None:
        self._request = request
        self.config: TrainConfig = config
        self._data = data
        self._loaded = loaded
        self._process = process
        epochs = {"prompts": config.prompts.epochs, "images": config.images.epochs}
        self.stages = {name: count for name, count in epochs.items() if count}
        self.every, self.patience = config.validation.every, config.validation.patience
        self.plain, self.drawn = false_negatives(data, config)

    @property
    def network(self) -> nn.Module:
        return self._loaded.network

    def begin(self, fresh: bool) -> None:
        # Convolutions are 1.4 times as fast on a CPU with channels last (OSNet, 2 cores).
        self.network.to(self._process.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        data = self._data
        if fresh and data.left_out:
            _log.warning("%d crops of distractors cannot be trained on: left out", data.left_out)
        if fresh and data.query is None and self.every:
            _log.warning(
                "nothing to validate on (neither query and gallery nor a second match): the best "
                "network is the last one"
            )

    def opening(self) -> str:
        data, sizes = self._data.train, self.config.images
        cameras, matches = (len(set(one.tolist())) for one in (data.cameras, data.matches))
        batch = sizes.identities_per_batch * sizes.crops_per_identity
        several = f" in {world} processes" if (world := self._process.world_size) > 1 else ""
        return (
            f"{len(self._data.labels.names)} people, {len(data)} crops of {cameras} cameras and "
            f"{matches} matches, in batches of {batch} ({sizes.identities_per_batch} people), on "
            f"{self._process.device}{several}"
        )

    def facts(self) -> dict[str, Any]:
        data, device = self._data, self._process.device
        return {
            "data": str(self._request.data),
            "checkpoint": str(self._request.checkpoint),
            "network": self._loaded.name,
            "loaded": self._loaded.report.lines(),
            "device": str(device),
            "precision": str(arithmetic(self.config.precision, device)).removeprefix("torch."),
            "processes": self._process.world_size,
            "crops": len(data.train),
            "identities": len(data.labels.names),
            "matches": len(set(data.train.matches.tolist())),
            "held_out": data.held_out,
            "queries": 0 if data.query is None else len(data.query),
            "false_negatives": {
                "drawn": self.drawn._asdict(),
                "plain": None if self.plain is None else self.plain._asdict(),
            },
        }

    def open(self, stage: str) -> Optimisation:
        opened = _STAGES[stage](self._loaded, self._data, self.config, self._process)
        opened.prepare()
        return Optimisation(opened, self._process)

    def validate(self) -> dict[str, float]:
        query, gallery = self._data.query, self._data.gallery
        if query is None or gallery is None:
            return {}
        batch = self.config.validation.batch_size
        return validate(self._loaded, query, gallery, self._process.device, batch)

    def metadata(self) -> dict[str, str]:
        texts = {
            **self._loaded.format.to_metadata(),
            "network": self._loaded.name,
            "data": f"{self._data.train.root.resolve().name}: {len(self._data.train)} crops of "
            f"{len(self._data.labels.names)} people",
            "settings": yaml.safe_dump(self.config.model_dump(mode="json"), sort_keys=False),
        }
        origin = self._loaded.source or self._loaded.name
        texts["source"] = f"{origin}, fine-tuned on {texts['data']}"
        licence = self.config.licence or self._loaded.licence
        return {**texts, "licence": licence} if licence else texts

    def score_texts(self, scores: Mapping[str, float]) -> dict[str, str]:
        return {name: f"{value:.4f}" for name, value in scores.items() if name == "mAP"}

    def summary(self, scores: Mapping[str, float]) -> str:
        return f"mAP {scores['mAP']:.1%}, rank 1 {scores['rank1']:.1%}"

    def details(self, means: Mapping[str, float]) -> str:
        return f"accuracy {means['accuracy']:.1%}"


def false_negatives(
    data: TrainData, config: TrainConfig
) -> tuple[FalseNegatives | None, FalseNegatives]:
    """False negatives of an epoch: of the plain sampler, and of the configured one.

    The first is None where there are too few people for its batches.
    """
    sizes = (config.images.identities_per_batch, config.images.crops_per_identity)
    drawn = count_false_negatives(sampler_for(config, data.labels), data.labels)
    if len(data.labels.names) < sizes[0]:
        return None, drawn
    plain = PlainSampler(data.labels, *sizes, seed=config.seed)
    return count_false_negatives(plain, data.labels), drawn
