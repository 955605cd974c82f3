"""A made-up NanoDet-g as a TensorFlow.js graph: a JSON file, and its weights in half precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

_STAGES = ((32, 1), (64, 2), (128, 2), (256, 3))
_HEADS = 3
_OUTPUTS = 80 + 4 * 11


def _shapes() -> list[tuple[int, int, int]]:
    """Size, channels in and channels out of every convolution, in the graph's order."""
    shapes = [(3, 3, 32)]
    for width, depth in _STAGES:
        block = [(3, width, width // 2), (3, width // 2, width // 2)]
        shapes += [(3, width, width), *block * depth, (3, width, width)]
    shapes += [(1, width, 128) for width in (128, 256, 512)]
    return shapes + [(3, 128, 128), (1, 128, _OUTPUTS)] * _HEADS


def write_nanodet(folder: Path) -> Path:
    """The graph's file; weight (O, I, H, W) and bias of its last convolution as .npy beside it."""
    random = np.random.default_rng(0)
    nodes: list[dict[str, object]] = []
    tensors: list[dict[str, object]] = []
    data = b""
    half = {"dtype": "float16", "original_dtype": "float32"}
    for number, (size, wide_in, wide_out) in enumerate(_shapes()):
        name = f"convolution_{number}" if number else "convolution"
        weight = random.normal(0, 0.03, (size, size, wide_in, wide_out)).astype(np.float16)
        bias = random.normal(0, 0.1, wide_out).astype(np.float16)
        for part, values in (("weight", weight), ("bias", bias)):
            tensors.append(
                {
                    "name": f"{name}/{part}",
                    "shape": list(values.shape),
                    "dtype": "float32",
                    "quantization": half,
                }
            )
            data += values.tobytes()
        nodes.insert(0, {"op": "Conv2D", "name": name, "input": ["", f"{name}/weight"]})
        nodes.append({"op": "Add", "name": f"{name}/sum", "input": [name, f"{name}/bias"]})
    np.save(folder / "last_weight.npy", weight.transpose(3, 2, 0, 1).astype(np.float32))
    np.save(folder / "last_bias.npy", bias.astype(np.float32))
    (folder / "nanodet.bin").write_bytes(data)
    graph = {
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["nanodet.bin"], "weights": tensors}],
    }
    (folder / "nanodet.json").write_text(json.dumps(graph))
    return folder / "nanodet.json"
