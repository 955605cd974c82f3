"""Checkpoints of any program as named tensors, and how they fitted a network.

Nothing in a file is run: pickles are read with ``weights_only``, TorchScript archives without
their program, and safetensors hold no program.
"""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from touchline.disk_files import default_mode, file_sha256, refuse_pipe, whole_file
from touchline.errors import ModelError, TouchlineError, UsageError
from touchline.foreign_text import shown
from touchline.perception.file_kinds import SAFETENSORS, kind_by_content
from touchline.training.torchscript import is_torchscript, read_torchscript

_HOLDERS = ("state_dict", "model_state_dict", "model", "net", "network", "params", "weights")
"""Keys under which programs keep the parameters, beside epochs, scores and optimisers."""

_PARALLEL = re.compile(r"^(?:module\.|_orig_mod\.)+")
_WRAPPERS = ("model.", "backbone.", "net.", "network.")
"""Prefixes of programs that wrap one network in another."""

_HEADS = ("classifier", "bottleneck", "head", "bnneck", "fc_", "loss", "criterion", "pixel_")
"""Prefixes of what stands beside the network then, for training only."""

_MOST_UNPACKED = 4
_ALWAYS_ALLOWED = 64 * 2**20


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
    fresh (starts anew), resized (fitted to another image size).
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True when every parameter came from the checkpoint or was reinitialised on purpose."""
        return not self.lacking()

    def lacking(self, *prefixes: str) -> tuple[str, ...]:
        """Missing and mismatched names that start with ``prefixes``; all where none are given."""
        names = self.missing + self.mismatched
        return tuple(name for name in names if not prefixes or name.startswith(prefixes))

    def lines(self) -> list[str]:
        """One line for each kind of which there is any, with every name."""
        kinds = ("missing", "unexpected", "mismatched", "dropped", "fresh", "resized")
        found = [(kind, getattr(self, kind)) for kind in kinds]
        return [f"{kind} ({len(names)}): {', '.join(names)}" for kind, names in found if names]


def read_checkpoint(file: str | Path) -> Checkpoint:
    """The tensors of a safetensors file, a torch pickle or a TorchScript archive.

    A pickle may hold the parameters themselves or under ``state_dict``, ``model`` or ``net``, and
    numpy's numbers beside them. What data-parallel training, compiling and wrapping put in front
    of all names (``module.``, ``_orig_mod.``, ``model.``, ``backbone.``) is taken off. Raises
    ModelError for a file that is missing or broken, for a pickle that holds more than tensors and
    plain values, and for one that unpacks to many times its size.
    """
    file = Path(file)
    refuse_pipe(file)
    try:
        if _is_safetensors(file):
            return _read_safetensors(file)
        _refuse_bomb(file)
        if is_torchscript(file):
            tensors = read_torchscript(file)
            _refuse_swollen(tensors, file)
            return Checkpoint(file, tensors)
        with warnings.catch_warnings(), torch.serialization.safe_globals(_numpy_values()):
            # What cannot be read is refused below; what could is no news.
            warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"checkpoint {file} does not exist") from None
    except ModelError:
        raise
    except pickle.UnpicklingError as error:
        raise _refusal(file, str(error)) from None
    # Corrupt bytes make the readers raise nearly any error.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"checkpoint {file} cannot be read: {reason}") from error
    return Checkpoint(file, _parameters(content, file))


@contextmanager
def fitting(file: str | Path) -> Iterator[None]:
    """Turns any error while a network is built from a checkpoint into one ModelError.

    Sizes of layers are taken from its tensors and texts, which may be anything.
    """
    try:
        yield
    except TouchlineError:
        raise
    except (
        *(ArithmeticError, AttributeError, LookupError, MemoryError),
        *(RuntimeError, TypeError, ValueError),
    ) as error:
        raise ModelError(f"{file} makes no network: {shown(str(error), 200)}") from None


def checkpoint_digest(file: Path) -> str:
    """Hex SHA-256 of a checkpoint. Raises ModelError for one that is not there."""
    if not file.is_file():
        raise ModelError(f"checkpoint {file} does not exist")
    return file_sha256(file)


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
            default_mode(draft)  # save_file leaves the file readable by its owner only
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
    """Copy ``tensors`` into a network where name and shape fit; report what did not.

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


