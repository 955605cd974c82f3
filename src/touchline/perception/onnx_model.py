"""Load and run an ONNX network: the only module that uses onnxruntime."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from touchline.config import nearest_name
from touchline.disk_files import file_sha256, refuse_pipe
from touchline.errors import ModelError, SettingsError, UsageError
from touchline.perception.file_kinds import kind_by_content, kind_of_file
from touchline.perception.run_limits import limited
from touchline.processors import usable_cores

log = logging.getLogger(__name__)

# ORT writes to stderr by itself, also about what it then raises: only fatal errors may pass.
_ORT_FATAL = 4
onnxruntime.set_default_logger_severity(_ORT_FATAL)

FIRST_RUN_SECONDS = 120.0
"""Time limit for the first run of a network, on one plain image."""
_PACKAGES = {
    "cuda": "onnxruntime-gpu",
    "tensorrt": "onnxruntime-gpu",
    "openvino": "onnxruntime-openvino",
    "directml": "onnxruntime-directml",
}
"""Packages that bring a device. Each holds the module ``onnxruntime``: only one can be there."""

_SLOW_STARTERS = ("tensorrt", "migraphx", "openvino", "coreml", "directml")
"""Providers that compile a network in its first run, which may take long."""

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}

_ORT_ERRORS: tuple[type[Exception], ...] = (
    ort_state.EPFail,
    ort_state.EngineError,
    ort_state.Fail,
    ort_state.InvalidArgument,
    ort_state.InvalidGraph,
    ort_state.InvalidProtobuf,
    ort_state.NoModel,
    ort_state.NoSuchFile,
    ort_state.NotImplemented,
    ort_state.RuntimeException,
    RuntimeError,
    ValueError,
)

_DTYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(double)": np.dtype(np.float64),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(int8)": np.dtype(np.int8),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(bool)": np.dtype(np.bool_),
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One input or output of a network; ``None`` in ``shape`` is a size the caller may choose."""

    name: str
    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} ({sizes})"


