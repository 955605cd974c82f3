"""Detectors end to end: real ONNX files of every family, from image to boxes."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import onnx
import pytest
from detector_networks import (
    CELLS,
    NAMES,
    SIDE,
    ULTRALYTICS,
    Float,
    grid,
    save_graph,
    save_network,
)
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from touchline.errors import InputError, ModelError, SettingsError
from touchline.perception.config import DetectorConfig
from touchline.perception.detector import OnnxDetector, load_detector_file
from touchline.types import Image

CPU = DetectorConfig(device="cpu", threads=1, tiles="off")


def logit(score: float) -> float:
    return float(np.log(score / (1 - score)))


def yolo(folder: Path) -> Path:
    rows = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9], 7: [50, 30, 4, 4, 0.6, 0.0, 0.0]}
    return save_network(folder / "v8.onnx", {"output0": grid(7, rows).T}, ULTRALYTICS)


def yolo_end_to_end(folder: Path) -> Path:
    rows = {0: [10, 20, 30, 40, 0.9, 2], 1: [48, 28, 52, 32, 0.6, 0]}
    return save_network(folder / "v10.onnx", {"output0": grid(6, rows, 300)}, ULTRALYTICS)


def yolov5(folder: Path) -> Path:
    rows = {3: [20, 30, 20, 20, 0.9, 0.1, 0.2, 1.0], 7: [50, 30, 4, 4, 1.0, 0.6, 0.0, 0.0]}
    metadata = {"stride": "32", "names": NAMES}
    return save_network(folder / "v5.onnx", {"output0": grid(8, rows, 3 * CELLS)}, metadata)


def cell_centres() -> list[tuple[float, float, int]]:
    return [
        ((x + 0.5) * stride, (y + 0.5) * stride, stride)
        for stride in (8, 16, 32)
        for y in range(SIDE // stride)
        for x in range(SIDE // stride)
    ]


def yolox_decoded(folder: Path) -> Path:
    answer = grid(8, {})
    answer[:, :2] = [(x, y) for x, y, _ in cell_centres()]
    answer[3] = [20, 30, 20, 20, 0.9, 0.1, 0.2, 1.0]
    answer[7] = [50, 30, 4, 4, 1.0, 0.6, 0.0, 0.0]
    return save_network(folder / "x.onnx", {"output": answer}, {"touchline.names": NAMES})


def yolox_raw(folder: Path) -> Path:
    answer = grid(8, {})
    answer[:, :2] = 0.5
    for row, values in (
        (64 + 5, [20, 30, 20, 20, 0.9, 0.1, 0.2, 1.0]),
        (2, [50, 30, 4, 4, 1.0, 0.6, 0.0, 0.0]),
    ):
        x, y, stride = cell_centres()[row]
        answer[row] = values
        answer[row, 0] = (values[0] - x) / stride + 0.5
        answer[row, 1] = (values[1] - y) / stride + 0.5
        answer[row, 2:4] = np.log(np.array(values[2:4]) / stride)
    return save_network(folder / "raw.onnx", {"output": answer}, {"touchline.names": NAMES})


def yolov6(folder: Path) -> Path:
    """Decoded boxes in YOLOX's form, but an objectness of 1 everywhere."""
    answer = grid(8, {})
    answer[:, :2] = [(x, y) for x, y, _ in cell_centres()]
    answer[:, 4] = 1.0
    answer[3] = [20, 30, 20, 20, 1.0, 0.1, 0.2, 0.9]
    answer[7] = [50, 30, 4, 4, 1.0, 0.6, 0.0, 0.0]
    return save_network(folder / "v6.onnx", {"output": answer}, {"touchline.names": NAMES})


def yolo_turned(folder: Path) -> Path:
    rows = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9], 7: [50, 30, 4, 4, 0.6, 0.0, 0.0]}
    metadata = {"touchline.names": NAMES}
    return save_network(folder / "turned.onnx", {"output0": grid(7, rows)}, metadata)


def yolo_in_shares(folder: Path) -> Path:
    rows = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9], 7: [50, 30, 4, 4, 0.6, 0.0, 0.0]}
    answer = grid(7, rows)
    answer[:, :4] /= SIDE
    return save_network(folder / "shares.onnx", {"output0": answer.T}, ULTRALYTICS)


