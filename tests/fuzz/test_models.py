"""Network files, checkpoints and what they say of themselves: any of it may be anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import torch
from fuzz.hostile_inputs import ODD_VALUES, WORDS, broken, survives, tried, wrong
from hypothesis import strategies as st
from number_networks import recogniser
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save

from touchline.perception.config import DetectorConfig, EmbedderConfig
from touchline.perception.detector import load_detector_file
from touchline.perception.embedder import load_embedder_file
from touchline.perception.number_reader import NumberReader
from touchline.training.checkpoints import read_checkpoint
from touchline.training.detector.checkpoint import detector_metadata, load_detector
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.network import DetectorNetwork
from touchline.training.folder import Request, TrainFolder
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.training.reid.osnet import OSNet

_WORDS = [word.decode("utf-8", "replace") for word in WORDS if b"\x00" not in word]
_TEXTS = st.sampled_from(
    [
        *(*_WORDS, *(repr(value) for value in ODD_VALUES if value != 10**400)),
        *("[640, 640]", "[1e9, 2]", "(1,)", "{0: 'a'}", "{'a': 0}", "{-1: 'a'}", "{10**9: 'a'}"),
        *("['a'] * 10", "[[]]", "-" * 5000 + "1", "(" * 150 + ")" * 150, "0.1,0.2,0.3", "nan,1,1"),
        *("0x10", "16x8", "16x8x4", "-1x-1", "1000000x1000000", "b'x'", "{1, 2}", "1j", "..."),
    ]
)


def _network(file: Path, metadata: dict[str, str], answer: list[int], size: list[int]) -> None:
    """A network that answers zeros of one shape."""
    zeros = numpy_helper.from_array(torch.zeros(answer).numpy(), "zeros")
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zeros"], ["answer"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, *size])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, answer)],
        [zeros],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save_model(model, file)


def test_odd_metadata_of_a_detector_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "detector.onnx"
    keys = [
        *("names", "imgsz", "stride", "task", "description", "rfdetr_inference"),
        *("touchline.names", "touchline.size", "touchline.mean", "touchline.std"),
        *("touchline.colour", "touchline.fit"),
    ]
    usual = {"task": "detect", "stride": "32", "names": "{0: 'player', 1: 'ball'}"}

    def check(changes: dict[str, str]) -> None:
        _network(file, {**usual, **changes}, [1, 6, 84], [64, 64])
        survives(lambda: load_detector_file(file, DetectorConfig(device="cpu", threads=1)))

    changes = st.dictionaries(st.sampled_from(keys), _TEXTS, min_size=1, max_size=3)
    tried("metadata of detectors", changes, check, 100)
    facts = {"class_names": ["player"], "class_id_to_name": {"1": "player"}}

    def check_facts(value: Any) -> None:
        check({"rfdetr_inference": json.dumps(value), "names": ""})

    tried("facts of RF-DETR", wrong(facts), check_facts, 50)


def test_odd_metadata_of_an_embedder_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "embedder.onnx"

    def check(changes: dict[str, str]) -> None:
        _network(file, changes, [1, 8], [16, 8])
        survives(lambda: load_embedder_file(file, EmbedderConfig(device="cpu", threads=1)))

    keys = st.sampled_from(["input_size", "mean", "std", "colour", "feature_size"])
    tried("metadata of embedders", st.dictionaries(keys, _TEXTS, min_size=1), check, 100)


def test_broken_network_files_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "network.onnx"
    _network(file, {"names": "{0: 'player'}"}, [1, 5, 84], [64, 64])
    whole = [file.read_bytes(), recogniser(tmp_path / "numbers.onnx", "7").read_bytes()]

    def check(content: bytes) -> None:
        file.write_bytes(content)
        survives(lambda: load_detector_file(file, DetectorConfig(device="cpu", threads=1)))
        survives(lambda: load_embedder_file(file, EmbedderConfig(device="cpu", threads=1)))
        survives(lambda: NumberReader(file))

    tried("network files", broken(whole), check, 60)


def test_broken_checkpoints_are_one_line(tmp_path: Path) -> None:
    tensors = OSNet().state_dict()
    small = dict(list(tensors.items())[:4])
    torch.save({"state_dict": small}, tmp_path / "a.pth")
    torch.save(small, tmp_path / "b.pth", _use_new_zipfile_serialization=False)
    seeds = [save(small, {"input_size": "256x128"}), (tmp_path / "a.pth").read_bytes()]
    seeds.append((tmp_path / "b.pth").read_bytes())

    def check(content: bytes) -> None:
        for name in ("broken.safetensors", "broken.pth"):
            (tmp_path / name).write_bytes(content)
            survives(lambda name=name: load_embedding_network(tmp_path / name))  # type: ignore[misc]

    tried("checkpoints", broken([seed[:20_000] for seed in seeds] + seeds), check, 60)


def test_odd_tensors_and_texts_of_checkpoints_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "odd.safetensors"
    names = [
        *("conv1.conv.weight", "colour_projection", "visual.conv1.weight", "visual.proj"),
        *("visual.positional_embedding", "visual.transformer.resblocks.0.ln_1.weight", "x"),
        *("positional_embedding", "token_embedding.weight", "prompt_learner.token_prefix"),
        *("classifier.weight", "visual.transformer.resblocks.9999"),
    ]
    shapes = st.lists(st.sampled_from([0, 1, 2, 3, 16, 64, 512, 768]), max_size=4).filter(
        lambda shape: torch.Size(shape).numel() < 200_000
    )
    keys = st.sampled_from(["input_size", "mean", "std", "colour", "source", "kind", "names"])

    def check(made: tuple[dict[str, list[int]], dict[str, str]]) -> None:
        tensors = {name: torch.zeros(shape) for name, shape in made[0].items()}
        file.write_bytes(save(tensors, made[1]))
        survives(lambda: load_embedding_network(file))

    made = st.tuples(
        st.dictionaries(st.sampled_from(names), shapes, max_size=6),
        st.dictionaries(keys, _TEXTS, max_size=2),
    )
    tried("tensors of checkpoints", made, check, 80)


def test_odd_texts_of_a_trained_detector_are_one_line(tmp_path: Path) -> None:
    config = NetworkConfig(head_channels=8, head_blocks=1, fine_head_blocks=1)
    network = DetectorNetwork(2, config)
    texts = detector_metadata(network, ["player", "ball"], DetectorTrainConfig(), "none")
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    file = tmp_path / "detector.safetensors"

    def check(changes: dict[str, str | None]) -> None:
        merged = {**texts, **changes}
        file.write_bytes(save(tensors, {k: v for k, v in merged.items() if v is not None}))
        survives(lambda: load_detector(file))

    networks = wrong(config.model_dump(mode="json")).map(json.dumps)
    keys = st.sampled_from(["kind", "names", "network", "hardness", "size"])
    changes = st.dictionaries(keys, _TEXTS | st.none() | networks, min_size=1, max_size=2)
    tried("texts of detectors", changes, check, 60)


def test_a_broken_state_of_a_training_is_one_line(tmp_path: Path) -> None:
    request = Request({"seed": 0}, "data", "checkpoint", 1)
    folder = TrainFolder(tmp_path, request)
    state: dict[str, Any] = {
        "optimisation": {"soft": None},
        "progress": {"stage": "image", "epoch": 1, "batch": 0, "sums": {}, "best": {}},
        "request": {"settings": {"seed": 0}, "data": "data", "checkpoint": "x", "processes": 1},
        "log_bytes": 0,
        "network": "image 1 0",
    }
    file = tmp_path / "last.state.pt"

    def check(value: Any) -> None:
        torch.save(value, file)
        survives(folder.load)

    tried("states of trainings", wrong(state), check, 60)
    torch.save(state, file)
    whole = file.read_bytes()

    def check_bytes(content: bytes) -> None:
        file.write_bytes(content)
        survives(folder.load)
        survives(lambda: read_checkpoint(file))

    tried("states, bytes", broken([whole]), check_bytes, 60)
