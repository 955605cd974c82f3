"""The initial network of a training: COCO's, one of our own, or random."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from torch import Tensor, nn

from touchline.errors import ModelError
from touchline.training.blocks import set_hardness
from touchline.training.checkpoints import fit
from touchline.training.detector.calibration import calibrate
from touchline.training.detector.checkpoint import load_detector
from touchline.training.detector.config import NetworkConfig
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.yolox_file import load_yolox


def begin(
    checkpoint: Path | None,
    names: Sequence[str],
    config: NetworkConfig,
    images: Iterable[Tensor],
) -> tuple[DetectorNetwork, bool]:
    """A network to train, and whether its weights were trained with SiLU.

    checkpoint: YOLOX-nano in ONNX (COCO's, or one we exported), one of our own, None for random
    weights. images: as the network takes them, for ``calibrate``. Classes of our own file that
    are not in ``names`` are forgotten, new ones begin at random.
    """
    network = DetectorNetwork(len(names), config)
    unlikely(network)
    if checkpoint is None:
        return network, False
    if checkpoint.suffix.lower() == ".onnx":
        soft = load_yolox(network, checkpoint, names)
        if not soft and config.activation == "silu":
            raise ModelError(
                f"{checkpoint.name} was trained with ReLU: set network.activation=relu"
            )
        if soft:
            set_hardness(network, 0.0)
        calibrate(network, images)
        return network, soft
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
    return network, False


def unlikely(network: DetectorNetwork) -> None:
    """Initialise scores at 0.01: a new network that finds things everywhere must unlearn them."""
    for name, module in network.named_modules():
        if not name.endswith(("class_out", "object_out")):
            continue
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.constant_(module.bias, -math.log(99.0))
