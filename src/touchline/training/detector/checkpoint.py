"""Detector checkpoints: metadata of a weights file, and the network that fits it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from touchline.config import check_config
from touchline.errors import ModelError
from touchline.foreign_text import json_values, shown
from touchline.training.blocks import hardness_of, set_hardness
from touchline.training.checkpoints import fit, fitting, read_checkpoint
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.network import DetectorNetwork

_LARGEST = 1 << 14  # pixels of an image's longer side


@dataclass(frozen=True)
class LoadedDetector:
    """A network and its file's metadata: class names, and texts (licence, source, data ...)."""

    network: DetectorNetwork
    names: tuple[str, ...]
    metadata: dict[str, str]


def detector_metadata(
    network: DetectorNetwork, names: Sequence[str], config: DetectorTrainConfig, data: str
) -> dict[str, str]:
    """Metadata of a weights file; the export hands it on."""
    texts = {
        "kind": "touchline detector",
        "names": json.dumps(list(names)),
        "network": network.config.model_dump_json(),
        "hardness": str(hardness_of(network)),
        "size": str(config.validation.size),
        "data": data,
        "settings": yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False),
    }
    height = "" if config.person_height is None else str(config.person_height)
    optional = {
        "licence": config.licence,
        "attribution": config.attribution,
        "person_height": height,
    }
    return texts | {name: text for name, text in optional.items() if text}


def load_detector(file: Path) -> LoadedDetector:
    """The network of a file that ``touchline detector train`` wrote.

    Raises ModelError for any other file.
    """
    found = read_checkpoint(file)
    if found.metadata.get("kind") != "touchline detector":
        raise ModelError(
            f"{file} is not a detector that touchline trained: give its best.safetensors"
        )
    with fitting(file):
        texts = found.metadata
        names = json_values(texts["names"])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ModelError(
                f"{file} says names {shown(names)}, which is not a list of class names"
            )
        size, hardness = int(texts["size"]), float(texts["hardness"])
        if not (0 < size <= _LARGEST and 0 <= hardness <= 1):
            raise ModelError(f"{file} says size {size} and hardness {hardness}, which cannot be")
        network = DetectorNetwork(len(names), check_config(NetworkConfig, _network(texts)))
        report = fit(network, found.tensors)
        if not report.complete or report.unexpected:
            raise ModelError(f"{file} does not fit its network: {'; '.join(report.lines())}")
        set_hardness(network, hardness)
    return LoadedDetector(network.eval(), tuple(names), texts)


def _network(texts: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = json_values(texts["network"])
    return values
