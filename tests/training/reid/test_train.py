"""A training learns, goes on exactly where it was stopped, and says what it cannot do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from training.reid.train_scenes import HEIGHT, QUICK, WIDTH, draw_people, save_clip, save_osnet

from touchline.config import check_config
from touchline.errors import Interrupted, ModelError, StoreError, TouchlineError, UsageError
from touchline.perception.crops import CropFormat
from touchline.reid.manifest import read_manifest, write_manifest
from touchline.training.checkpoints import save_checkpoint
from touchline.training.listener import Listener, TrainStep
from touchline.training.reid import losses, stages
from touchline.training.reid.config import TrainConfig
from touchline.training.reid.embedding_network import load_embedding_network
from touchline.training.reid.request import TrainReport, TrainRequest
from touchline.training.reid.trainer import train

PROMPTS_AND_IMAGES: dict[str, Any] = {**QUICK, "prompts": {"epochs": 2, "batch_size": 40}}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_people(tmp_path_factory.mktemp("train") / "crops", crops=4)


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip") / "clip.safetensors")


@pytest.fixture(scope="session")
def osnet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_osnet(tmp_path_factory.mktemp("osnet") / "osnet.safetensors")


def run(
    data: Path, checkpoint: Path, out: Path, settings: dict[str, Any], **listening: Any
) -> TrainReport:
    request = TrainRequest(data, checkpoint, out, settings, "cpu")
    report = train(request, Listener(**listening))
    assert report is not None
    return report


def log(out: Path, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def same_tensors(first: Path, second: Path) -> bool:
    one, other = load_file(first), load_file(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_clip_learns_to_find_people_it_has_never_seen(tmp_path: Path, clip_file: Path) -> None:
    data = draw_people(tmp_path / "crops", people=8)
    settings = {
        **QUICK,
        "prompts": {"epochs": 10, "learning_rate": 1e-2},
        "images": {
            "epochs": 12,
            "identities_per_batch": 6,
            "learning_rate": 2e-4,
            "warmup_epochs": 3,
        },
    }
    report = run(data, clip_file, tmp_path / "out", settings)
    assert report.best["mAP"] > 1.4 * report.before["mAP"]
    epochs = log(tmp_path / "out", "epoch")
    for stage in ("prompts", "images"):
        of_stage = [line["loss"] for line in epochs if line["stage"] == stage]
        assert of_stage[-1] < 0.9 * of_stage[0]


def test_the_best_network_says_what_an_embedder_has_to(
    tmp_path: Path, crops: Path, osnet_file: Path
) -> None:
    out = tmp_path / "out"
    report = run(crops, osnet_file, out, {**QUICK, "validation": {"every": 2}})
    assert report.epochs == 2
    assert [line["epoch"] for line in log(out, "validation")] == [0, 2]
    with safe_open(out / "best.safetensors", framework="pt") as file:
        metadata = file.metadata()
    assert metadata["licence"] == "MIT (a test)"
    assert "64 crops of 16 people" in metadata["data"]
    assert yaml.safe_load(metadata["settings"]) == yaml.safe_load((out / "train.yaml").read_text())
    loaded = load_embedding_network(out / "best.safetensors")  # as export does
    assert (loaded.format, loaded.licence) == (CropFormat(HEIGHT, WIDTH), "MIT (a test)")
    assert (loaded.name, loaded.report.unexpected) == ("osnet_x0_25", ())
    assert loaded.source.startswith("osnet_x0_25, fine-tuned on crops: 64 crops")


@pytest.mark.parametrize("steps", [4, 7])
def test_stopped_and_continued_is_the_same_bit_by_bit(
    tmp_path: Path, crops: Path, clip_file: Path, steps: int
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    run(crops, clip_file, whole, PROMPTS_AND_IMAGES)
    for _ in range(9):
        done: list[TrainStep] = []
        with pytest.raises(Interrupted, match="the same command goes on from there"):
            run(
                crops,
                clip_file,
                stopped,
                PROMPTS_AND_IMAGES,
                on_step=done.append,
                should_stop=lambda: len(done) >= steps,  # noqa: B023
            )
        if done[-1].stage == "images" and done[-1].epoch == 2:
            break
    run(crops, clip_file, stopped, PROMPTS_AND_IMAGES)
    assert same_tensors(whole / "last.safetensors", stopped / "last.safetensors")
    assert same_tensors(whole / "best.safetensors", stopped / "best.safetensors")
    without_speed = [
        [{**line, "images_per_second": 0} for line in log(out, "epoch")] for out in (whole, stopped)
    ]
    assert without_speed[0] == without_speed[1]


def test_killed_and_continued_is_the_same_bit_by_bit(
    tmp_path: Path, crops: Path, osnet_file: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(crops, osnet_file, whole, QUICK)

    def die(step: TrainStep) -> None:
        if (step.epoch, step.batch) == (2, 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(crops, osnet_file, killed, QUICK, on_step=die)
    run(crops, osnet_file, killed, QUICK)
    assert same_tensors(whole / "last.safetensors", killed / "last.safetensors")
    assert len(log(killed, "epoch")) == 2


def test_a_kill_between_the_two_files_of_a_save_loses_nothing(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    out = tmp_path / "out"
    run(crops, clip_file, out, PROMPTS_AND_IMAGES)
    before = load_file(out / "last.safetensors")
    # The state was written, the network not yet put in the place of the one before.
    shutil.move(out / "last.safetensors", out / "last.next.safetensors")
    shutil.copy(clip_file, out / "last.safetensors")
    run(crops, clip_file, out, PROMPTS_AND_IMAGES)
    after = load_file(out / "last.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_finished_training_is_not_done_again(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    first = run(crops, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    steps: list[TrainStep] = []
    again = run(crops, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES, on_step=steps.append)
    assert again == first
    assert not steps


def test_more_epochs_go_on_after_the_last_one(
    tmp_path: Path, crops: Path, osnet_file: Path
) -> None:
    said: list[str] = []
    for epochs in (1, 2):
        settings = {**QUICK, "images": {**QUICK["images"], "epochs": epochs}}
        run(crops, osnet_file, tmp_path / "out", settings, on_event=said.append)
    assert [line["epoch"] for line in log(tmp_path / "out", "epoch")] == [1, 2]
    openings = [line for line in said if re.search(r"people, \d+ crops of \d+ cameras", line)]
    assert len(openings) == 2
    assert "in batches of" in openings[0]
    assert "on cpu" in openings[0]


def test_another_request_does_not_go_on_with_a_training(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    run(crops, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    changed = {**PROMPTS_AND_IMAGES, "seed": 1, "prompts": {"epochs": 3, "batch_size": 40}}
    with pytest.raises(UsageError, match=r"other seed, prompts\.epochs"):
        run(crops, clip_file, tmp_path / "out", changed)
    (tmp_path / "out" / "last.state.pt").write_bytes(b"half of it")
    with pytest.raises(StoreError, match="cannot be read"):
        run(crops, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)


@pytest.mark.parametrize("with_masks", [True, False])
def test_every_loss_gets_the_masks_unless_they_are_switched_off(
    tmp_path: Path,
    crops: Path,
    clip_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_masks: bool,
) -> None:
    seen: dict[str, list[Tensor | None]] = {}

    def spy(name: str, place: int) -> Callable[..., Tensor]:
        real = getattr(losses, name)

        def call(*arguments: Any, **more: Any) -> Tensor:
            seen.setdefault(name, []).append(arguments[place])
            answer: Tensor = real(*arguments, **more)
            return answer

        return call

    names = {
        "identity_loss": 2,
        "triplet_loss": 2,
        "image_text_loss": 3,
        "supervised_contrastive_loss": 3,
    }
    for name, place in names.items():
        monkeypatch.setattr(stages, name, spy(name, place))
    settings = {**PROMPTS_AND_IMAGES, "rules": {"losses": with_masks, "sampler": False}}
    run(crops, clip_file, tmp_path / "out", settings)
    assert set(seen) == set(names)
    for masks in seen.values():
        if with_masks:
            assert all(mask is not None for mask in masks)
            # Two clips of a match meet in most batches of a plain sampler.
            assert any(mask is not None and not mask.all() for mask in masks)
        else:
            assert all(mask is None for mask in masks)


def test_the_report_counts_what_a_plain_sampler_would_get_wrong(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    aware = run(crops, clip_file, tmp_path / "aware", PROMPTS_AND_IMAGES)
    assert aware.plain is not None
    assert aware.drawn.possible == 0
    assert aware.plain.possible > 0
    settings = {**PROMPTS_AND_IMAGES, "rules": {"sampler": False}}
    assert run(crops, clip_file, tmp_path / "plain", settings).drawn == aware.plain


def test_without_query_and_gallery_a_match_is_held_out(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    manifest = read_manifest(crops / "manifest.csv").in_split("train")
    write_manifest(manifest, tmp_path / "manifest.csv")
    run(tmp_path / "manifest.csv", clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    start = log(tmp_path / "out", "start")[0]
    assert start["held_out"] in ("m0", "m1")
    assert (start["crops"], start["queries"]) == (32, 8)
    asked = {**PROMPTS_AND_IMAGES, "validation": {"match": "m9"}}
    with pytest.raises(UsageError, match="match 'm9'; there are m0, m1"):
        run(tmp_path / "manifest.csv", clip_file, tmp_path / "other", asked)


def test_without_a_second_match_the_best_is_the_last(
    tmp_path: Path, crops: Path, clip_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = read_manifest(crops / "manifest.csv").in_split("train")
    write_manifest(manifest[manifest.matches == "m0"], tmp_path / "manifest.csv")
    report = run(tmp_path, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    assert (report.best, report.best_epoch) == ({}, 2)
    assert same_tensors(tmp_path / "out/best.safetensors", tmp_path / "out/last.safetensors")
    assert "nothing to validate on" in caplog.text


def test_a_training_that_gets_no_better_ends_early(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    settings = {
        **QUICK,
        "prompts": {"epochs": 1},
        "images": {**QUICK["images"], "epochs": 9, "learning_rate": 1e-12},
        "validation": {"patience": 2},
    }
    report = run(crops, clip_file, tmp_path / "out", settings)
    assert (report.epochs, report.best_epoch) == (2, 0)


def test_a_loss_that_is_no_number_stops_the_training(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    settings = {
        **QUICK,
        "prompts": {"epochs": 1, "learning_rate": 1e38, "max_gradient_norm": 0, "batch_size": 10},
    }
    with pytest.raises(ModelError, match=r"loss is nan in stage prompts, epoch 1, batch \d+ .*low"):
        run(crops, clip_file, tmp_path / "out", settings)


def test_mixed_precision_trains_on_a_cpu_too(tmp_path: Path, crops: Path, clip_file: Path) -> None:
    settings = {**PROMPTS_AND_IMAGES, "precision": "bf16"}
    run(crops, clip_file, tmp_path / "out", settings)
    assert log(tmp_path / "out", "start")[0]["precision"] == "bfloat16"
    assert log(tmp_path / "out", "epoch")[-1]["loss"] < 20


def test_data_that_cannot_be_trained_on_is_refused(
    tmp_path: Path, crops: Path, clip_file: Path
) -> None:
    manifest = read_manifest(crops / "manifest.csv")
    cases = {
        "nobody": (manifest[:0], "no crops"),
        "no_train": (manifest.in_split("query"), "no crop .* split 'train'; its splits: 'query'"),
        "one": (manifest[manifest.identities == 0], "1 identities to train on"),
    }
    for name, (rows, message) in cases.items():
        (tmp_path / name).mkdir()
        write_manifest(rows, tmp_path / name / "manifest.csv")
        with pytest.raises(UsageError, match=message):
            run(tmp_path / name, clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    with pytest.raises(UsageError, match="does not exist"):
        run(tmp_path / "nowhere", clip_file, tmp_path / "out", PROMPTS_AND_IMAGES)
    assert not (tmp_path / "out").exists()


def test_checkpoints_and_settings_that_do_not_fit_are_refused(
    tmp_path: Path, crops: Path, clip_file: Path, osnet_file: Path
) -> None:
    other = tmp_path / "other.safetensors"
    save_checkpoint(torch.nn.Linear(2, 2), other, {})
    blind = tmp_path / "blind.safetensors"
    visual = {name: value for name, value in load_file(clip_file).items() if "visual" in name}
    save_file(visual, blind, CropFormat(HEIGHT, WIDTH).to_metadata())
    cases: list[tuple[Path, dict[str, Any], type[TouchlineError], str]] = [
        (other, {}, ModelError, "neither an OSNet of torchreid nor a CLIP"),
        (tmp_path / "missing.pth", {}, ModelError, "does not exist"),
        (blind, {}, ModelError, "no whole text encoder"),
        (clip_file, {"preset": "osnet"}, UsageError, "preset clip_reid, not osnet"),
        (osnet_file, {"prompts": {"epochs": 2}}, UsageError, "neither patches nor texts"),
        (clip_file, {"prompts": {"epochs": 0}}, UsageError, "needs learned sentences"),
        (clip_file, {"epochs": 3}, UsageError, "unknown setting 'epochs'; did you mean"),
        (clip_file, {"images": {"steps": [5, 3]}}, UsageError, "must rise"),
    ]
    for file, settings, kind, message in cases:
        with pytest.raises(kind, match=message):
            run(crops, file, tmp_path / "out", {**QUICK, **settings})


def test_the_settings_that_were_saved_give_the_same_settings_again() -> None:
    for preset in ("clip_reid", "osnet", "stripes"):
        config = check_config(TrainConfig, {"preset": preset})
        saved = yaml.safe_dump(config.model_dump(mode="json"))
        assert check_config(TrainConfig, yaml.safe_load(saved)) == config
    osnet = check_config(TrainConfig, {"preset": "osnet", "images": {"epochs": 7}})
    assert (osnet.images.epochs, osnet.images.schedule, osnet.prompts.epochs) == (7, "cosine", 0)