def yolo_turned_in_shares(folder: Path) -> Path:
    rows = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9], 7: [50, 30, 4, 4, 0.6, 0.0, 0.0]}
    answer = grid(7, rows)
    answer[:, :4] /= SIDE
    return save_network(folder / "turned.onnx", {"output0": answer}, ULTRALYTICS)


def deepstream(folder: Path) -> Path:
    """Corners, score and class of every cell, several for one object."""
    answer = grid(6, {})
    answer[:, :4] = [(x - 4, y - 4, x + 4, y + 4) for x, y, _ in cell_centres()]
    answer[:, 4] = 0.01
    answer[3] = [10, 20, 30, 40, 0.9, 2]
    answer[4] = [10, 20, 30, 39, 0.8, 2]
    answer[7] = [48, 28, 52, 32, 0.6, 0]
    return save_network(folder / "ds.onnx", {"output": answer}, {"touchline.names": NAMES})


def end_to_end_of_another_exporter(folder: Path) -> Path:
    rows = {0: [10, 20, 30, 40, 0.9, 2], 1: [48, 28, 52, 32, 0.6, 0]}
    metadata = {"touchline.names": NAMES}
    return save_network(folder / "e2e.onnx", {"output0": grid(6, rows, 10)}, metadata)


def ultralytics_rtdetr(folder: Path) -> Path:
    rows = {0: [20 / 64, 30 / 64, 20 / 64, 20 / 64, 0.1, 0.2, 0.9]}
    rows[1] = [50 / 64, 30 / 64, 4 / 64, 4 / 64, 0.6, 0.0, 0.0]
    metadata = {**ULTRALYTICS, "description": "Ultralytics rtdetr-l model trained on football"}
    return save_network(folder / "rt.onnx", {"output0": grid(7, rows, 300)}, metadata)


DETR_BOXES = grid(
    4, {0: [20 / 64, 30 / 64, 20 / 64, 20 / 64], 1: [50 / 64, 30 / 64, 1 / 16, 1 / 16]}, 9
)


def logits(columns: int, ball: int, player: int) -> Float:
    answer = np.full((9, columns), -20, np.float32)
    answer[0, player], answer[1, ball] = logit(0.9), logit(0.6)
    return answer


def hugging_face(folder: Path) -> Path:
    answers = {"logits": logits(3, 0, 2), "pred_boxes": DETR_BOXES}
    return save_network(
        folder / "hf.onnx", answers, {"touchline.names": "['ball', 'gk', 'player']"}
    )


def rf_detr(folder: Path) -> Path:
    facts = {"class_id_to_name": {"0": "ball", "1": "goalkeeper", "2": "player"}}
    answers = {"dets": DETR_BOXES, "labels": logits(4, 0, 2)}
    return save_network(folder / "rf.onnx", answers, {"rfdetr_inference": json.dumps(facts)})


def official_detr(folder: Path, names: str | None = NAMES) -> Path:
    """labels, boxes, scores; the boxes are fractions times the sizes that were given."""
    boxes = np.array([[10, 20, 30, 40], [48, 28, 52, 32]], np.float32) / SIDE
    nodes = [
        helper.make_node("Cast", ["orig_target_sizes"], ["wh"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["wh", "wh"], ["whwh"], axis=1),
        helper.make_node("Unsqueeze", ["whwh", "one"], ["scale"]),
        helper.make_node("Mul", ["fractions", "scale"], ["boxes"]),
        helper.make_node("Identity", ["fixed_labels"], ["labels"]),
        helper.make_node("Identity", ["fixed_scores"], ["scores"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1]), "one"),
        numpy_helper.from_array(boxes[None], "fractions"),
        numpy_helper.from_array(np.array([[2, 0]], np.float32), "fixed_labels"),
        numpy_helper.from_array(np.array([[0.9, 0.6]], np.float32), "fixed_scores"),
    ]
    sizes = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2])
    return save_graph(
        folder / "rtdetr.onnx",
        nodes,
        constants,
        ["labels", "boxes", "scores"],
        {} if names is None else {"touchline.names": names},
        (1, 3, SIDE, SIDE),
        (sizes,),
    )


# What the canvas boxes (10, 20, 30, 40) and (48, 28, 52, 32) are in an image of 128 x 64: it
# lies at half size on the canvas, 16 pixels from the top or at it, or is only squeezed sideways.
CENTRED = [[20, 8, 60, 48], [96, 24, 104, 32]]
CORNER = [[20, 40, 60, 64], [96, 56, 104, 64]]  # the lower border cuts the first
STRETCHED = [[20, 20, 60, 40], [96, 28, 104, 32]]


