"""Reads a network from its ONNX file: COCO's YOLOX-nano, or one that ``detector export`` wrote.

Their convolutions have no normalisation (it was folded into them), and COCO's no names: these are
matched in the order in which they run.

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
from touchline.foreign_text import ForeignTextError, literal_values, shown
from touchline.perception.coco import COCO_NAMES
from touchline.role_words import role_of
from touchline.training.detector.config import NetworkKind
from touchline.training.detector.network import DetectorNetwork, convolutions

_COCO_OF_ROLE = {"ball": "sports ball"}
"""All other roles are people."""

_OWN = "network."
"""Before each name in a file that ``detector export`` wrote."""


def load_yolox(network: DetectorNetwork, file: Path, names: Sequence[str]) -> bool:
    """Fill a network from the ONNX file of a YOLOX-nano; returns whether it has SiLU.

    names: of the network's classes; each starts as the file's class of that name, or that it is a
    kind of, else as the mean of all. A file that names no classes has those of COCO.
    Raises ModelError for a file or a network of another shape.
    """
    model = _model(file)
    wanted = list(convolutions(network))
    found = _weights(model, file, [name for name, _ in wanted])
    if len(wanted) != len(found):
        raise ModelError(
            f"{file.name} has {len(found)} convolutions, the network {len(wanted)}: give a "
            "YOLOX-nano, and leave network.head_blocks and network.fine_head_blocks at 2"
        )
    known = _class_names(model, file)
    rows = [_row(name, known) for name in names]
    values: dict[str, Tensor] = {}
    for (name, module), (weight_OIHW, bias_O) in zip(wanted, found, strict=True):
        if name == "backbone.stem.conv" and weight_OIHW.shape[1] != module.weight.shape[1]:
            weight_OIHW = _unfocused(weight_OIHW)
        if name.endswith("class_out"):
            if len(weight_OIHW) != len(known):
                raise ModelError(
                    f"{file.name} has {len(weight_OIHW)} classes and names {len(known)}"
                )
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
    return _is_soft(model)


def yolox_facts(file: Path) -> tuple[NetworkKind, bool, str]:
    """The kind of an ONNX file's network, whether it has SiLU, and what attribution it states.

    Raises ModelError for a file that is no ONNX.
    """
    model = _model(file)
    stated = {prop.key: prop.value for prop in model.metadata_props}
    leaky = any(node.op_type == "LeakyRelu" for node in model.graph.node)
    return "nanodet-g" if leaky else "yolox-nano", _is_soft(model), stated.get("attribution", "")


def _is_soft(model: onnx.ModelProto) -> bool:
    return not any(node.op_type in ("Relu", "LeakyRelu") for node in model.graph.node)


def _model(file: Path) -> onnx.ModelProto:
    try:
        return onnx.load_model(file)
    except FileNotFoundError:
        raise ModelError(f"checkpoint {file} does not exist") from None
    except Exception as error:  # corrupt bytes make the reader raise nearly any error
        raise ModelError(f"checkpoint {file} is not an ONNX file: {error}") from error


def _weights(
    model: onnx.ModelProto, file: Path, wanted: Sequence[str]
) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias of each convolution: of the wanted names where it has names, else as read."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        if node.op_type == "Conv":
            names = list(node.input[1:3])
            if len(names) != 2 or not tensors.keys() >= set(names):
                raise ModelError(f"{file.name} is not a YOLOX-nano: {node.name} has no weights")
            weight, bias = (torch.tensor(numpy_helper.to_array(tensors[name])) for name in names)
            found[names[0].removeprefix(_OWN).removesuffix(".weight")] = weight, bias
    return [found[name] for name in wanted] if found.keys() == set(wanted) else list(found.values())


def _unfocused(weight_OIHW: Tensor) -> Tensor:
    """(O, 12, 3, 3) over the four pixels of each 2x2 as (O, 3, 6, 6) over the image."""
    if weight_OIHW.shape[1:] != (12, 3, 3):
        raise ModelError(f"YOLOX begins with 12 channels of 3x3, not {tuple(weight_OIHW.shape)}")
    whole_OIHW = weight_OIHW.new_zeros(len(weight_OIHW), 3, 6, 6)
    for number, (down, right) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        whole_OIHW[:, :, down::2, right::2] = weight_OIHW[:, 3 * number : 3 * number + 3]
    return whole_OIHW


def _class_names(model: onnx.ModelProto, file: Path) -> Sequence[str]:
    """The names that the file states, else COCO's."""
    stated = {prop.key: prop.value for prop in model.metadata_props}.get("touchline.names")
    if stated is None:
        return COCO_NAMES
    try:
        names = literal_values(stated)
    except ForeignTextError as error:
        raise ModelError(f"{file.name}: touchline.names cannot be read: {error}") from None
    listed = list(names.values()) if isinstance(names, dict) else names
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ModelError(f"{file.name}: touchline.names {shown(stated)} names no classes")
    return listed


def _row(name: str, known: Sequence[str]) -> int | None:
    """The row of the known class of this name, or that a class of this name is a kind of."""
    numbers = {one.lower(): number for number, one in enumerate(known)}
    role = role_of(name)
    kinds = [name.lower(), role, _COCO_OF_ROLE.get(role, "person") if role else None, "player"]
    if role in (None, "ball"):
        kinds.pop()  # whoever is not known is at least somebody
    return next((numbers[kind] for kind in kinds if kind in numbers), None)


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
