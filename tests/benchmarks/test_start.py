"""Every benchmark starts: each is run once, on the smallest input that makes it do its work."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from clips import make_clip
from labelled_folders import write_yolo
from onnx import TensorProto, helper, numpy_helper
from tensorflow_graphs import write_nanodet
from tuning_scenes import truth_table, write_detections, write_list, write_truth

from touchline.models.shipped import DETECTOR, model_file
from touchline.perception.number_reader import find_recogniser
from touchline.reid.manifest import Manifest, write_manifest
from touchline.run.request import RunRequest
from touchline.run.track import track_run

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
PEERS = sorted((FOLDER / "peers").glob("*.py"))

Arguments = Callable[[Path], list[object]]
"""What to start a benchmark with, from an empty folder for its input; skips where it cannot."""


def given(*arguments: object) -> Arguments:
    return lambda _folder: list(arguments)


def sequences(folder: Path) -> list[object]:
    listed = write_list(folder, train=1, validation=1)
    return ["--sequences", listed, "--only", "validation", "--variant", "global"]


def results(folder: Path) -> list[object]:
    one = write_truth(folder / "one", truth_table(0))
    (one / "trackers").mkdir()
    (one / "trackers" / "itself.txt").write_bytes((one / "gt" / "gt.txt").read_bytes())
    return ["--data", folder, "--rounds", 1]


def crops(folder: Path) -> list[object]:
    random = np.random.default_rng(0)
    names = [f"{row}.png" for row in range(8)]
    for name in names:
        cv2.imwrite(str(folder / name), random.integers(0, 256, (64, 24, 3), np.uint8))
    people = [row // 4 for row in range(8)]
    cameras = [row % 2 for row in range(8)]
    splits = ["query" if row % 4 == 0 else "gallery" for row in range(8)]
    write_manifest(
        Manifest(folder, names, people, cameras=cameras, splits=splits), folder / "manifest.csv"
    )
    return ["--data", folder / "manifest.csv", "--only", "manifest"]


def runs(folder: Path) -> list[object]:
    clip = make_clip(folder, frames=30)
    settings = {"models": {"detections": str(clip.detections)}}
    request = RunRequest(str(clip.video), folder / "run", settings, draw_video=False)
    track_run(request, lambda _stage, _done, _total: None, lambda: False)
    pair = [folder / "run", folder / "run" / "tracks.txt"]
    return [*pair, *pair, "--true-tracks"]


def reviewed(folder: Path) -> list[object]:
    run = Path(str(runs(folder)[0]))
    return ["--run", run, "--truth", run / "tracks.txt", "--answers", 1]


def true_ball(folder: Path) -> list[object]:
    truth = folder / "one.ball.txt"
    truth.write_text("1,100,100,8,8,1.00,0,0,0\n2,102,100,8,8,1.00,0,0,0\n")
    return [runs(folder)[0], truth]


def linked(folder: Path) -> list[object]:
    return [runs(folder)[0], "--out", folder / "pictures"]


def fixed_yolox(folder: Path) -> list[object]:
    """The end of a YOLOX, for one image of 16x16."""
    weights = np.ones((6, 3, 1, 1), np.float32)
    shape = np.array([1, 6, -1], np.int64)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "weights"], ["map"]),
            helper.make_node("Reshape", ["map", "shape"], ["output"]),
        ],
        "yolox",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 6, 256])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(shape, "shape")],
    )
    opset = helper.make_opsetid("", 18)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), folder / "in.onnx")
    return [folder / "in.onnx", folder / "out.onnx"]


def walking(folder: Path) -> list[object]:
    """True tracks of a clip beside its video."""
    clip = make_clip(folder, frames=10)
    boxes = clip.detections.read_text().replace(",-1,", ",1,", 1)
    (folder / "clip.gt.txt").write_text(boxes.splitlines()[0] + "\n")
    return [folder / "clip.gt.txt", "--sizes", 320]


def labelled(folder: Path) -> list[object]:
    """A pack of two labelled images, one of the ball alone."""
    pack = folder / "pack"
    image = np.full((96, 128, 3), (60, 150, 70), np.uint8)
    for place in ("train/ball/dfl_ball", "det/dfl_players"):
        for part in ("images", "labels"):
            (pack / place / part).mkdir(parents=True)
        cv2.imwrite(str(pack / place / "images" / "a_1.jpg"), image)
        (pack / place / "labels" / "a_1.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    rows = "path,set,source,split\nball/dfl_ball/images/a_1.jpg,ball/dfl_ball,a,train\n"
    (pack / "train" / "splits.csv").write_text(rows)
    return ["--out", folder / "out"]


def numbers(folder: Path) -> list[object]:
    if find_recogniser() is None:
        pytest.skip("the extra 'ocr' is not installed")
    shirt = np.full((40, 44, 3), (40, 40, 200), np.uint8)
    cv2.putText(shirt, "10", (3, 30), cv2.FONT_HERSHEY_DUPLEX, 0.9, (240, 240, 240), 2)
    cv2.imwrite(str(folder / "0.png"), shirt)
    (folder / "labels.csv").write_text("path,tracklet,number\n0.png,1,10\n")
    return ["--crops", folder, "--threads", 1]


def rendered(folder: Path) -> list[object]:
    """A data pack (see ``data_pack``) of one rendered match."""
    clip = make_clip(folder, frames=30)
    (folder / "pack" / "rendered").mkdir(parents=True)
    clip.video.rename(folder / "pack" / "rendered" / "one.mp4")
    boxes = clip.detections.read_text().replace(",-1,", ",1,", 1).splitlines()[:1]
    (folder / "pack" / "rendered" / "one.gt.txt").write_text(f"{boxes[0]}\n")
    return ["--out", folder / "out", "--only", "one", "--kinds", "true", "bare"]


def given_boxes(folder: Path) -> list[object]:
    """A data pack (see ``data_pack``) of one sequence of SportsMOT, without images."""
    clip = folder / "pack" / "mot_gt_only" / "sportsmot_football" / "one"
    write_detections(write_truth(clip, truth_table(0)) / "det.txt", 0)
    return ["--only", "SportsMOT football, true boxes"]


def given_tracks(folder: Path) -> list[object]:
    """A data pack of one sequence of SportsMOT, and of a tracker that found the truth."""
    clip = folder / "pack" / "mot_gt_only" / "sportsmot_football" / "one"
    truth = write_truth(clip, truth_table(0))
    (folder / "pack" / "given_boxes" / "sportsmot_football").mkdir(parents=True)
    found = folder / "pack" / "given_boxes" / "sportsmot_football" / "one.txt"
    found.write_bytes((truth / "gt" / "gt.txt").read_bytes())
    return ["--only", "SportsMOT"]


def one_style(folder: Path) -> list[object]:
    write_yolo(folder / "near", {"aa_1": "0 0.5 0.5 0.25 0.5\n"}, "player\n")
    return ["--data", folder, "--least", 1, model_file(DETECTOR)]


def tensorflow_graph(folder: Path) -> list[object]:
    return [write_nanodet(folder), folder / "start.safetensors"]


SMALLEST: dict[str, Arguments] = {
    "association": given("--boxes", 5, "--frames", 20),
    "ball": true_ball,
    "camera_motion": given("--frames", 3),
    "clip_reid_step": given("--steps", 1, "--batch", 4, "--layers", 2, "--device", "cpu"),
    "encoders": crops,
    "evaluation": results,
    "fit_evidence": given("--scenes", 2, "--seconds", 4),
    "gallery": runs,
    "given_tracks": given_tracks,
    "detector_data": labelled,
    "drawing_pictures": linked,
    "detector_styles": one_style,
    "input_sizes": walking,
    "kills": given("--kills", 1, "--seconds", 0.2, "--boxes"),
    "linking": sequences,
    "linking_pictures": linked,
    "long_clip": given("--minutes", 0.5),
    "nanodet_start": tensorflow_graph,
    "pipeline": given("--memory-frames", 10, "--frames", 2, "--crops", 1),
    "resize_yolox": fixed_yolox,
    "reviewer": reviewed,
    "retrieval": given("--share", 0.02, "--every", 2),
    "roles": rendered,
    "shirt_numbers": numbers,
    "trackers": given_boxes,
    # Training takes the crops and weights of the data pack: they start and say what they take.
    "reid_training": lambda folder: ["--out", folder, "--show"],
    "shipped_encoder": given("--help"),
    "train_number_reader": given("--help"),
    # Of others at work.
    "doubles": given("--help"),
    "shot_cuts": given("--help"),
    # It takes a cluster.
    "nodes": given("--help"),
}


def is_started(file: Path) -> bool:
    return "__main__" in file.read_text(encoding="utf-8")


FILES = sorted(file for file in FOLDER.glob("*.py") if is_started(file))


def command(file: Path) -> list[str]:
    """How its own first lines say that it is started: as a file, or as a module."""
    documentation = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    if f"python -m benchmarks.{file.stem}" in documentation:
        return [sys.executable, "-m", f"benchmarks.{file.stem}"]
    assert file.name in documentation, f"{file.name} does not say how it is started"
    return [sys.executable, str(file.relative_to(ROOT))]


def start(arguments: list[str], data_pack: Path, **more: str) -> str:
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), more.pop("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "TOUCHLINE_DATA": str(data_pack), **more}
    answer = subprocess.run(
        arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_benchmark_runs_on_its_smallest_input(file: Path, tmp_path: Path) -> None:
    assert file.stem in SMALLEST, f"say in SMALLEST what {file.name} is started with at least"
    arguments = SMALLEST[file.stem](tmp_path)
    printed = start([*command(file), *map(str, arguments)], tmp_path / "pack")
    assert printed.strip(), "it printed nothing"
    assert not re.search(r"\bnan\b", printed), printed


def test_what_is_no_benchmark_is_part_of_one() -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py")}
    for file in set(texts) - set(FILES):
        others = [text for other, text in texts.items() if other != file]
        assert any(f"benchmarks.{file.stem} import" in text for text in others), (
            f"{file.name} is neither started nor imported by a benchmark"
        )


@pytest.mark.parametrize("file", PEERS, ids=lambda file: file.stem)
def test_no_script_for_another_environment_hides_what_one_of_them_imports(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {peer.stem for peer in PEERS}
    assert any(f'"peers" / "{file.name}"' in one.read_text() for one in FILES), "nobody starts it"


STAND_IN = {
    "supervision": "class Detections:\n    def __init__(self, **columns): pass\n",
    "pyxtrackers": "class BYTETracker:\n    def __init__(self, **options): pass\n"
    "    def update(self, boxes): return boxes\nOCSort = BYTETracker\n",
    "trackers": "class ByteTrackTracker:\n    cmc = type('Motion', (), {})()\n"
    "    def __init__(self, **options): pass\n"
    "    def update(self, boxes, image=None): return boxes\nBoTSORTTracker = ByteTrackTracker\n",
}


def test_peers_are_found_in_their_environment_and_not_in_our_folder(tmp_path: Path) -> None:
    for name, text in STAND_IN.items():
        (tmp_path / f"{name}.py").write_text(text)
    small = ["--boxes", "5", "--frames", "20", "--peers", sys.executable]
    printed = start(
        [sys.executable, "benchmarks/association.py", *small], tmp_path, PYTHONPATH=str(tmp_path)
    )
    assert "trackers BoT-SORT, no appearance" in printed


@pytest.mark.parametrize("name", ["train_detector.sh", "train_detector_large.sh"])
def test_a_script_that_trains_a_detector_is_one(name: str) -> None:
    subprocess.run(["sh", "-n", str(FOLDER / name)], check=True)