@pytest.mark.parametrize(
    ("make", "family", "expected"),
    [
        (yolo, "yolo", CENTRED),
        (yolo_end_to_end, "yolo", CENTRED),
        (yolov5, "yolov5", CENTRED),
        (yolov6, "yolov6", CENTRED),
        (yolo_turned, "yolo", CENTRED),
        (yolo_in_shares, "yolo", CENTRED),
        (yolo_turned_in_shares, "yolo", CENTRED),
        (deepstream, "yolo", CENTRED),
        (end_to_end_of_another_exporter, "yolo", CENTRED),
        (yolox_decoded, "yolox", CORNER),
        (yolox_raw, "yolox", CORNER),
        (ultralytics_rtdetr, "rt-detr", STRETCHED),
        (official_detr, "rt-detr", STRETCHED),
        (hugging_face, "detr", STRETCHED),
        (rf_detr, "rf-detr", STRETCHED),
    ],
)
def test_every_family_is_recognised_and_its_boxes_land_in_image_pixels(
    tmp_path: Path, make: Callable[[Path], Path], family: str, expected: list[list[float]]
) -> None:
    detector = load_detector_file(make(tmp_path), CPU)
    (found,) = detector.detect([np.zeros((64, 128, 3), np.uint8)])
    assert detector.family == family
    assert detector.roles == ("player", "goalkeeper", "ball")
    assert detector.input_size(128, 64) == (64, 64)
    assert found.roles.tolist() == ["player", "ball"]
    np.testing.assert_allclose(found.scores, [0.9, 0.6], atol=1e-5)
    np.testing.assert_allclose(found.boxes, expected, atol=1e-3)


def channels_as_scores(folder: Path, kind: str, metadata: Mapping[str, str]) -> list[float]:
    """Means of a YOLO's three input channels for an image of B, G, R = 255, 102, 51, by scores."""
    width, first_score = (7, 4) if kind == "yolo" else (8, 5)  # yolov6 as yolox
    answer, gains = grid(width, {}), np.zeros((3, CELLS, width))
    answer[:, :2] = 0.5
    if kind == "yolov6":
        answer[:, :2] = [(x, y) for x, y, _ in cell_centres()]
        answer[:, 4] = 1
    for channel in range(3):
        answer[channel, :4] = [10 + 20 * channel, 32, 8, 8]
        if kind == "yolox":
            answer[channel, :5] = [2 + 2 * channel, 3, 0, 0, 1]
        gains[channel, channel, first_score + channel] = 1 / 255 if kind == "yolox" else 1
    if kind == "yolo":
        answer, gains = answer.T, gains.swapaxes(1, 2)
    outputs = {"output": answer}
    file = save_network(folder / "seen.onnx", outputs, metadata, gains=gains.reshape(3, -1))
    detector = load_detector_file(file, CPU.model_copy(update={"min_score": 0.01}))
    (found,) = detector.detect([np.full((SIDE, SIDE, 3), (255, 102, 51), np.uint8)])
    return [float(score) for score in found.scores[np.argsort(found.boxes[:, 0])]]


def test_yolo_sees_rgb_from_0_to_1(tmp_path: Path) -> None:
    assert channels_as_scores(tmp_path, "yolo", ULTRALYTICS) == pytest.approx(
        [0.2, 0.4, 1.0], abs=1e-5
    )


def test_yolox_sees_bgr_from_0_to_255(tmp_path: Path) -> None:
    metadata = {"touchline.names": NAMES}
    assert channels_as_scores(tmp_path, "yolox", metadata) == pytest.approx(
        [1.0, 0.4, 0.2], abs=1e-5
    )


def test_yolov6_sees_rgb_from_0_to_1(tmp_path: Path) -> None:
    metadata = {"touchline.names": NAMES}
    assert channels_as_scores(tmp_path, "yolov6", metadata) == pytest.approx(
        [0.2, 0.4, 1.0], abs=1e-5
    )


