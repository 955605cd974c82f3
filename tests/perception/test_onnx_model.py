"""The one door to onnxruntime: what it opens, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from touchline.errors import ModelError, SettingsError, UsageError
from touchline.perception import onnx_model, run_limits
from touchline.perception.onnx_model import OnnxModel, available_devices


def doubling_model(file: Path, opset: int = 17) -> Path:
    """A file whose network returns twice its input (N, 3), with one metadata entry."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    helper.set_model_props(model, {"task": "double"})
    onnx.save(model, file)
    return file


def test_a_network_runs_and_tells_about_itself(tmp_path: Path) -> None:
    file = doubling_model(tmp_path / "double.onnx")
    model = OnnxModel(file, device="cpu", threads=1)
    (output,) = model.run({"x": np.ones((2, 3), np.float32)})
    assert output.tolist() == [[2.0] * 3] * 2
    assert model.inputs[0].name == "x"
    assert model.inputs[0].shape == (None, 3)
    assert model.inputs[0].dtype == np.float32
    assert str(model.outputs[0]) == "y (?, 3)"
    assert model.metadata == {"task": "double"}
    assert model.provider == "cpu"
    assert model.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_auto_takes_a_device_that_is_here(tmp_path: Path) -> None:
    assert OnnxModel(doubling_model(tmp_path / "double.onnx")).provider in available_devices()


def test_an_unknown_device_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown device 'cudo'; did you mean 'cuda'"):
        OnnxModel(doubling_model(tmp_path / "double.onnx"), device="cudo")


def test_a_device_that_is_not_here_is_refused_and_those_here_are_named(tmp_path: Path) -> None:
    missing = next(name for name in ("directml", "openvino") if name not in available_devices())
    with pytest.raises(SettingsError, match=rf"which has: .*cpu; .* onnxruntime-{missing} in"):
        OnnxModel(doubling_model(tmp_path / "double.onnx"), device=missing)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        OnnxModel(tmp_path / "nothing.onnx")


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; give the path"):
        OnnxModel(tmp_path)


@pytest.mark.parametrize("content", [b"certainly not a network", b"\x08\xff"])
def test_a_file_that_is_not_onnx_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be loaded as a network") as caught:
        OnnxModel(file)
    assert "\n" not in str(caught.value)


def loop(file: Path, *, body: str) -> Path:
    """A network that does the operator ``body`` (Add, or Concat along 0) for ever."""
    inputs = ["value", "value"] if body == "Concat" else ["value", "one"]
    axis: dict[str, Any] = {"axis": 0} if body == "Concat" else {}
    inside = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still"]),
            helper.make_node(body, inputs, ["more"], **axis),
        ],
        "inside",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, None),
        ],
        [numpy_helper.from_array(np.ones(1, np.float32), "one")],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["", "always", "x"], ["y"], body=inside)],
        "endless",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array(True), "always")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, file)
    return file


def test_an_endless_loop_is_ended_in_the_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "FIRST_RUN_SECONDS", 0.2)
    model = OnnxModel(loop(tmp_path / "loop.onnx", body="Add"), device="cpu", threads=1)
    with pytest.raises(ModelError, match=r"loop.onnx had no answer after 0.2 s.*loop") as caught:
        model.run({"x": np.ones((1, 3), np.float32)})
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is watched on Linux")
def test_a_loop_that_eats_memory_is_ended_in_the_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_limits, "_all_memory", lambda: 2.0 * 2**28)
    monkeypatch.setattr(run_limits, "_LOOK_EVERY", 0.001)
    model = OnnxModel(loop(tmp_path / "eats.onnx", body="Concat"), device="cpu", threads=1)
    with pytest.raises(ModelError, match=r"eats.onnx took more than 0.2 GiB of memory"):
        model.run({"x": np.ones((1024, 3), np.float32)})


def test_later_runs_are_not_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = OnnxModel(doubling_model(tmp_path / "double.onnx"), device="cpu", threads=1)
    model.run({"x": np.ones((1, 3), np.float32)})
    monkeypatch.setattr(onnx_model, "limited", None)
    assert model.run({"x": np.ones((1, 3), np.float32)})[0].tolist() == [[2.0] * 3]


def test_an_opset_from_the_future_is_named(tmp_path: Path) -> None:
    file = doubling_model(tmp_path / "future.onnx")
    model = onnx.load(file)
    model.opset_import[0].version = 99
    onnx.save(model, file)
    with pytest.raises(ModelError, match="opset 99"):
        OnnxModel(file)


def test_an_input_of_the_wrong_shape_is_one_line(tmp_path: Path) -> None:
    model = OnnxModel(doubling_model(tmp_path / "double.onnx"), device="cpu")
    with pytest.raises(ModelError, match="failed: ") as caught:
        model.run({"x": np.ones((2, 4), np.float32)})
    assert "\n" not in str(caught.value)


def test_onnxruntime_writes_nothing_to_stderr_by_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    doubling_model(tmp_path / "double.onnx")
    program = (
        "from pathlib import Path; import numpy as np\n"
        "from touchline.errors import ModelError\n"
        "from touchline.perception.onnx_model import OnnxModel\n"
        "for run in (lambda: OnnxModel(Path('bad.onnx')),\n"
        "            lambda: OnnxModel(Path('double.onnx')).run({'x': np.ones((1, 9), 'f4')})):\n"
        "    try: run()\n"
        "    except ModelError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_threads_are_as_many_as_may_be_used_and_wait_without_spinning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    real = onnxruntime.InferenceSession

    def session(file: str, options: Any, **others: Any) -> Any:
        opened.append(options)
        return real(file, options, **others)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setattr(onnx_model, "usable_cores", lambda: 3)
    file = doubling_model(tmp_path / "double.onnx")
    OnnxModel(file, device="cpu")
    OnnxModel(file, device="cpu", threads=2)
    assert [options.intra_op_num_threads for options in opened] == [3, 2]
    entry = "session.intra_op.allow_spinning"
    assert {options.get_session_config_entry(entry) for options in opened} == {"0"}