class OnnxModel:
    """An ONNX file, loaded.

    file: where it lies. sha256: hex digest of the file. inputs, outputs: name, shape and dtype.
    metadata: the key-value texts its exporter wrote. provider: what runs it, as ``cuda``.

    ``device`` is ``auto`` (CUDA where this onnxruntime has it, else the CPU), ``cpu``, ``cuda``,
    ``coreml``, ...; ``threads`` is for the CPU, None for the cores that this process may use.

    Raises UsageError for a missing file or a folder, SettingsError for a device that is not here,
    ModelError for a file that onnxruntime cannot load.
    """

    def __init__(self, file: Path, *, device: str = "auto", threads: int | None = None) -> None:
        if os.path.isdir(file):
            kind = kind_by_content(file)
            what = "a folder; give the path of an .onnx file"
            raise UsageError(
                f"network file {file} is " + (what if kind is None else f"{kind.name}; {kind.cure}")
            )
        refuse_pipe(file)
        if not os.path.isfile(file):
            raise UsageError(f"network file {file} does not exist; give the path of an .onnx file")
        if (kind := kind_by_content(file)) is not None:
            raise ModelError(f"{file} is {kind.name}, not an ONNX network: {kind.cure}")
        self.file = file
        self._answered = False
        self._session, self.provider = _open_session(file, device, threads)
        self.sha256 = file_sha256(file)
        try:
            self.inputs = [_tensor_info(node) for node in self._session.get_inputs()]
            self.outputs = [_tensor_info(node) for node in self._session.get_outputs()]
            metadata = self._session.get_modelmeta().custom_metadata_map
        except UnicodeDecodeError:
            raise ModelError(f"{file} names something that is not UTF-8: export it again") from None
        self.metadata: dict[str, str] = {str(key): str(text) for key, text in metadata.items()}

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Every output, in the order of ``outputs``, for ``feeds`` by input name.

        Raises ModelError where the network refuses the input, and where its first run takes more
        than ``FIRST_RUN_SECONDS`` or half of all memory: it may loop for ever.
        """
        if not self._answered:
            outputs = self._run_first(feeds)
            self._answered = True
            return outputs
        try:
            return [np.asarray(output) for output in self._session.run(None, dict(feeds))]
        except _ORT_ERRORS as error:
            raise ModelError(f"network {self.file.name} failed: {_one_line(error)}") from error

    def _run_first(self, feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        options = onnxruntime.RunOptions()
        seconds = float("inf") if self.provider in _SLOW_STARTERS else FIRST_RUN_SECONDS

        def end() -> None:
            options.terminate = True

        reasons: list[str] = []
        try:
            with limited(end, seconds) as reasons:
                outputs = self._session.run(None, dict(feeds), options)
        except _ORT_ERRORS as error:
            if reasons:
                raise ModelError(
                    f"network {self.file.name} {reasons[0]}, in its first run on one image: it "
                    "may loop for ever; export it again, or take a smaller one"
                ) from error
            raise ModelError(f"network {self.file.name} failed: {_one_line(error)}") from error
        return [np.asarray(output) for output in outputs]


def available_devices() -> list[str]:
    """The names for ``device`` that this onnxruntime can serve, apart from ``auto``."""
    here = set(onnxruntime.get_available_providers())
    return [device for device, provider in _PROVIDERS.items() if provider in here]


def _open_session(file: Path, device: str, threads: int | None) -> tuple[Any, str]:
    """The session and the device it actually runs on."""
    here = available_devices()
    if device != "auto":
        if device not in _PROVIDERS:
            known = ["auto", *_PROVIDERS]
            raise SettingsError(f"unknown device {device!r}{nearest_name(device, known)}")
        if device not in here:
            raise SettingsError(
                f"device {device!r} is not in this onnxruntime, which has: {', '.join(here)}; "
                f"take one of these, or put {_package_for(device)} in place of onnxruntime: "
                "docs/detectors.md"
            )
        session = _load(file, device, threads)
        if session.get_providers()[0] != _PROVIDERS[device]:
            raise ModelError(
                f"device {device!r} could not be started for {file.name} (driver or libraries "
                "missing?); device 'cpu' works without them"
            )
        return session, device
    wish = "cuda" if "cuda" in here else "cpu"
    session = _load(file, wish, threads)
    if session.get_providers()[0] != _PROVIDERS[wish]:
        log.warning("%s could not be started for %s: using the CPU", wish, file.name)
        return session, "cpu"
    return session, wish


def _package_for(device: str) -> str:
    """What to install for a device that is not here."""
    return _PACKAGES.get(device, "the build of onnxruntime for it")


def _load(file: Path, device: str, threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ORT_FATAL
    options.intra_op_num_threads = threads or usable_cores()
    # Threads that wait by spinning take the cores from the decoder, the encoder and each other.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[Any] = [_PROVIDERS[device]]
    if device == "openvino":  # which counts the processors itself, and knows no container's limit
        providers = [(_PROVIDERS[device], {"num_of_threads": str(options.intra_op_num_threads)})]
    if device != "cpu":
        providers.append(_PROVIDERS["cpu"])  # for single operators the device does not have
    try:
        return onnxruntime.InferenceSession(
            str(file), options, providers=providers, enable_fallback=0
        )
    except _ORT_ERRORS as error:
        if (kind := kind_of_file(file)) is not None:
            raise ModelError(f"{file} is {kind.name}, not an ONNX network: {kind.cure}") from error
        raise ModelError(f"{file} cannot be loaded as a network: {_one_line(error)}") from error


def _tensor_info(node: Any) -> TensorInfo:
    # Free sizes are names ("batch"), None, or in some exports -1.
    shape = tuple(
        size if isinstance(size, int) and size > 0 else None for size in (node.shape or ())
    )
    return TensorInfo(node.name, shape, _DTYPES.get(node.type, np.dtype(np.object_)))


def _one_line(error: Exception) -> str:
    """ORT's message without its prefixes, in one line of at most 300 characters."""
    text = " ".join(str(error).split())
    if newer := re.search(r"Opset (\d+) is under development", text):
        return (
            f"it is written in ONNX opset {newer[1]}, newer than onnxruntime "
            f"{onnxruntime.__version__} knows; export it with a lower opset"
        )
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    text = re.sub(r"^Load model from .*? failed:", "", text)
    text = re.sub(r"^\S+\.(h|cc|cpp):\d+ .*?\)( \[.*?\])? ", "", text)  # where in ORT's source
    return text if len(text) <= 300 else text[:297] + "..."
