"""Crops of people, and embedders made of real ONNX files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from touchline.errors import ModelError, UsageError
from touchline.perception.colour_stripes import ColourStripes
from touchline.perception.config import EmbedderConfig
from touchline.perception.crops import CropFormat, crop_people, resize_crops
from touchline.perception.embedder import OnnxEmbedder, load_embedder_file
from touchline.types import Image

CPU = EmbedderConfig(device="cpu", threads=1, batch_size=4)


def save_network(
    file: Path,
    *,
    batch: int | str = "batch",
    size: tuple[int | str, int | str] = (16, 8),
    nodes: list[onnx.NodeProto] | None = None,
    output_rank: int = 2,
    dtype: int = TensorProto.FLOAT,
    metadata: dict[str, str] | None = None,
) -> Path:
    """An ONNX file whose vectors are, unless ``nodes`` say otherwise, the mean colour."""
    nodes = nodes or [
        helper.make_node("ReduceMean", ["images", "axes"], ["features"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "embedder",
        [helper.make_tensor_value_info("images", dtype, [batch, 3, *size])],
        [helper.make_tensor_value_info("features", dtype, [None] * output_rank)],
        [numpy_helper.from_array(np.array([2, 3], np.int64), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, metadata or {})
    onnx.save_model(model, file)
    return file


def crops_of(*colours: tuple[int, int, int]) -> list[Image]:
    return [
        np.full((20 + 7 * row, 9 + row, 3), colour, np.uint8) for row, colour in enumerate(colours)
    ]


COLOURS = crops_of((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (9, 80, 200), (1, 2, 3))
PLAIN = {"mean": "0,0,0", "std": "1,1,1"}


def test_crops_are_cut_at_the_border_and_unusable_boxes_give_empty_crops() -> None:
    image = np.arange(60 * 80 * 3, dtype=np.uint32).astype(np.uint8).reshape(60, 80, 3)
    boxes = np.array(
        [
            [10, 5, 30, 45],
            [-20, -10, 12, 30],
            [70, 40, 500, 500],
            [200, 10, 230, 50],
            [10, 10, 12, 50],
            [np.nan, 0, 20, 20],
        ]
    )
    crops = crop_people(image, boxes)
    assert [crop.shape[:2] for crop in crops] == [(40, 20), (30, 12), (20, 10)] + 3 * [(0, 0)]
    assert np.array_equal(crops[0], image[5:45, 10:30])
    assert crop_people(image, np.empty((0, 4))) == []


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-1e12, 1e12), min_size=4, max_size=4))
def test_any_box_gives_a_crop_that_embeds(values: list[float]) -> None:
    image = np.full((40, 50, 3), 100, np.uint8)
    vector = ColourStripes().embed(crop_people(image, np.array([values])))
    assert vector.shape == (1, ColourStripes.size)
    assert np.isfinite(vector).all()


def test_shrinking_averages_and_growing_interpolates() -> None:
    chequered = np.zeros((64, 64, 3), np.uint8)
    chequered[::2, ::2] = chequered[1::2, 1::2] = 200
    assert np.abs(resize_crops([chequered], 8, 8)[0].astype(int) - 100).max() <= 1
    edge = np.zeros((4, 2, 3), np.uint8)
    edge[:, 1] = 100
    row = resize_crops([edge], 4, 8)[0, 0, :, 0].tolist()
    assert row == sorted(row)
    assert 0 < row[3] < 100


@pytest.mark.parametrize("size", [(128, 64), (20, 9), (90, 40), (90, 9)])
def test_bicubic_is_that_of_pillow(size: tuple[int, int]) -> None:
    image_module = pytest.importorskip("PIL.Image")
    crop = np.random.default_rng(4).integers(0, 256, (57, 31, 3), np.uint8)
    found = CropFormat(*size, resize="bicubic").resized([crop])[0]
    wanted = image_module.fromarray(crop).resize(size[::-1], image_module.Resampling.BICUBIC)
    assert np.abs(found.astype(int) - np.asarray(wanted).astype(int)).max() <= 1


def test_vectors_are_unit_length_and_in_the_metadata_normalisation(tmp_path: Path) -> None:
    metadata = {"mean": "0.5,0.25,0", "std": "0.5,0.5,2"}
    embedder = OnnxEmbedder(save_network(tmp_path / "net.onnx", metadata=metadata), CPU)
    vectors = embedder.embed(crops_of((51, 102, 204)))  # B, G, R
    wanted = np.array([(0.8 - 0.5) / 0.5, (0.4 - 0.25) / 0.5, 0.2 / 2])
    assert np.allclose(vectors[0], wanted / np.linalg.norm(wanted), atol=1e-5)
    assert (embedder.size, embedder.name, len(embedder.sha256 or "")) == (3, "net.onnx", 64)


def test_colour_order_follows_the_metadata(tmp_path: Path) -> None:
    blue = crops_of((255, 0, 0))
    for colour, wanted in (("rgb", [0, 0, 1]), ("bgr", [1, 0, 0])):
        file = save_network(tmp_path / f"{colour}.onnx", metadata={**PLAIN, "colour": colour})
        assert OnnxEmbedder(file, CPU).embed(blue)[0].round(5).tolist() == wanted


def test_input_size_comes_from_metadata_then_graph_then_torchreid(tmp_path: Path) -> None:
    free = ("height", "width")
    stated = save_network(tmp_path / "a.onnx", size=free, metadata={"input_size": "64x32"})
    fixed = save_network(tmp_path / "b.onnx", size=(48, 24))
    silent = save_network(tmp_path / "c.onnx", size=free)
    sizes = [OnnxEmbedder(file, CPU).format for file in (stated, fixed, silent)]
    assert [(each.height, each.width) for each in sizes] == [(64, 32), (48, 24), (256, 128)]


def test_metadata_is_read_back_as_it_was_written() -> None:
    written = CropFormat(224, 96, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), "bgr", "bicubic")
    assert CropFormat.from_metadata(written.to_metadata()) == written


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({"input_size": "large"}, "cannot be read"),
        ({"input_size": "0x8"}, "0x8"),
        ({"input_size": "32x8"}, "32x8"),
        ({"mean": "1,2"}, "cannot be read"),
        ({"std": "1,0,1"}, "std"),
        ({"colour": "yuv"}, "yuv"),
        ({"resize": "lanczos"}, "lanczos"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused(
    tmp_path: Path, metadata: dict[str, str], named: str
) -> None:
    with pytest.raises(ModelError, match=named):
        OnnxEmbedder(save_network(tmp_path / "net.onnx", metadata=metadata), CPU)


@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_any_number_of_crops_with_free_or_fixed_batch(tmp_path: Path, batch: int | str) -> None:
    file = save_network(tmp_path / "net.onnx", batch=batch, metadata=PLAIN)
    embedder = OnnxEmbedder(file, CPU)
    one_by_one = np.vstack([embedder.embed([crop]) for crop in COLOURS])
    assert np.allclose(embedder.embed(COLOURS), one_by_one, atol=1e-6)
    assert embedder.embed([]).shape == (0, 3)


def test_empty_crop_gives_zeros_beside_the_others(tmp_path: Path) -> None:
    embedder = OnnxEmbedder(save_network(tmp_path / "net.onnx", metadata=PLAIN), CPU)
    vectors = embedder.embed([COLOURS[0], COLOURS[0][:0, :0], COLOURS[1]])
    assert vectors.round(5).tolist() == [[0, 0, 1], [0, 0, 0], [0, 1, 0]]


def test_half_precision_and_pooled_outputs_work(tmp_path: Path) -> None:
    nodes = [helper.make_node("GlobalAveragePool", ["images"], ["features"])]
    file = save_network(
        tmp_path / "net.onnx",
        nodes=nodes,
        output_rank=4,
        dtype=TensorProto.FLOAT16,
        metadata=PLAIN,
    )
    vectors = OnnxEmbedder(file, CPU).embed(COLOURS[:3])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, np.eye(3)[::-1], atol=1e-3)


def test_network_with_another_output_is_no_embedder(tmp_path: Path) -> None:
    nodes = [helper.make_node("Identity", ["images"], ["features"])]
    file = save_network(tmp_path / "net.onnx", nodes=nodes, output_rank=4)
    with pytest.raises(ModelError, match="not an embedder"):
        OnnxEmbedder(file, CPU)


def test_network_with_another_input_is_no_embedder(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["words"], ["features"])],
        "text",
        [helper.make_tensor_value_info("words", TensorProto.INT64, [None, 77])],
        [helper.make_tensor_value_info("features", TensorProto.INT64, [None, 77])],
    )
    file = tmp_path / "text.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save_model(model, file)
    with pytest.raises(ModelError, match="not an embedder"):
        OnnxEmbedder(file, CPU)


def test_nan_from_the_network_is_an_error(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["mean"], keepdims=0),
        helper.make_node("Log", ["mean"], ["features"]),  # of a negative number
    ]
    file = save_network(tmp_path / "net.onnx", nodes=nodes, metadata={**PLAIN, "mean": "1,1,1"})
    with pytest.raises(ModelError, match="NaN"):
        OnnxEmbedder(file, CPU).embed(COLOURS[:1])


def test_names_and_files_choose_the_embedder(tmp_path: Path) -> None:
    assert load_embedder_file("colour").name == "colour"
    assert load_embedder_file("colour").size == ColourStripes.size
    file = save_network(tmp_path / "net.onnx")
    assert load_embedder_file(str(file), CPU).name == "net.onnx"
    with pytest.raises(UsageError, match=r"missing\.onnx"):
        load_embedder_file(tmp_path / "missing.onnx")
    with pytest.raises(ModelError, match="touchline reid export"):
        load_embedder_file(tmp_path / "osnet.pth")
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(ModelError, match=r"text\.onnx"):
        load_embedder_file(tmp_path / "text.onnx", CPU)


@pytest.mark.parametrize("name", ["color", "none"])
def test_name_that_is_nothing_is_answered_with_the_choices(name: str) -> None:
    with pytest.raises(UsageError, match=rf"embedder {name} does not exist.*'colour'.*'none'"):
        load_embedder_file(name)
