"""Real ONNX networks that answer what a test wants, in the forms that detectors have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
CELLS = 64 + 16 + 4  # of a 64 x 64 canvas at strides 8, 16 and 32
NAMES = "{0: 'ball', 1: 'goalkeeper', 2: 'player'}"
ULTRALYTICS = {"task": "detect", "stride": "32", "names": NAMES, "imgsz": "[64, 64]"}
Float = NDArray[np.float32]


def save_network(
    file: Path,
    answers: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, str],
    *,
    gains: NDArray[Any] | None = None,
    shape: tuple[int | str, ...] = (1, 3, SIDE, SIDE),
) -> Path:
    """A network that answers each array of ``answers`` (without batch) for every image.

    gains: (3, size of the first answer); the means of the input's channels times these are added
    to the first answer, so that it tells what the network was given.
    """
    nodes = [helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0)]
    constants = []
    for number, (name, answer) in enumerate(answers.items()):
        gain = np.zeros((3, answer.size)) if gains is None or number else gains
        constants += [
            numpy_helper.from_array(gain.astype(np.float32), f"{name}_gain"),
            numpy_helper.from_array(answer.astype(np.float32).ravel(), f"{name}_answer"),
            numpy_helper.from_array(np.array([0, *answer.shape]), f"{name}_shape"),
        ]
        nodes += [
            helper.make_node("MatMul", ["means", f"{name}_gain"], [f"{name}_1"]),
            helper.make_node("Add", [f"{name}_1", f"{name}_answer"], [f"{name}_2"]),
            helper.make_node("Reshape", [f"{name}_2", f"{name}_shape"], [name]),
        ]
    return save_graph(file, nodes, constants, list(answers), metadata, shape)


def save_graph(
    file: Path,
    nodes: list[onnx.NodeProto],
    constants: list[onnx.TensorProto],
    outputs: list[str],
    metadata: Mapping[str, str],
    shape: tuple[int | str, ...],
    extra_inputs: tuple[onnx.ValueInfoProto, ...] = (),
) -> Path:
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape), *extra_inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, file)
    return file


def grid(columns: int, rows: Mapping[int, list[float]], count: int = CELLS) -> Float:
    """(count, columns) zeros but for some rows."""
    answer = np.zeros((count, columns), np.float32)
    for row, values in rows.items():
        answer[row] = values
    return answer
