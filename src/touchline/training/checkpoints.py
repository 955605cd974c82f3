"""Checkpoints as named tensors, whatever wrote them, and how they fitted a network.

Nothing in a file is run: pickles are read with ``weights_only``, TorchScript archives without
their program, and safetensors hold no program.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from touchline.disk_files import refuse_pipe, usual_mode, whole_file
from touchline.errors import ModelError, UsageError
from touchline.training.torchscript import is_torchscript, read_torchscript


@dataclass(frozen=True)
class Checkpoint:
    """What ``file`` holds: tensors by parameter name, and texts (from safetensors only)."""

    file: Path
    tensors: dict[str, Tensor]
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadReport:
    """How a checkpoint fitted, as parameter names.

    missing: the network has it, the file lacks it. unexpected: the network has no place for it.
    mismatched: both have it, in other shapes. On purpose: dropped (in the file, not wanted),
    fresh (starts anew), resized (fitted to another picture size).
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True when every parameter came from the checkpoint, or starts anew on purpose."""
        return not self.lacking()

    def lacking(self, *prefixes: str) -> tuple[str, ...]:
        """Missing and mismatched names, of those that start so; of all without ``prefixes``."""
        names = self.missing + self.mismatched
        return tuple(name for name in names if not prefixes or name.startswith(prefixes))

    def lines(self) -> list[str]:
        """One line for each kind of which there is any, with every name."""
        kinds = ("missing", "unexpected", "mismatched", "dropped", "fresh", "resized")
        found = [(kind, getattr(self, kind)) for kind in kinds]
        return [f"{kind} ({len(names)}): {', '.join(names)}" for kind, names in found if names]


def read_checkpoint(file: str | Path) -> Checkpoint:
    """The tensors of a ``.safetensors`` file, a torch pickle or a TorchScript archive.

    A pickle may hold the parameters themselves or under ``state_dict``; ``module.``, which
    data-parallel training puts in front of names, is taken off. Raises ModelError for a file
    that is missing or broken, and for a pickle that holds more than tensors and plain values.
    """
    file = Path(file)
    refuse_pipe(file)
    try:
        if file.suffix.lower() == ".safetensors":
            return _read_safetensors(file)
        if is_torchscript(file):
            return Checkpoint(file, read_torchscript(file))
        with warnings.catch_warnings():
            # What cannot be read is refused below; what could is no news.
            warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"checkpoint {file} does not exist") from None
    except pickle.UnpicklingError as error:
        raise _refusal(file, str(error)) from None
    # Broken bytes make the readers fail with nearly any error there is.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"checkpoint {file} cannot be read: {reason}") from error
    return Checkpoint(file, _parameters(content, file))


def save_checkpoint(network: nn.Module, file: str | Path, metadata: Mapping[str, str]) -> None:
    """Write a network's parameters and buffers, and texts about them, as ``.safetensors``.

    The file appears whole or not at all. Raises UsageError where it cannot be written.
    """
    file = Path(file)
    tensors = {name: value.detach().contiguous() for name, value in network.state_dict().items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as draft:
            save_file(tensors, draft, metadata=dict(metadata))
            usual_mode(draft)  # save_file lets nobody else read
    except (OSError, safetensors.SafetensorError) as error:
        raise UsageError(f"{file} cannot be written: {error}") from None


def fit(
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    *,
    dropped: Collection[str] = (),
    fresh: Collection[str] = (),
    resized: Collection[str] = (),
) -> LoadReport:
    """Copy ``tensors`` into a network where name and shape fit; say what did not.

    dropped: names the caller left out of ``tensors``. fresh: names of the network that are to
    start anew. resized: names whose values the caller changed. All three are only reported.
    """
    wanted = network.state_dict()
    fitting = {
        name: value
        for name, value in tensors.items()
        if name in wanted and value.shape == wanted[name].shape
    }
    network.load_state_dict(fitting, strict=False)
    return LoadReport(
        missing=tuple(name for name in wanted if name not in tensors and name not in fresh),
        unexpected=tuple(name for name in tensors if name not in wanted),
        mismatched=tuple(name for name in tensors if name in wanted and name not in fitting),
        dropped=tuple(dropped),
        fresh=tuple(fresh),
        resized=tuple(resized),
    )


def _read_safetensors(file: Path) -> Checkpoint:
    with safetensors.safe_open(file, framework="pt") as content:
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        return Checkpoint(file, tensors, dict(content.metadata() or {}))


def _parameters(content: object, file: Path) -> dict[str, Tensor]:
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise ModelError(f"checkpoint {file} holds a {type(content).__name__}, not parameters")
    return {
        str(name).removeprefix("module."): value
        for name, value in content.items()
        if isinstance(value, Tensor)
    }


def _refusal(file: Path, message: str) -> ModelError:
    named = re.search(r"GLOBAL ([\w.]+)", message)
    if named is None:
        return ModelError(
            f"checkpoint {file} is no torch checkpoint, or holds more than tensors, which is not"
            " read because it could run code; save its state_dict alone"
        )
    return ModelError(
        f"checkpoint {file} names {named[1]}, which is not read because it could run code;"
        " save its state_dict alone"
    )
