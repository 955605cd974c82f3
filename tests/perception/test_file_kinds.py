"""Files that are no ONNX network are called what they are, with the way to one."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from touchline.errors import ModelError, UsageError
from touchline.perception.detector import load_detector_file
from touchline.perception.file_kinds import is_checkpoint, kind_of_file


def zip_of(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return written.getvalue()


CONTENTS = {
    "a PyTorch checkpoint": [zip_of("best/data.pkl", "best/data/0"), pickle.dumps({"epoch": 3}, 2)],
    "a TorchScript archive": [zip_of("net/data.pkl", "net/constants.pkl")],
    "a safetensors file": [struct.pack("<Q", 2) + b'{"a":{}}'],
    "a TensorFlow Lite network": [b"\x1c\0\0\0TFL3" + b"\0" * 20],
    "a TensorRT engine": [
        b"ptrt" + b"\0" * 40,
        struct.pack("<I", 30) + b'{"names": {"0": "ball"}}',
    ],
    "a Keras network": [b"\x89HDF\r\n\x1a\n", zip_of("config.json", "model.weights.h5")],
    "an OpenVINO network": [b'<?xml version="1.0"?>\n<net name="best" version="11">'],
    "an ncnn network": [b"7767517\n300 350\n"],
    "an archive": [zip_of("readme.txt"), b"\x1f\x8b\x08" + b"\0" * 9],
    "a web page": [b"\n<!DOCTYPE html><html>Sign in</html>"],
    "a pointer of Git LFS": [b"version https://git-lfs.github.com/spec/v1\noid sha256:1"],
    "an empty file": [b""],
}


@pytest.mark.parametrize("name", ["best.onnx", "best.pt", "best"])
@pytest.mark.parametrize(
    ("kind", "content"), [(kind, one) for kind, contents in CONTENTS.items() for one in contents]
)
def test_a_file_is_called_what_its_content_is_whatever_its_name(
    tmp_path: Path, kind: str, content: bytes, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ModelError) as refused:
        load_detector_file(file)
    assert str(refused.value).startswith(f"{file} is {kind}")
    assert "Protobuf" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("best.pt", "a PyTorch checkpoint"),
        ("best.pth", "a PyTorch checkpoint"),
        ("model.pth.tar-60", "a PyTorch checkpoint"),
        ("best.engine", "a TensorRT engine"),
        ("best.pdmodel", "a Paddle network"),
        ("yolov3.weights", "a Darknet network"),
        ("saved_model.pb", "a TensorFlow network"),
        ("best.rknn", "a network compiled for one chip"),
    ],
)
def test_where_the_content_tells_nothing_the_name_does(
    tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / name).write_bytes(b"\x7f\x01 what is this")
    with pytest.raises(ModelError, match=f"is {kind}, not an ONNX network: export it as ONNX"):
        load_detector_file(tmp_path / name)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("Manifest.json Data/x", "a Core ML network"),
        ("saved_model.pb variables/x", "a TensorFlow network"),
        ("best.xml best.bin", "an OpenVINO network"),
    ],
)
def test_folders_that_are_networks_are_named(tmp_path: Path, inside: str, kind: str) -> None:
    for name in inside.split():
        file = tmp_path / "best" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    with pytest.raises(UsageError, match=f"is {kind}; export it as ONNX"):
        load_detector_file(tmp_path / "best")


def test_what_torch_reads_is_told_by_content_then_by_name(tmp_path: Path) -> None:
    for number, (kind, contents) in enumerate(CONTENTS.items()):
        file = tmp_path / f"model-{number}"
        file.write_bytes(contents[0])
        torch_reads = kind.split()[1] in ("PyTorch", "TorchScript", "safetensors")
        assert is_checkpoint(file) == torch_reads, kind
    for name in ("net.pt", "net.PTH", "model.pth.tar", "model.pth.tar-60", "a.safetensors"):
        assert is_checkpoint(tmp_path / name), name
    for name in ("net.onnx", "colour", "none", "path.ptx", "net.tar"):
        assert not is_checkpoint(tmp_path / name), name


def test_of_an_onnx_file_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"\x08\x08\x12\x07pytorch")
    assert kind_of_file(tmp_path / "net.onnx") is None