def test_rf_detr_sees_rgb_less_imagenets_mean(tmp_path: Path) -> None:
    answer, gains = grid(4, {}, 9), np.zeros((3, 9, 4))
    for channel in range(3):  # the width of box c tells channel c
        answer[channel] = [0.5, 0.2 + 0.3 * channel, 0.5, 0.1]
        gains[channel, channel, 2] = 0.1
    certain = np.where(np.arange(9) < 3, 9.0, -9.0)
    answers: dict[str, NDArray[Any]] = {
        "dets": answer,
        "labels": np.stack([certain, certain - 1], 1),
    }
    file = save_network(
        tmp_path / "rf.onnx",
        answers,
        {"touchline.names": "['player', 'ball']"},
        gains=gains.reshape(3, -1),
    )
    (found,) = load_detector_file(file, CPU).detect(
        [np.full((64, 64, 3), (255, 102, 51), np.uint8)]
    )
    boxes = found.boxes[np.argsort(found.boxes[:, 1])]
    channels = ((boxes[:, 2] - boxes[:, 0]) / 64 - 0.5) / 0.1
    expected = [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (1.0 - 0.406) / 0.225]
    np.testing.assert_allclose(channels, expected, atol=1e-3)


def test_metadata_overrides_what_a_family_does_with_pixels(tmp_path: Path) -> None:
    metadata = {
        **ULTRALYTICS,
        "touchline.colour": "bgr",
        "touchline.mean": "[0.5, 0, 0]",
        "touchline.std": "[1, 2, 1]",
    }
    assert channels_as_scores(tmp_path, "yolo", metadata) == pytest.approx(
        [0.5, 0.2, 0.2], abs=1e-5
    )


def test_no_images_give_no_detections(tmp_path: Path) -> None:
    assert load_detector_file(yolo(tmp_path), CPU).detect([]) == []


def test_a_network_that_finds_nothing_gives_empty_detections(tmp_path: Path) -> None:
    file = save_network(tmp_path / "blind.onnx", {"output0": grid(7, {}).T}, ULTRALYTICS)
    (found,) = load_detector_file(file, CPU).detect([np.zeros((50, 50, 3), np.uint8)])
    assert len(found) == 0


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1e30])
def test_boxes_that_are_nan_infinite_or_empty_are_dropped(tmp_path: Path, wrong: float) -> None:
    rows = {
        1: [20, 30, wrong, 20, 0.0, 0.0, 0.8],
        2: [20, 30, 20, 0, 0.0, 0.0, 0.8],
        3: [20, 30, 20, 20, 0.0, 0.0, wrong if np.isnan(wrong) else 0.7],
        4: [50, 30, 10, 10, 0.0, 0.0, 0.6],
    }
    file = save_network(tmp_path / "broken.onnx", {"output0": grid(7, rows).T}, ULTRALYTICS)
    (found,) = load_detector_file(file, CPU).detect([np.zeros((SIDE, SIDE, 3), np.uint8)])
    assert found.scores.tolist() == pytest.approx([0.6] if np.isnan(wrong) else [0.7, 0.6])


def test_a_player_found_again_as_goalkeeper_is_one_person_with_the_better_role(
    tmp_path: Path,
) -> None:
    rows = {
        1: [20, 30, 20, 20, 0.0, 0.7, 0.0],
        2: [20.5, 30, 20, 20, 0.0, 0.0, 0.6],
        3: [20, 30, 20, 20, 0.5, 0.0, 0.0],  # a ball there is no second person
    }
    file = save_network(tmp_path / "double.onnx", {"output0": grid(7, rows).T}, ULTRALYTICS)
    (found,) = load_detector_file(file, CPU).detect([np.zeros((SIDE, SIDE, 3), np.uint8)])
    assert found.roles.tolist() == ["goalkeeper", "ball"]


def test_two_close_players_stay_two_and_one_seen_twice_becomes_one(tmp_path: Path) -> None:
    rows = {
        1: [20, 30, 20, 20, 0.0, 0.0, 0.9],
        2: [21, 30, 20, 20, 0.0, 0.0, 0.8],  # IoU 0.90 with the first
        3: [30, 30, 20, 20, 0.0, 0.0, 0.7],  # IoU 0.33
    }
    file = save_network(tmp_path / "close.onnx", {"output0": grid(7, rows).T}, ULTRALYTICS)
    (found,) = load_detector_file(file, CPU).detect([np.zeros((SIDE, SIDE, 3), np.uint8)])
    np.testing.assert_allclose(found.scores, [0.9, 0.7], atol=1e-6)


