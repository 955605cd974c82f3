"""Reads the tensors of a TorchScript archive without running or even reading its code.

OpenAI published CLIP in this form. ``torch.jit.load`` would compile the program inside; the
parameters alone lie in the archive as ``torch.save`` lays them out, in a tree of modules whose
classes are the program's. So the program is left out, what the tree names of it is replaced by
stand-ins without code, and the rest is read by ``torch.load`` with ``weights_only``, which
refuses everything else.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class _Module:
    """Stand-in for a module of the program: its attributes, and no methods."""


class _Value:
    """Stand-in for TorchScript's type annotations of lists: the value itself."""

    def __new__(cls, value: object, *_notes: object) -> Any:
        return value


_STAND_INS = {"__torch__": _Module, "torch.jit._pickle": _Value}
"""Packages, with those below them, whose classes and functions get stand-ins."""


def is_torchscript(file: Path) -> bool:
    """True for an archive that ``torch.jit.save`` wrote."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_torchscript(file: Path) -> dict[str, Tensor]:
    """The parameters and buffers by the names ``state_dict`` gives them, on the CPU.

    Needs the file's size in memory once more while it reads. Raises what ``torch.load`` raises.
    """
    data_only = io.BytesIO()
    classes: list[Callable[..., object] | tuple[Callable[..., object], str]] = []
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(data_only, "w") as copy:
        for name in archive.namelist():
            part = name.partition("/")[2]
            if part == "data.pkl" or part.startswith("data/") or part in ("version", "byteorder"):
                content = archive.read(name)
                copy.writestr(name, content)
                if part == "data.pkl":
                    classes = _stand_ins(content)
    data_only.seek(0)
    with torch.serialization.safe_globals(classes):
        module = torch.load(data_only, map_location="cpu", weights_only=True)
    return dict(_tensors(module, ""))


def _stand_ins(content: bytes) -> list[Callable[..., object] | tuple[Callable[..., object], str]]:
    """A stand-in for every class of the program that a pickle names; it is parsed, not run."""
    opcodes = pickletools.genops(content)
    found: dict[str, type] = {}
    for name in (str(argument) for opcode, argument, _ in opcodes if opcode.name == "GLOBAL"):
        package, _, kind = name.rpartition(" ")
        for program, stand_in in _STAND_INS.items():
            if f"{package}.".startswith(f"{program}."):
                found[name] = type(kind, (stand_in,), {"__module__": package})
    return list(found.values())


def _tensors(module: object, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, value in vars(module).items():
        if isinstance(value, Tensor):
            yield prefix + name, value.detach()
        elif isinstance(value, _Module):
            yield from _tensors(value, f"{prefix}{name}.")
