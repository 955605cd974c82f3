"""A detector learns, goes on exactly where it was stopped, and is exported as torch has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from clips import Clip
from safetensors.torch import load_file
from training.detector.detector_scenes import COLOURS, QUICK, draw_pitches
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.config import check_config, settings_tree
from touchline.errors import Interrupted, ModelError, SettingsError, UsageError
from touchline.models.shipped import DETECTOR, model_file
from touchline.perception.detector import load_detector_file
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.training.blocks import hardness_of
from touchline.training.checkpoints import save_checkpoint
from touchline.training.detector import export
from touchline.training.detector.checkpoint import detector_metadata, load_detector
from touchline.training.detector.config import DetectorTrainConfig, NetworkConfig
from touchline.training.detector.data import BatchLoader, Samples, read_detector_data
from touchline.training.detector.export import DetectorExport, export_detector
from touchline.training.detector.network import DetectorNetwork, Scored
from touchline.training.detector.request import DetectorReport, DetectorRequest
from touchline.training.detector.start import begin, read_start
from touchline.training.detector.trainer import train_detector
from touchline.training.listener import Listener, TrainStep

SHIPPED = Path(DETECTOR)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pitches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pitches(tmp_path_factory.mktemp("pitches") / "data")


@pytest.fixture(scope="module")
def trained(pitches: Path, tmp_path_factory: pytest.TempPathFactory) -> DetectorReport:
    out = tmp_path_factory.mktemp("trained") / "run"
    return train_detector(DetectorRequest((pitches,), out, None, settings=QUICK))


Exported = tuple[DetectorExport, str]
"""What came of ``touchline detector export``, and what it said."""


@pytest.fixture(scope="module")
def exported(
    pitches: Path, trained: DetectorReport, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    """The trained detector, written by the command; its report is taken on the way."""
    out = tmp_path_factory.mktemp("exported") / "own.onnx"
    reports: list[DetectorExport] = []

    def keep(*arguments: Any, **options: Any) -> DetectorExport:
        reports.append(export_detector(*arguments, **options))
        return reports[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "export_detector", keep)
        told = command(
            "detector", "export", trained.out / "best.safetensors", out, "--data", pitches
        )
    return reports[0], told


def command(*arguments: object) -> str:
    """What ``touchline`` with these arguments prints, on both streams."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def changed(**parts: dict[str, Any]) -> dict[str, Any]:
    """``QUICK`` with some of its settings changed, by part."""
    return {**QUICK, **{name: {**QUICK.get(name, {}), **part} for name, part in parts.items()}}


