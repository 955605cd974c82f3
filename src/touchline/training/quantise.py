"""Quantises ONNX networks to 8-bit weights with onnxruntime's quantiser.

It stands apart from the room that runs networks because it needs ``onnx``, which only the extra
"train" brings.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

_PRODUCTS = ("MatMul", "Gemm")


def quantise(
    model: onnx.ModelProto,
    images: Iterable[NDArray[np.float32]],
    unchanged: Collection[str] = (),
) -> onnx.ModelProto:
    """The same network with 8-bit weights, scaled per channel; input and output float32.

    A network of convolutions has weights of 7 of the 8 bits and also computes in 8, in ranges
    measured while it looks at ``images``, each (B, 3, H, W). One with more matrix products than
    convolutions, a transformer, keeps its convolutions, and measures the ranges of the rest
    whenever it runs: those of a transformer differ too much from image to image to be fixed.
    unchanged: names of nodes that keep computing in float32.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain, simple, small = (Path(folder) / name for name in ("plain", "simple", "small"))
        onnx.save_model(model, plain)
        quant_pre_process(plain, simple, skip_symbolic_shape=True)
        kinds = Counter(node.op_type for node in model.graph.node)
        if sum(kinds[name] for name in _PRODUCTS) > kinds["Conv"]:
            quantize_dynamic(
                simple,
                small,
                op_types_to_quantize=list(_PRODUCTS),
                per_channel=True,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=list(unchanged),
            )
        else:
            quantize_static(
                simple,
                small,
                _Reader(model.graph.input[0].name, iter(images)),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                # 7 bits: sums of products of 8 overflow on processors without VNNI instructions.
                reduce_range=True,
                nodes_to_exclude=list(unchanged),
            )
        return onnx.load_model(small)


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # untyped in onnxruntime
    def __init__(self, name: str, images: Iterator[NDArray[np.float32]]) -> None:
        self._name = name
        self._images = images

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        images = next(self._images, None)
        return None if images is None else {self._name: images}
