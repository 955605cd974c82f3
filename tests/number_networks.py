"""Networks that stand in for a text recogniser: they see the same text everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

ALPHABET = "!\nA\n" + "\n".join("0123456789") + "\nB"
"""Lines as PaddleOCR writes them down; the class after a blank is the first line."""


def recogniser(file: Path, text: str, sure: float = 0.95, alphabet: str = ALPHABET) -> Path:
    """A network in ``file`` that reads ``text``, each mark with probability ``sure``.

    An image that is black all over it answers with the same confidence.
    """
    marks = alphabet.split("\n")
    classes = len(marks) + 1
    steps = np.full((1, 2 * len(text) + 1, classes), (1.0 - sure) / (classes - 1), np.float32)
    for step in range(steps.shape[1]):
        steps[0, step, 1 + marks.index(text[step // 2]) if step % 2 else 0] = sure
    nodes = [
        # Zero times the mean of each image, so that the answer has as many rows.
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Reshape", ["nothing", "shape"], ["rows"]),
        helper.make_node("Add", ["rows", "steps"], ["lines"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "axes": np.array([1, 2, 3], np.int64),
        "zero": np.array(0.0, np.float32),
        "shape": np.array([-1, 1, 1], np.int64),
        "steps": steps,
    }
    graph = helper.make_graph(
        nodes,
        "recogniser",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 48, "W"])],
        [helper.make_tensor_value_info("lines", TensorProto.FLOAT, ["N", "T", classes])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {"character": alphabet})
    onnx.save(model, file)
    return file
