"""The embedder that a name or a file stands for, whichever library runs it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from touchline.errors import UsageError
from touchline.models.shipped import EMBEDDER, model_file
from touchline.perception.config import EmbedderConfig
from touchline.perception.embedder import load_embedder_file
from touchline.perception.file_kinds import is_checkpoint
from touchline.protocols import Embedder


class NamedEmbedder(Embedder, Protocol):
    """An embedder that can say what it is.

    name: "colour", or that of the file. sha256: of the file; None for the built-in one.
    """

    name: str
    sha256: str | None


def open_embedder(
    name_or_file: str | Path | None = None, config: EmbedderConfig | None = None
) -> NamedEmbedder:
    """The embedder of a shipped name, "colour", an ONNX file or a checkpoint; None: shipped one.

    Raises UsageError for a missing file and for a checkpoint where torch is missing, ModelError
    for a file that is no embedder, SettingsError for a device that is not here.
    """
    name_or_file = model_file(name_or_file or EMBEDDER)
    if not is_checkpoint(name_or_file):
        return load_embedder_file(name_or_file, config)
    if not os.path.isfile(str(name_or_file)):
        raise UsageError(f"checkpoint {name_or_file} does not exist")
    for library in ("torch", "safetensors"):
        if find_spec(library) is None:
            raise UsageError(
                f"{library} is not installed, which {name_or_file} needs: pip install "
                "'touchline[train]' brings it; or turn the checkpoint into an ONNX file where it "
                "is installed: touchline reid export CHECKPOINT OUT.onnx"
            )
    from touchline.training.reid.torch_embedder import TorchEmbedder

    return TorchEmbedder(str(name_or_file), config)