def events(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_losses_fall_on_a_few_images(pitches: Path, tmp_path: Path) -> None:
    settings = changed(
        schedule={"epochs": 5, "samples_per_epoch": 48, "learning_rate": 4e-3, "hardening": 0},
        validation={"every": 0},
        augmentation={"mosaic": {"probability": 0}},
    )
    train_detector(DetectorRequest((pitches,), tmp_path / "run", None, settings=settings))
    losses = [line["object"] for line in events(tmp_path / "run") if line["event"] == "epoch"]
    assert len(losses) == 5
    assert losses[-1] < 0.85 * losses[0]


def test_a_stopped_training_goes_on_exactly(
    pitches: Path, trained: DetectorReport, tmp_path: Path
) -> None:
    request = DetectorRequest((pitches,), tmp_path / "run", None, settings=QUICK)
    steps: list[TrainStep] = []
    impatient = Listener(steps.append, should_stop=lambda: True)
    for _ in range(3):
        with pytest.raises(Interrupted, match="the same command goes on from there"):
            train_detector(request, impatient)
    report = train_detector(request, Listener(steps.append))
    for name in ("best.safetensors", "last.safetensors"):
        straight, halting = (load_file(run / name) for run in (trained.out, tmp_path / "run"))
        for tensor in straight:
            torch.testing.assert_close(halting[tensor], straight[tensor], rtol=0, atol=0)
    assert report.best == trained.best
    assert [(step.epoch, step.batch) for step in steps] == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_finished_training_has_nothing_left_to_do(pitches: Path, trained: DetectorReport) -> None:
    steps: list[TrainStep] = []
    request = DetectorRequest((pitches,), trained.out, None, settings=QUICK)
    assert train_detector(request, Listener(steps.append)) == trained
    assert not steps


def test_more_rounds_may_be_asked_for_later_but_nothing_else(pitches: Path, tmp_path: Path) -> None:
    def run(**schedule: Any) -> DetectorReport:
        settings = changed(schedule=schedule)
        return train_detector(
            DetectorRequest((pitches,), tmp_path / "run", None, settings=settings)
        )

    assert run(epochs=1).epochs == 1
    assert run(epochs=2).epochs == 2
    with pytest.raises(UsageError, match=r"other schedule\.batch_size"):
        run(epochs=2, batch_size=3)


def test_the_log_tells_the_data_the_losses_and_the_scores(trained: DetectorReport) -> None:
    found = events(trained.out)
    kinds = [line["event"] for line in found]
    assert kinds == ["start", "validation", "epoch", "validation", "epoch", "validation"]
    assert found[0]["classes"] == list(COLOURS)
    assert len(found[0]["held_out"]) == 1
    assert found[0]["images"] == [2]
    assert {"loss", "box", "object", "class", "images_per_second"} <= found[2].keys()
    assert {"score", "people ap50", "people ap"} <= found[1].keys()


def test_samples_depend_on_nothing_but_seed_round_and_number(pitches: Path) -> None:
    config = check_config(DetectorTrainConfig, QUICK)
    data = read_detector_data((pitches,), config)
    one, other = Samples(data, config, mosaics=True), Samples(data, config, mosaics=True)
    one[1, 5, 0]
    for key in ((1, 0, 0), (1, 1, 1), (2, 0, 0)):
        for first, second in zip(one[key], other[key], strict=True):
            assert torch.equal(first, second)
    assert not torch.equal(one[1, 0, 0][0], one[2, 0, 0][0])


def test_worker_processes_make_the_same_batches(pitches: Path) -> None:
    config = check_config(DetectorTrainConfig, QUICK)
    spread = check_config(DetectorTrainConfig, {**QUICK, "workers": 1})
    data = read_detector_data((pitches,), config)
    alone = list(BatchLoader(data, config, mosaics=True).batches(1, 1))
    helped = list(BatchLoader(data, spread, mosaics=True).batches(1, 1))
    assert len(alone) == len(helped) == 1
    for first, second in zip(alone[0], helped[0], strict=True):
        assert torch.equal(first, second)


def test_sources_give_their_share_of_the_samples(pitches: Path, tmp_path: Path) -> None:
    other = draw_pitches(tmp_path / "other", images=6, seed=1)
    for part in ("images", "labels"):
        for path in sorted((other / part).iterdir()):
            path.rename(path.with_name(f"c{path.name}"))
    settings = {**QUICK, "data": {"shares": [3, 1]}, "validation": {"matches": ["a"]}}
    config = check_config(DetectorTrainConfig, settings)
    data = read_detector_data((pitches, other), config)
    assert data.shares == (0.75, 0.25)
    assert data.held_out == ("a",)
    assert [len(source) for source in data.sources] == [2, 6]
    counts = [source.counts() for source in data.sources]
    seen = [0.75 * counts[0][name] / 2 + 0.25 * counts[1][name] / 6 for name in COLOURS]
    assert data.class_weights(0.0) == [1.0, 1.0]
    assert data.class_weights(1.0) == pytest.approx([max(seen) / value for value in seen])


def test_data_that_cannot_be_divided_is_refused(pitches: Path) -> None:
    def read(**parts: Any) -> None:
        config = check_config(DetectorTrainConfig, {**QUICK, **parts})
        read_detector_data((pitches,), config)

    with pytest.raises(UsageError, match=r"data\.shares has 2 numbers for 1 folders"):
        read(data={"shares": [1, 1]})
    with pytest.raises(UsageError, match="no image belongs to match 'z'"):
        read(validation={"matches": ["z"]})
    with pytest.raises(UsageError, match="no image left to train on"):
        read(validation={"matches": ["a", "b"]})
    with pytest.raises(SettingsError, match="multiples of 32"):
        read(schedule={"sizes": [[100, 64]]})


def test_an_exported_detector_answers_as_torch_does(exported: Exported, pitches: Path) -> None:
    report, told = exported
    assert report.image_count == 4
    assert report.score_error < 1e-3
    assert report.box_error < 0.1
    assert report.onnx == pytest.approx(report.torch, abs=1e-3)
    assert "own.onnx: fp32, 3.7 MB" in told
    detector = load_detector_file(report.file)
    assert detector.family == "yolox"
    assert detector.class_names == dict(enumerate(COLOURS))
    assert detector.input_size(1280, 720) == (128, 96)
    image = cv2.imread(str(pitches / "images" / "a_000.png"))
    assert image is not None
    sizes = ((128, 96), (128, 96), (200, 90))
    found = detector.detect([np.asarray(cv2.resize(image, size), np.uint8) for size in sizes])
    assert len(found) == 3
    np.testing.assert_array_equal(found[0].boxes, found[1].boxes)


def test_an_export_in_8_bits_is_smaller_and_keeps_the_score(
    trained: DetectorReport,
    exported: Exported,
    pitches: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What it begins with is the plain file, which takes torch long to write.
    monkeypatch.setattr(export, "_to_onnx", lambda _: onnx.load_model(exported[0].file))
    report = export_detector(
        trained.out / "best.safetensors", tmp_path / "small.onnx", data=pitches, precision="int8"
    )
    assert report.file.stat().st_size < 0.6 * exported[0].file.stat().st_size
    assert report.onnx["score"] >= report.torch["score"] - 0.02


def test_an_export_that_cannot_be_made_is_refused_at_once(
    trained: DetectorReport, tmp_path: Path
) -> None:
    best, out = trained.out / "best.safetensors", tmp_path / "own.onnx"
    with pytest.raises(UsageError, match="give --data"):
        export_detector(best, out, precision="int8")
    with pytest.raises(UsageError, match="not one of fp32, int8"):
        export_detector(best, out, precision="int4")
    assert not out.exists()


def test_a_detector_goes_on_learning_with_other_classes(
    pitches: Path, trained: DetectorReport, tmp_path: Path
) -> None:
    settings = changed(schedule={"epochs": 1}, data={"classes": ["referee", "ball"]})
    best = trained.out / "best.safetensors"
    request = DetectorRequest((pitches,), tmp_path / "run", best, settings=settings)
    train_detector(request)
    assert load_detector(tmp_path / "run" / "last.safetensors").names == ("referee", "ball")
    smaller = changed(network={"head_channels": 32})
    with pytest.raises(ModelError, match="has another shape"):
        train_detector(DetectorRequest((pitches,), tmp_path / "other", best, settings=smaller))


def test_without_a_checkpoint_training_begins_from_the_shipped_detector(
    pitches: Path, tmp_path: Path
) -> None:
    settings = changed(schedule={"epochs": 1, "samples_per_epoch": 4})
    (tmp_path / "quick.yaml").write_text(json.dumps(settings))
    run = tmp_path / "run"
    told = command(
        "detector", "train", "--data", pitches, "--out", run, "--config", tmp_path / "quick.yaml"
    )
    start, before, epoch, after = events(run)
    assert start["checkpoint"] == "football-detector"
    assert (before["epoch"], epoch["event"], after["epoch"]) == (0, "epoch", 1)
    assert f"before training, validation: score {before['score']:.1%}" in told
    best = max(before, after, key=lambda line: line["score"])
    assert f"people ap50 {before['people ap50']:.1%} -> {best['people ap50']:.1%}" in told
    assert ("no epoch scored above the start" in told) == (best is before)
    trained, shipped = load_detector(run / "last.safetensors"), read_start(SHIPPED)
    assert (trained.network.config.activation == "silu") == shipped.soft
    assert trained.metadata["attribution"] == shipped.attribution != ""
    assert train_detector(DetectorRequest((pitches,), run, settings=settings)).best_epoch in (0, 1)


def test_classes_of_the_shipped_detector_keep_what_it_knows_of_them() -> None:
    image_BCHW = torch.rand(1, 3, 64, 96) * 255
    names = ("referee", "corner flag", "ball", "player", "goalkeeper")
    network, _ = begin(read_start(SHIPPED), names, NetworkConfig(), [image_BCHW])
    session = onnxruntime.InferenceSession(model_file(SHIPPED))
    (whole_BAF,) = session.run(None, {session.get_inputs()[0].name: image_BCHW.numpy()})
    with torch.inference_mode():
        found_BAF = Scored(network, names).eval()(image_BCHW).numpy()
    own, theirs = [*range(5), 5, 7, 8, 9], [*range(5), 7, 8, 5, 6]
    np.testing.assert_allclose(found_BAF[..., own], whole_BAF[..., theirs], atol=1e-3, rtol=1e-3)


def test_a_checkpoint_of_ours_brings_its_activation(tmp_path: Path) -> None:
    settings = DetectorTrainConfig(network=NetworkConfig(activation="relu"))
    network = DetectorNetwork(1, settings.network)
    texts = detector_metadata(network, ["player"], settings, "made up")
    save_checkpoint(network, tmp_path / "hard.safetensors", texts)
    start = read_start(tmp_path / "hard.safetensors")
    assert start.shape(NetworkConfig()).activation == "relu"
    with pytest.raises(ModelError, match=r"leave out network\.activation"):
        start.shape(NetworkConfig(activation="silu"))


def test_weights_that_know_silu_come_to_relu_little_by_little(trained: DetectorReport) -> None:
    start = read_start(trained.out / "best.safetensors")
    assert start.shape(NetworkConfig()).activation == "silu"
    network, soft = begin(start, tuple(COLOURS), NetworkConfig(activation="relu"), [])
    assert soft
    assert hardness_of(network) == 0.0


def test_a_file_of_another_network_is_no_detector(trained: DetectorReport, tmp_path: Path) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"broken\.safetensors"):
        load_detector(tmp_path / "broken.safetensors")
    assert load_detector(trained.out / "last.safetensors").names == tuple(COLOURS)


def test_the_command_trains_from_a_file_of_settings(pitches: Path, tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(json.dumps(changed(schedule={"epochs": 1})))
    run = tmp_path / "run"
    told = command(
        "detector", "train", "--data", pitches, "--out", run, "--tensorboard",
        "--config", tmp_path / "quick.yaml", "--validation", pitches, "--checkpoint", "none",
    )  # fmt: skip
    assert "epoch 1/1: loss" in told
    assert "next: touchline detector export" in told
    assert any((run / "tensorboard").iterdir())
    written = run / "train.yaml"
    assert written.read_text().startswith("# touchline detector train --config")
    again = check_config(DetectorTrainConfig, settings_tree(written))
    assert again == check_config(DetectorTrainConfig, changed(schedule={"epochs": 1}))


def test_classes_can_be_learned_alone(
    pitches: Path, tmp_path: Path, trained: DetectorReport
) -> None:
    before = load_file(trained.out / "last.safetensors")
    settings = changed(schedule={"epochs": 1, "learned": "classes", "hold_normalisation": True})
    start = trained.out / "last.safetensors"
    train_detector(DetectorRequest((pitches,), tmp_path / "run", start, settings=settings))
    after = load_file(tmp_path / "run" / "last.safetensors")
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved
    assert all(".class_" in name for name in moved), moved


def test_an_unlabelled_clip_is_labelled_by_its_tracks_and_trained_on(
    pitches: Path, clip: Clip, tmp_path: Path
) -> None:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    run = tmp_path / "lent"
    request = RunRequest(str(clip.video), run, settings, draw_video=False)
    track_run(request, lambda *_: None, lambda: False)
    (tmp_path / "quick.yaml").write_text(json.dumps(changed(schedule={"epochs": 1})))
    arguments = [
        "detector", "train", "--data", pitches, "--unlabelled", run, "--out", tmp_path / "out",
        "--config", tmp_path / "quick.yaml", "--checkpoint", "none",
    ]  # fmt: skip
    told = command(*arguments)
    assert f"{run}: 2 images with" in told
    (start,) = [event for event in events(tmp_path / "out") if event["event"] == "start"]
    assert start["data"] == [
        str(pitches),
        str(tmp_path / "out" / "unlabelled" / "lent" / "labelled"),
    ]
    assert "images with" not in command(*arguments)
    alone = ["detector", "train", "--out", "x", "--unlabelled", str(run)]
    assert "no labelled images to judge by" in str(CliRunner().invoke(app, alone).exception)


def test_the_printed_settings_change_nothing(tmp_path: Path) -> None:
    printed = command("settings", "detector", "train")
    assert "#samples_per_epoch: 800" in printed
    (tmp_path / "settings.yaml").write_text(printed)
    asked = settings_tree(tmp_path / "settings.yaml")
    assert check_config(DetectorTrainConfig, asked) == DetectorTrainConfig()


def test_a_missing_folder_and_a_missing_checkpoint_are_named(pitches: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        train_detector(DetectorRequest((tmp_path / "nowhere",), tmp_path / "run"))
    gone = DetectorRequest((pitches,), tmp_path / "run", tmp_path / "gone.onnx", settings=QUICK)
    with pytest.raises(ModelError, match=r"gone\.onnx does not exist"):
        train_detector(gone)