def test_settings_choose_scores_counts_and_classes(tmp_path: Path) -> None:
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    file = yolo(tmp_path)

    def roles(**settings: Any) -> list[str]:
        detector = load_detector_file(file, CPU.model_copy(update=settings))
        return list(detector.detect([image])[0].roles)

    assert roles() == ["player", "ball"]
    assert roles(min_score=0.7) == ["player", "ball"]  # the ball has a limit of its own
    assert roles(min_score=0.7, min_ball_score=0.7) == ["player"]
    assert roles(max_detections=1) == ["player"]
    assert roles(classes=("ball",)) == ["ball"]
    assert roles(classes={"0": "referee", "PLAYER": "player"}) == ["player", "referee"]
    assert roles(classes=("goalkeeper",)) == []  # the player is 0.2 of one, but a player
    with pytest.raises(SettingsError, match="asks for 'referee', which none"):
        roles(classes=("referees",))


def test_of_an_image_with_people_the_six_best_faint_balls_are_kept(tmp_path: Path) -> None:
    balls = {row: [3.0 + 6 * row, 50, 4, 4, 0.01 * row, 0, 0] for row in range(1, 10)}
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    for player, faint in ((0.9, [0.09, 0.08, 0.07, 0.06, 0.05, 0.04]), (0.09, [])):
        person = {0: [30, 20, 10, 20, 0, 0, player]}
        outputs = {"output": grid(7, person | balls).T}
        file = save_network(tmp_path / "balls.onnx", outputs, ULTRALYTICS)
        (found,) = load_detector_file(file, CPU).detect([image])
        scores = found.scores[found.roles == "ball"].tolist()
        assert scores == pytest.approx(faint), "without people there is no ball"
        assert (found.roles == "player").sum() == bool(faint)


def test_a_free_size_follows_the_image_in_multiples_of_the_stride(tmp_path: Path) -> None:
    answers = {"output0": grid(6, {0: [0, 0, 320, 180, 0.9, 2]}, 300)}
    shape = ("batch", 3, "height", "width")
    metadata = {**ULTRALYTICS, "imgsz": "[640, 640]"}
    file = save_network(tmp_path / "free.onnx", answers, metadata, shape=shape)
    detector = load_detector_file(file, CPU)
    assert detector.input_size(1280, 720) == (640, 384)
    assert detector.input_size(720, 1280) == (384, 640)
    (found,) = detector.detect([np.zeros((720, 1280, 3), np.uint8)])
    # 640 x 360 lies 12 pixels below the top of 640 x 384
    np.testing.assert_allclose(found.boxes, [[0, 0, 640, 336]])
    larger = load_detector_file(file, CPU.model_copy(update={"size": 1270}))
    assert larger.input_size(1280, 720) == (1280, 736)
    exact = load_detector_file(file, CPU.model_copy(update={"size": (700, 300)}))
    assert exact.input_size(1280, 720) == (704, 320)


def test_a_fixed_size_refuses_another_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is fixed to 64x64; leave the size out"):
        load_detector_file(yolo(tmp_path), CPU.model_copy(update={"size": 128}))
    same = load_detector_file(yolo(tmp_path), CPU.model_copy(update={"size": 64}))
    assert same.input_size(1280, 720) == (64, 64)


@pytest.mark.parametrize("batch", ["batch", 1, 3])
def test_any_batch_of_images_of_any_size_gives_each_its_own(
    tmp_path: Path, batch: str | int
) -> None:
    gains = np.zeros((3, 300 * 6))
    gains[0, 4] = 0.5  # the score is half the red
    answers = {"output0": grid(6, {0: [10, 10, 50, 50, 0.2, 2]}, 300)}
    file = save_network(
        tmp_path / "red.onnx", answers, ULTRALYTICS, gains=gains, shape=(batch, 3, "h", "w")
    )
    detector = load_detector_file(file, CPU.model_copy(update={"batch_size": 2}))
    images = [np.full((40 + 20 * (n % 2), 60, 3), 30 * n, np.uint8) for n in range(5)]
    together = detector.detect(images)
    for image, found in zip(images, together, strict=True):
        (alone,) = detector.detect([image])
        np.testing.assert_array_equal(found.boxes, alone.boxes)
        np.testing.assert_allclose(found.scores, alone.scores, atol=1e-6)
    assert len({round(float(found.scores[0]), 4) for found in together}) == 5