def _is_safetensors(file: Path) -> bool:
    kind = kind_by_content(file)
    return file.suffix.lower() == ".safetensors" if kind is None else kind is SAFETENSORS


def _read_safetensors(file: Path) -> Checkpoint:
    with safetensors.safe_open(file, framework="pt") as content:
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        return Checkpoint(file, _unwrapped(tensors), dict(content.metadata() or {}))


def _parameters(content: object, file: Path) -> dict[str, Tensor]:
    for _ in range(2):  # {"model": {"state_dict": ...}}
        if isinstance(content, Mapping) and not _has_tensors(content):
            held = (content.get(name) for name in _HOLDERS)
            content = next((one for one in held if isinstance(one, Mapping)), content)
    if not isinstance(content, Mapping):
        raise ModelError(f"checkpoint {file} holds a {type(content).__name__}, not parameters")
    tensors = {str(name): value for name, value in content.items() if isinstance(value, Tensor)}
    _refuse_swollen(tensors, file)
    return _unwrapped(tensors)


def _has_tensors(content: Mapping[object, object]) -> bool:
    """Whether parameters lie in ``content`` itself: networks keep them as ``conv1.weight``."""
    return any(isinstance(value, Tensor) and "." in str(name) for name, value in content.items())


def _unwrapped(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without the prefixes that wrapping programs put before their names."""
    # Parallel training and compiling leave theirs in some names only where a part was wrapped.
    names = [_PARALLEL.sub("", name) for name in tensors]
    while wrapper := _wrapper(names):
        names = [_PARALLEL.sub("", name.removeprefix(wrapper)) for name in names]
    if len(set(names)) < len(names):  # two networks in one file: ambiguous
        return dict(tensors)
    return dict(zip(names, tensors.values(), strict=True))


def _wrapper(names: Sequence[str]) -> str | None:
    """The prefix of all names but those of the training-only head."""
    for wrapper in _WRAPPERS:
        others = [name for name in names if not name.startswith(wrapper)]
        if len(others) < len(names) and all(name.startswith(_HEADS) for name in others):
            return wrapper
    return None


def _refuse_bomb(file: Path) -> None:
    """ModelError for an archive that unpacks to far more than its size: torch does not compress."""
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    size = file.stat().st_size
    if unpacked > max(_MOST_UNPACKED * size, _ALWAYS_ALLOWED):
        raise ModelError(
            f"checkpoint {file} has {size / 2**20:.1f} MiB and unpacks to "
            f"{unpacked / 2**20:.0f} MiB, which no checkpoint does: it is not read"
        )


def _refuse_swollen(tensors: Mapping[str, Tensor], file: Path) -> None:
    """ModelError for tensors that declare more numbers than they hold."""
    for name, value in tensors.items():
        dense = value.layout == torch.strided and value.device.type == "cpu"
        if not dense or value.numel() * value.element_size() > value.untyped_storage().nbytes():
            raise ModelError(
                f"checkpoint {file}: {name} of shape {tuple(value.shape)} holds fewer numbers than "
                "that (sparse, repeated or none); save it with dense tensors"
            )


def _numpy_values() -> list[Callable[..., object] | tuple[Callable[..., object], str]]:
    """Names in the pickle of a numpy number: programs keep scores beside the weights."""
    scalar: Any = np.float64(0).__reduce__()[0]
    dtypes = [
        type(np.dtype(name)) for name in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "?")
    ]
    # numpy 1 and numpy 2 write another module for the same function.
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    return [np.dtype, *dtypes, *((scalar, name) for name in names)]


def _refusal(file: Path, message: str) -> ModelError:
    named = re.search(r"GLOBAL ([\w.]+)", message)
    if named is None:
        return ModelError(
            f"checkpoint {file} is not a torch checkpoint, or holds more than tensors, which is not"
            " read because it could run code; save its state_dict alone"
        )
    return ModelError(
        f"checkpoint {file} names {named[1]}, which is not read because it could run code;"
        " save its state_dict alone"
    )
