"""Reads COCO's YOLOX-nano from its ONNX file.

Its convolutions have neither names nor normalisation (it was folded into them): they are matched
in the order in which they run.

Shape letters: O channels out, I channels in, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from touchline.errors import ModelError
from touchline.perception.coco import COCO_NAMES
from touchline.role_words import role_of
from touchline.training.detector.network import DetectorNetwork, convolutions

_COCO_OF_ROLE = {"ball": "sports ball"}
"""All other roles are people."""


def load_yolox(network: DetectorNetwork, file: Path, names: Sequence[str]) -> None:
    """Fill a network from the ONNX file of a YOLOX-nano that knows the classes of COCO.

    names: of the network's classes; each starts as the class of COCO that it is a kind of, else as
    the mean of all. Raises ModelError for a file or a network of another shape.
    """
    found = _weights(file)
    wanted = list(convolutions(network))
    if len(wanted) != len(found):
        raise ModelError(
            f"{file.name} has {len(found)} convolutions, the network {len(wanted)}: give a "
            "YOLOX-nano, and leave network.head_blocks and network.fine_head_blocks at 2"
        )
    rows = [_coco_row(name) for name in names]
    values: dict[str, Tensor] = {}
    for (name, module), (weight_OIHW, bias_O) in zip(wanted, found, strict=True):
        if name == "backbone.stem.conv":
            weight_OIHW = _unfocused(weight_OIHW)
        if name.endswith("class_out"):
            weight_OIHW, bias_O = _chosen(weight_OIHW, rows), _chosen(bias_O, rows)
        if weight_OIHW.shape != module.weight.shape:
            raise ModelError(
                f"{file.name} is not a YOLOX-nano: {name} is {tuple(weight_OIHW.shape)} in it, "
                f"{tuple(module.weight.shape)} in the network"
            )
        values[f"{name}.weight"] = weight_OIHW
        if module.bias is not None:
            values[f"{name}.bias"] = bias_O
        else:
            block = name.removesuffix(".conv")
            values |= _plain_normalisation(f"{block}.bn", bias_O)
    network.load_state_dict(values, strict=False)


def _weights(file: Path) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias of each convolution of an ONNX file, in file order."""
    try:
        graph = onnx.load_model(file).graph
    except FileNotFoundError:
        raise ModelError(f"checkpoint {file} does not exist") from None
    except Exception as error:  # corrupt bytes make the reader raise nearly any error
        raise ModelError(f"checkpoint {file} is not an ONNX file: {error}") from error
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    found = []
    for node in graph.node:
        if node.op_type == "Conv":
            names = list(node.input[1:3])
            if len(names) != 2 or not tensors.keys() >= set(names):
                raise ModelError(f"{file.name} is not a YOLOX-nano: {node.name} has no weights")
            weight, bias = (torch.tensor(numpy_helper.to_array(tensors[name])) for name in names)
            found.append((weight, bias))
    return found


def _unfocused(weight_OIHW: Tensor) -> Tensor:
    """(O, 12, 3, 3) over the four pixels of each 2x2 as (O, 3, 6, 6) over the image."""
    if weight_OIHW.shape[1:] != (12, 3, 3):
        raise ModelError(f"YOLOX begins with 12 channels of 3x3, not {tuple(weight_OIHW.shape)}")
    whole_OIHW = weight_OIHW.new_zeros(len(weight_OIHW), 3, 6, 6)
    for number, (down, right) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        whole_OIHW[:, :, down::2, right::2] = weight_OIHW[:, 3 * number : 3 * number + 3]
    return whole_OIHW


def _coco_row(name: str) -> int | None:
    """The row of the COCO class that a class of this name is a kind of."""
    numbers = {known: number for number, known in enumerate(COCO_NAMES)}
    role = role_of(name)
    if role is not None:
        return numbers[_COCO_OF_ROLE.get(role, "person")]
    return numbers.get(name.lower())


def _chosen(tensor: Tensor, rows: Sequence[int | None]) -> Tensor:
    """These rows; the mean of all where None."""
    return torch.stack([tensor.mean(0) if row is None else tensor[row] for row in rows])


def _plain_normalisation(name: str, bias_O: Tensor) -> dict[str, Tensor]:
    """A normalisation that only adds ``bias_O``."""
    ones_O = torch.ones_like(bias_O)
    return {
        f"{name}.weight": ones_O,
        f"{name}.bias": bias_O,
        f"{name}.running_mean": 0 * ones_O,
        f"{name}.running_var": ones_O - 1e-3,
    }