@pytest.mark.parametrize(
    ("given", "fixed", "runs"), [(None, "batch", 1), (4, "batch", 4), (None, 3, 3)]
)
def test_a_cpu_gets_one_image_at_a_time_unless_more_are_asked_for(
    tmp_path: Path, given: int | None, fixed: str | int, runs: int
) -> None:
    answers = {"output0": grid(6, {0: [10, 10, 50, 50, 0.2, 2]}, 300)}
    shape = (fixed, 3, "h", "w")
    file = save_network(tmp_path / "any.onnx", answers, ULTRALYTICS, shape=shape)
    config = CPU.model_copy(update={"batch_size": given})
    assert load_detector_file(file, config).batch_size == runs


def test_a_network_in_half_precision_is_fed_what_it_wants(tmp_path: Path) -> None:
    file = yolo(tmp_path)
    model = onnx.load(file)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    model.graph.node.insert(0, helper.make_node("Cast", ["images"], ["as_float"], to=1))
    model.graph.node[1].input[0] = "as_float"
    onnx.save(model, file)
    (found,) = load_detector_file(file, CPU).detect([np.zeros((SIDE, SIDE, 3), np.uint8)])
    assert len(found) == 2


def brightness_detector(folder: Path) -> Path:
    """A raw YOLOX of 128 x 128 that finds each cell of 8 x 8 pixels that is wholly white."""
    tail = np.zeros((1, 4 * 4 * 5, 6), np.float32)
    tail[..., :2] = 0.5
    nodes = [
        helper.make_node("AveragePool", ["images"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("ReduceMean", ["cells"], ["grey"], axes=[1], keepdims=0),
        helper.make_node("Div", ["grey", "white"], ["scores"]),
        helper.make_node("Reshape", ["scores", "column"], ["objectness"]),
        helper.make_node("Concat", ["offsets", "objectness", "ones"], ["fine"], axis=2),
        helper.make_node("Concat", ["fine", "tail"], ["output"], axis=1),
    ]
    constants = [
        numpy_helper.from_array(np.array(255, np.float32), "white"),
        numpy_helper.from_array(np.array([1, 256, 1]), "column"),
        numpy_helper.from_array(
            np.tile(np.array([0.5, 0.5, 0, 0], np.float32), (1, 256, 1)), "offsets"
        ),
        numpy_helper.from_array(np.ones((1, 256, 1), np.float32), "ones"),
        numpy_helper.from_array(tail, "tail"),
    ]
    metadata = {"touchline.names": "['player']"}
    file = folder / "white.onnx"
    return save_graph(file, nodes, constants, ["output"], metadata, (1, 3, 128, 128))


def test_tiles_find_what_is_too_small_in_the_whole_and_count_it_once(tmp_path: Path) -> None:
    image: Image = np.zeros((128, 240, 3), np.uint8)
    # In the left tile alone, at the edge of either of the two (112 and 128), in the right alone.
    lefts = [8, 112, 120, 200]
    for number, left in enumerate(lefts):
        image[24 * number : 24 * number + 8, left : left + 8] = 255
    config = CPU.model_copy(update={"min_score": 0.9, "tile_overlap": 0.125})
    file = brightness_detector(tmp_path)
    (whole,) = load_detector_file(file, config).detect([image])
    assert len(whole) == 0
    tiled = load_detector_file(file, config.model_copy(update={"tiles": "2x1"}))
    (found,) = tiled.detect([image])
    expected = [[x, 24 * n, x + 8, 24 * n + 8] for n, x in enumerate(lefts)]
    np.testing.assert_allclose(found.boxes[np.argsort(found.boxes[:, 0])], expected, atol=1e-6)


def test_a_network_that_is_no_detector_is_named_with_its_outputs(tmp_path: Path) -> None:
    file = save_network(tmp_path / "reid.onnx", {"embedding": np.zeros(16)}, {})
    outputs = r"not a supported detector: its outputs are embedding \(1, 16\); YOLO"
    with pytest.raises(ModelError, match=outputs):
        load_detector_file(file, CPU)


def test_a_row_a_cell_that_may_be_of_two_kinds_is_refused_until_it_is_named(
    tmp_path: Path,
) -> None:
    answer = grid(8, {})
    answer[:, :2] = [(x, y) for x, y, _ in cell_centres()]
    file = save_network(tmp_path / "either.onnx", {"output": answer}, {})
    with pytest.raises(
        ModelError, match=r"YOLOX of 3 or a transposed YOLO v8 of 4 .* touchline.names"
    ):
        load_detector_file(file, CPU)


def test_a_finished_list_without_names_says_how_to_name_its_classes(tmp_path: Path) -> None:
    file = save_network(tmp_path / "list.onnx", {"output0": grid(6, {}, 300)}, {})
    with pytest.raises(ModelError, match=r"names no classes: .* name the classes under touchline"):
        load_detector_file(file, CPU)


@pytest.mark.parametrize(
    "answer", [np.full((7, CELLS), -4.0), np.full((CELLS, 8), -4.0), np.full((3 * CELLS, 8), 7.0)]
)
def test_scores_that_are_no_probabilities_are_refused(tmp_path: Path, answer: Float) -> None:
    file = save_network(tmp_path / "raw.onnx", {"output0": answer}, {"names": NAMES})
    with pytest.raises(ModelError, match="not probabilities: export it with the sigmoid"):
        load_detector_file(file, CPU)


def test_boxes_and_scores_apart_are_not_taken_for_a_yolox(tmp_path: Path) -> None:
    answers = {"scores": grid(80, {}), "boxes": grid(4, {})}
    with pytest.raises(ModelError, match="is not a supported detector"):
        load_detector_file(save_network(tmp_path / "nas.onnx", answers, {}), CPU)


def test_a_network_that_takes_no_images_is_refused(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "numbers",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "numbers.onnx")
    with pytest.raises(ModelError, match=r"it takes x \(1, 3\), not images"):
        load_detector_file(tmp_path / "numbers.onnx", CPU)


def test_an_export_for_another_task_is_refused(tmp_path: Path) -> None:
    metadata = {**ULTRALYTICS, "task": "pose"}
    file = save_network(tmp_path / "pose.onnx", {"output0": grid(7, {}).T}, metadata)
    with pytest.raises(ModelError, match="exported for the task 'pose'"):
        load_detector_file(file, CPU)


def test_a_detr_that_ends_in_a_softmax_is_refused(tmp_path: Path) -> None:
    answers = {"logits": logits(92, 37, 1), "pred_boxes": DETR_BOXES}
    file = save_network(tmp_path / "detr.onnx", answers, {})
    with pytest.raises(ModelError, match="softmax with a 'no object' class"):
        load_detector_file(file, CPU)


def test_names_that_do_not_fit_the_graph_are_refused(tmp_path: Path) -> None:
    file = save_network(tmp_path / "wrong.onnx", {"output0": grid(6, {}).T}, ULTRALYTICS)
    with pytest.raises(
        ModelError, match="names 3 classes in its metadata, but its graph answers 2"
    ):
        load_detector_file(file, CPU)


def test_classes_without_names_have_to_be_mapped(tmp_path: Path) -> None:
    file = save_network(tmp_path / "nameless.onnx", {"output0": grid(6, {}).T}, {})
    with pytest.raises(
        ModelError, match="no class of the model stands for people: 0 0, 1 1; say which"
    ):
        load_detector_file(file, CPU)
    mapped = load_detector_file(file, CPU.model_copy(update={"classes": {"1": "player"}}))
    assert mapped.roles == ("player",)


@pytest.mark.parametrize(("count", "person"), [(80, 0), (91, 1)])
def test_coco_names_are_known_by_their_count(tmp_path: Path, count: int, person: int) -> None:
    answers = {"dets": DETR_BOXES, "labels": logits(count, 50, person)}
    detector = load_detector_file(save_network(tmp_path / "coco.onnx", answers, {}), CPU)
    assert detector.roles == ("ball", "person")
    (found,) = detector.detect([np.zeros((SIDE, SIDE, 3), np.uint8)])
    assert found.roles.tolist() == ["person"]


def test_a_list_without_names_is_taken_for_coco_with_a_warning(tmp_path: Path) -> None:
    detector = load_detector_file(official_detr(tmp_path, names=None), CPU)
    assert detector.class_names[32] == "sports ball"
    (warning,) = detector.warnings
    assert "rtdetr.onnx names no classes: taken for the 80 of COCO" in warning


def test_a_class_that_tells_no_role_is_named_and_others_are_found(tmp_path: Path) -> None:
    names = "{0: 'kicker', 1: 'goalkeepers team left', 2: 'player team left'}"
    rows = {3: [20, 30, 20, 20, 0.1, 0.2, 0.9], 9: [50, 30, 8, 8, 0.1, 0.8, 0.2]}
    file = save_network(
        tmp_path / "v8.onnx", {"output0": grid(7, rows).T}, {**ULTRALYTICS, "names": names}
    )
    detector = load_detector_file(file, CPU)
    (found,) = detector.detect([np.zeros((64, 64, 3), np.uint8)])
    assert found.roles.tolist() == ["player", "goalkeeper"]
    (warning,) = detector.warnings
    assert "dropped: 0 kicker; " in warning


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("names", "{0: player"),
        ("names", "{'first': 'player'}"),
        ("names", "7"),
        ("touchline.mean", "[1, 2]"),
        ("touchline.std", "[1, 1, 0]"),
        ("touchline.fit", "centered"),
        ("imgsz", "[640]"),
        ("stride", "wide"),
    ],
)
def test_metadata_that_cannot_be_read_is_named(tmp_path: Path, key: str, text: str) -> None:
    answers = {"output0": grid(7, {}).T}
    file = save_network(tmp_path / "odd.onnx", answers, {**ULTRALYTICS, key: text})
    with pytest.raises(ModelError, match=key.replace("imgsz", "size")) as caught:
        load_detector_file(file, CPU)
    assert "\n" not in str(caught.value)


