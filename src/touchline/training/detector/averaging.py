"""Networks averaged weight by weight.

A network that was trained further forgets some of what it knew before. Between its weights and
those it started from lie networks that know both (WiSE-FT: Wortsman et al., "Robust Fine-tuning of
Zero-shot Models", 2022), and between several trained from one start some that are better than each
(Wortsman et al., "Model Soups", 2022). It costs nothing when the network runs.

Shape letters: C channels.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from touchline.errors import ModelError, UsageError
from touchline.models.shipped import model_file
from touchline.training.blocks import Block
from touchline.training.checkpoints import save_checkpoint
from touchline.training.detector.checkpoint import LoadedDetector, load_detector
from touchline.training.detector.network import DetectorNetwork
from touchline.training.detector.yolox_file import load_yolox


def average_detectors(checkpoints: Sequence[Path], shares: Sequence[float], out: Path) -> None:
    """Write the mean of several networks' weights as a checkpoint.

    checkpoints: of ``detector train``, or ONNX files of a YOLOX-nano (also by the name of a shipped
    one); the first one of the former says classes and shape. shares: the weight of each, made to
    sum to 1.

    Raises UsageError where the numbers do not go with the files, ModelError for networks of
    another shape or activation.
    """
    if len(checkpoints) < 2 or len(shares) != len(checkpoints):
        raise UsageError(
            f"{len(checkpoints)} checkpoints and {len(shares)} shares: give two or more "
            "checkpoints, and a share for each"
        )
    if min(shares) < 0 or sum(shares) <= 0:
        raise UsageError(f"shares {list(shares)} must be positive numbers")
    checkpoints = [model_file(file) for file in checkpoints]
    trained = next((file for file in checkpoints if file.suffix.lower() != ".onnx"), None)
    if trained is None:
        raise UsageError("one of the checkpoints must be a best.safetensors of detector train")
    first = load_detector(trained)
    total: dict[str, Tensor] = {}
    for file, share in zip(checkpoints, shares, strict=True):
        network = plain(_like(first, file))
        for name, value in network.state_dict().items():
            part = value.double() * (share / sum(shares))
            total[name] = total[name] + part if name in total else part
    averaged = plain(first.network)
    kinds = averaged.state_dict()
    averaged.load_state_dict({name: value.to(kinds[name].dtype) for name, value in total.items()})
    told = " + ".join(
        f"{share / sum(shares):.2f} {file.name}"
        for file, share in zip(checkpoints, shares, strict=True)
    )
    gone = ("scores", "epoch", "state")
    metadata = {name: text for name, text in first.metadata.items() if name not in gone}
    save_checkpoint(averaged, out, {**metadata, "averaged": told})


@torch.no_grad()
def plain(network: DetectorNetwork) -> DetectorNetwork:
    """A copy whose normalisations only add a bias, the rest folded into its convolutions."""
    network = copy.deepcopy(network).eval()
    for block in (module for module in network.modules() if isinstance(module, Block)):
        bn = block.bn
        assert bn.running_mean is not None
        assert bn.running_var is not None
        scale_C = bn.weight / (bn.running_var + bn.eps).sqrt()
        block.conv.weight.mul_(scale_C[:, None, None, None])
        bn.bias.sub_(scale_C * bn.running_mean)
        bn.weight.fill_(1.0)
        bn.running_mean.zero_()
        bn.running_var.fill_(1.0 - bn.eps)
    return network


def _like(first: LoadedDetector, file: Path) -> DetectorNetwork:
    """The network of a file, with the classes and of the shape of ``first``."""
    if file.suffix.lower() == ".onnx":
        network = DetectorNetwork(len(first.names), first.network.config)
        soft = load_yolox(network, file, first.names)
        if soft != (first.network.config.activation == "silu"):
            raise ModelError(
                f"{file.name} was trained with {'SiLU' if soft else 'ReLU'}, the other network "
                "was not: their mean would be neither"
            )
        return network
    found = load_detector(file)
    if found.names != first.names or found.network.config != first.network.config:
        raise ModelError(
            f"{file} has other classes or another shape: {', '.join(found.names)}; average "
            "networks that were trained alike"
        )
    return found.network
