"""The initial network of a training: the shipped one, another of our own, COCO's, or random."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.models.shipped import model_file
from touchline.training.blocks import set_hardness
from touchline.training.checkpoints import fit
from touchline.training.detector.calibration import calibrate
from touchline.training.detector.checkpoint import load_detector
from touchline.training.detector.config import NetworkConfig, NetworkKind
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.yolox_file import load_yolox, yolox_facts


@dataclass(frozen=True)
class Start:
    """What a training begins from.

    file: the checkpoint, None for random weights. kind: of its network, None for random weights.
    soft: whether it was trained with SiLU. attribution: whom its weights are owed to; what is
    trained from them owes them too.
    """

    file: Path | None
    kind: NetworkKind | None
    soft: bool
    attribution: str

    def shape(self, config: NetworkConfig) -> NetworkConfig:
        """``config`` with kind and activation of the checkpoint, where it names none.

        Raises ModelError for those that the checkpoint's weights cannot come to.
        """
        if self.file is not None and config.kind not in (None, self.kind):
            raise ModelError(f"{self.file.name} is a {self.kind}: leave out network.kind")
        if not self.soft and config.activation == "silu" and self.file is not None:
            raise ModelError(
                f"{self.file.name} was trained with ReLU: leave out network.activation, or set "
                "network.activation=relu"
            )
        own = "silu" if self.soft else "relu"
        return config.model_copy(
            update={"kind": config.kind or self.kind, "activation": config.activation or own}
        )


def read_start(checkpoint: Path | None) -> Start:
    """What is known of a checkpoint before it is trained on.

    checkpoint: a file, or the name of a shipped detector; None for random weights. Raises
    ModelError for a file that is not there or holds no detector.
    """
    if checkpoint is None:
        return Start(None, None, True, "")
    file = model_file(checkpoint)
    if file.suffix.lower() == ".onnx":
        return Start(file, *yolox_facts(file))
    found = load_detector(file)
    shape = found.network.config
    return Start(
        file, shape.kind, shape.activation == "silu", found.metadata.get("attribution", "")
    )


def begin(
    start: Start,
    names: Sequence[str],
    config: NetworkConfig,
    images: Iterable[Tensor],
) -> tuple[DetectorNetwork, bool]:
    """A network to train, and whether its weights were trained with SiLU.

    config: its activation may be left to the start. images: as the network takes them, for
    ``calibrate``. Classes that are not in ``names`` are forgotten; new ones begin at random, with
    an ONNX file as ``load_yolox`` says.
    """
    config, checkpoint = start.shape(config), start.file
    network = DetectorNetwork(len(names), config)
    unlikely(network)
    if checkpoint is None:
        return network, False
    if checkpoint.suffix.lower() == ".onnx":
        if load_yolox(network, checkpoint, names):
            set_hardness(network, 0.0)
        calibrate(network, images)
        return network, start.soft
    found = load_detector(checkpoint)
    tensors = found.network.state_dict()
    if found.names != tuple(names):
        for name, value in network.state_dict().items():
            if "class_out" in name and name in tensors:
                for row, own in enumerate(names):
                    if own in found.names:
                        value[row] = tensors[name][found.names.index(own)]
                tensors[name] = value
    report = fit(network, tensors)
    if not report.complete:
        raise ModelError(
            f"{checkpoint} has another shape; set network.* as in the train.yaml beside it: "
            + "; ".join(report.lines())
        )
    if start.soft:
        set_hardness(network, 0.0)
    return network, start.soft


def unlikely(network: DetectorNetwork) -> None:
    """Initialise scores at 0.01: a new network that finds things everywhere must unlearn them."""
    for name, module in network.named_modules():
        if not name.endswith(("class_out", "object_out")):
            continue
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.constant_(module.bias, -math.log(99.0))
