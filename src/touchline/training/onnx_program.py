"""From a torch network to an ONNX model; the only caller of torch's exporter."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from touchline.errors import ModelError

_OPSET = 18  # what the exporter writes natively; ONNX Runtime reads it since 1.14


def to_onnx(
    network: nn.Module, example: Tensor, output: str, free: dict[int, Any]
) -> onnx.ModelProto:
    """Export a network that takes one tensor, ``images``, and returns one, ``output``.

    free: axes of the input whose size is to stay free, each with its name or ``torch.export.Dim``.
    """
    with _quiet_exporter():
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            opset_version=_OPSET,
            input_names=["images"],
            output_names=[output],
            dynamic_shapes=(free,),
            verbose=False,
        )
    if program is None:
        raise ModelError("torch wrote no ONNX program")
    model = program.model_proto
    # The exporter records where in our source each node was made: paths of this machine.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    return model


@contextlib.contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter's internal warnings, which no user can act on."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
