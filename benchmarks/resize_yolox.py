"""Make a fixed-size YOLOX export take any size and any batch: ``resize_yolox.py IN OUT``.

YOLOX is fully convolutional; only the batch of its last reshapes and the sizes written beside its
input and output are fixed. Both files are run at the old size and must agree. Needs ``onnx``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper


def free_sizes(model: onnx.ModelProto) -> None:
    """Free batch, height and width of a YOLOX graph, in place.

    Raises ValueError for a graph that holds more fixed sizes than the YOLOX exporter writes.
    """
    graph = model.graph
    if len(graph.input) != 1 or len(graph.output) != 1:
        raise ValueError("a graph of one input and one output is needed, as YOLOX has")
    reshapes = [node for node in graph.node if node.op_type == "Reshape"]
    shapes = {node.input[1] for node in reshapes}
    freed = 0
    for initializer in graph.initializer:
        if initializer.name in shapes:
            shape = numpy_helper.to_array(initializer).copy()
            if shape.tolist()[:1] + shape.tolist()[2:] != [1, -1]:
                raise ValueError(
                    f"reshape to {shape.tolist()} is not the [1, channels, -1] of YOLOX"
                )
            shape[0] = 0  # ONNX for "copy the input's"
            initializer.CopyFrom(numpy_helper.from_array(shape, initializer.name))
            freed += 1
    if freed != len(shapes):
        raise ValueError("a reshape takes its shape from other nodes: export the model again")
    dims = graph.input[0].type.tensor_type.shape.dim
    for dim, name in zip([dims[0], dims[2], dims[3]], ("batch", "height", "width"), strict=True):
        dim.dim_param = name
    dims = graph.output[0].type.tensor_type.shape.dim
    dims[0].dim_param, dims[1].dim_param = "batch", "anchors"
    del graph.value_info[:]


def answer(file: Path, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Output of the network in a file for a batch of images."""
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # before the import, which contacts its maker's host
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    output = session.run(None, {session.get_inputs()[0].name: image})[0]
    return np.asarray(output, np.float32)


def main(old_file: Path, new_file: Path) -> None:
    """Convert, then compare both files at the size of the old one."""
    model = onnx.load(old_file)
    old_dims = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    free_sizes(model)
    onnx.checker.check_model(model)
    onnx.save(model, new_file)
    random = np.random.default_rng(0)
    images = random.uniform(0, 255, (2, *old_dims[1:])).astype(np.float32)
    expected = np.concatenate([answer(old_file, image[None]) for image in images])
    difference = np.abs(answer(new_file, images) - expected).max()
    print(f"{new_file}: any size; differs from {old_file} by {difference:.2g} at {old_dims}")
    if difference > 1e-3:
        raise SystemExit("the two files disagree: do not use the new one")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