def test_a_image_that_is_none_is_refused(tmp_path: Path) -> None:
    detector = load_detector_file(yolo(tmp_path), CPU)
    with pytest.raises(InputError, match="image 0 is float64"):
        detector.detect([np.zeros((64, 64, 3))])  # type: ignore[list-item]


@pytest.fixture(scope="module")
def match_frames(football_data: Path) -> list[Image]:
    """Frames 0 and 10 of SNMOT-060, 1280 x 720."""
    with av.open(str(football_data / "mot/SNMOT-060/video_1280x720.mp4")) as container:
        frames = [
            frame.to_ndarray(format="bgr24") for frame in islice(container.decode(video=0), 11)
        ]
    return [np.asarray(frames[0], np.uint8), np.asarray(frames[10], np.uint8)]


@pytest.fixture(scope="module")
def any_size_yolox(football_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The YOLOX-nano of the data pack, made to take any size by the benchmark's script."""
    script = Path(__file__).parents[2] / "benchmarks" / "resize_yolox.py"
    file = tmp_path_factory.mktemp("yolox") / "any_size.onnx"
    runpy.run_path(str(script))["main"](football_data / "weights/yolox_nano_coco_416.onnx", file)
    return file


def test_a_real_yolox_finds_the_players_of_a_match(
    any_size_yolox: Path, match_frames: list[Image], football_data: Path
) -> None:
    detector = load_detector_file(any_size_yolox, CPU.model_copy(update={"size": 1280}))
    (found,) = detector.detect(match_frames[:1])
    assert detector.family == "yolox"
    truth = np.loadtxt(football_data / "mot/SNMOT-060/gt/gt.txt", delimiter=",")
    people = truth[(truth[:, 0] == 1) & (truth[:, 1] != 18)]  # track 18 is the ball
    centres = (people[:, 2:4] + people[:, 4:6] / 2) * 2 / 3
    boxes = found.boxes[found.scores > 0.3]
    inside = (centres[:, None] > boxes[None, :, :2]) & (centres[:, None] < boxes[None, :, 2:])
    assert inside.all(axis=2).any(axis=1).mean() > 0.75


def test_real_results_do_not_depend_on_the_batch(
    any_size_yolox: Path, match_frames: list[Image]
) -> None:
    detector = load_detector_file(any_size_yolox, CPU)
    assert detector.input_size(1280, 720) == (640, 384)
    together = detector.detect([*match_frames, match_frames[0][:, :640]])
    for image, found in zip(match_frames, together, strict=False):
        (alone,) = detector.detect([image])
        np.testing.assert_allclose(found.boxes, alone.boxes, atol=0.01)
        np.testing.assert_allclose(found.scores, alone.scores, atol=1e-4)


def test_a_fixed_yolox_equals_one_of_any_size(
    any_size_yolox: Path, match_frames: list[Image], football_data: Path
) -> None:
    fixed = OnnxDetector(football_data / "weights/yolox_nano_coco_416.onnx", CPU)
    free = OnnxDetector(any_size_yolox, CPU.model_copy(update={"size": (416, 416)}))
    assert fixed.input_size(1280, 720) == free.input_size(1280, 720) == (416, 416)
    for one, other in zip(fixed.detect(match_frames), free.detect(match_frames), strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
