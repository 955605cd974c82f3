"""The kind of a file given as a network, by its content and then by its name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from touchline.disk_files import refuse_pipe


class FileKind(NamedTuple):
    """A kind of file that is not ONNX, and the remedy. checkpoint: whether torch reads it."""

    name: str
    cure: str
    checkpoint: bool = False


_EXPORT = (
    "export it as ONNX in the library that it comes from, as 'yolo export model=best.pt "
    "format=onnx dynamic=True', see docs/detectors.md"
)
_AGAIN = "get the network itself"
_OWN = (
    "make an ONNX file of it: touchline detector export for a detector that touchline trained, "
    "touchline reid export for an embedder, or the library that it comes from, "
    "see docs/detectors.md"
)

_TORCH = FileKind("a PyTorch checkpoint", _EXPORT, checkpoint=True)
_TORCHSCRIPT = FileKind("a TorchScript archive", _EXPORT, checkpoint=True)
SAFETENSORS = FileKind("a safetensors file of weights", _OWN, checkpoint=True)
_TENSORRT = FileKind("a TensorRT engine", _EXPORT)
_OPENVINO = FileKind("an OpenVINO network", _EXPORT)
_TFLITE = FileKind("a TensorFlow Lite network", _EXPORT)
_KERAS = FileKind("a Keras network", _EXPORT)
_TENSORFLOW = FileKind("a TensorFlow network", _EXPORT)
_CORE_ML = FileKind("a Core ML network", _EXPORT)
_PADDLE = FileKind("a Paddle network", _EXPORT)
_NCNN = FileKind("an ncnn network", _EXPORT)
_DARKNET = FileKind("a Darknet network", _EXPORT)
_CHIP = FileKind("a network compiled for one chip", _EXPORT)
_ARCHIVE = FileKind("an archive", "unpack it and give the network in it")
_WEB_PAGE = FileKind("a web page", f"the download did not work: {_AGAIN}")
_POINTER = FileKind("a pointer of Git LFS", "fetch the network with 'git lfs pull'")
_EMPTY = FileKind("an empty file", _AGAIN)

_BY_START = {
    b"\x89HDF\r\n\x1a\n": _KERAS,
    b"version https://git-lfs": _POINTER,
    b"ptrt": _TENSORRT,
    b"ftrt": _TENSORRT,
    b"RKNN": _CHIP,
    b"7767517": _NCNN,
    b"\x1f\x8b": _ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": _ARCHIVE,
    b"Rar!": _ARCHIVE,
    b"BZh": _ARCHIVE,
    b"\xfd7zXZ\x00": _ARCHIVE,
    b"\x28\xb5\x2f\xfd": _ARCHIVE,
    b"[net]": _DARKNET,
}
_BY_SUFFIX = {
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle"), _TORCH),
    ".safetensors": SAFETENSORS,
    **dict.fromkeys((".engine", ".trt", ".plan"), _TENSORRT),
    ".xml": _OPENVINO,
    ".tflite": _TFLITE,
    **dict.fromkeys((".h5", ".hdf5", ".keras"), _KERAS),
    ".pb": _TENSORFLOW,
    **dict.fromkeys((".mlmodel", ".mlpackage", ".mlmodelc"), _CORE_ML),
    **dict.fromkeys((".pdmodel", ".pdiparams", ".pdparams"), _PADDLE),
    ".param": _NCNN,
    **dict.fromkeys((".weights", ".cfg"), _DARKNET),
    **dict.fromkeys((".rknn", ".hef", ".blob", ".om", ".kmodel", ".nb", ".dlc", ".mnn"), _CHIP),
}
_HEAD = 4096

_TRAINING_NAME = re.compile(r"\.pth?(\.tar)?([-_.]\w+)?$", re.IGNORECASE)
"""torchreid counts its epochs behind the suffix: ``model.pth.tar-60``."""


def kind_by_content(path: Path) -> FileKind | None:
    """The kind of a file by its first bytes, or of a folder by its files; None if unknown.

    None for ONNX too, and for what cannot be read.
    """
    if path.is_dir():
        return _kind_of_folder(path)
    refuse_pipe(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        return _kind_of_bytes(head, path)
    except OSError:
        return None


def kind_of_file(path: Path) -> FileKind | None:
    """The kind of a file or folder that could not be loaded as ONNX; None if unknown."""
    known = kind_by_content(path)
    if known is None and is_checkpoint_name(path.name):
        return _TORCH
    return known or _BY_SUFFIX.get(path.suffix.lower())


def is_checkpoint_name(name: str) -> bool:
    """Whether a file is named as torch's checkpoints and safetensors are."""
    return name.lower().endswith(".safetensors") or bool(_TRAINING_NAME.search(name))


def is_checkpoint(path: Path) -> bool:
    """Whether torch should read a file, by its content, else by its name."""
    known = kind_by_content(path)
    return known.checkpoint if known is not None else is_checkpoint_name(path.name)


def _kind_of_bytes(head: bytes, path: Path) -> FileKind | None:
    if not head:
        return _EMPTY
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    for start, kind in _BY_START.items():
        if head.startswith(start):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return _WEB_PAGE
    if text.startswith((b"<?xml", b"<net ")):
        return _OPENVINO if b"<net" in text else None
    if head[4:8] == b"TFL3":
        return _TFLITE
    if head[257:262] == b"ustar":
        return _ARCHIVE
    if head[0] == 0x80 and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return _TORCH
    if int.from_bytes(head[:8], "little") < 1 << 40 and head[8:10] in (b'{"', b"{ "):
        return SAFETENSORS
    # Ultralytics writes the length of a text before the engine.
    if head[4:5] == b"{" and b'"names"' in head and b"\x00" in head[:4]:
        return _TENSORRT
    return None


def _kind_of_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError):
        # torch writes a zip; what is cut off has lost its table of contents at the end.
        return _TORCH if is_checkpoint_name(path.name) else _ARCHIVE
    if any(name.endswith("constants.pkl") for name in names):
        return _TORCHSCRIPT
    if any(name.endswith("data.pkl") for name in names):
        return _TORCH
    if any(name.endswith("model.weights.h5") for name in names):
        return _KERAS
    if any(".mlpackage/" in name or name.endswith(".mlmodel") for name in names):
        return _CORE_ML
    return _ARCHIVE


def _kind_of_folder(path: Path) -> FileKind | None:
    if (path / "Manifest.json").is_file() and (path / "Data").is_dir():
        return _CORE_ML
    if (path / "saved_model.pb").is_file():
        return _TENSORFLOW
    for pattern, kind in (("*.xml", _OPENVINO), ("*.param", _NCNN), ("*.pdmodel", _PADDLE)):
        if next(path.glob(pattern), None) is not None:
            return kind
    return None
