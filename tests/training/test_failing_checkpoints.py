"""Whichever write of a training fails: one clear error, and the same command goes on from there."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from failing_writes import Writes
from safetensors.torch import load_file, save_file
from toy_training import Toy, run

from touchline.errors import StoreError, TouchlineError
from touchline.training import checkpoints

SCORES = [0.1, 0.3]


class Short(Toy):
    """One stage of one epoch."""

    def __init__(self, scores: list[float]) -> None:
        super().__init__(1, scores)
        self.stages = {"only": 1}


@contextmanager
def on_a_disk(writes: Writes) -> Iterator[None]:
    """Checkpoints are written by torch and safetensors, of which Python sees nothing else."""

    def counted(name: str, real: Callable[..., None]) -> Callable[..., None]:
        def save(*given: Any, **more: Any) -> None:
            if writes.count(name):
                file = next(one for one in given if isinstance(one, Path))
                file.write_bytes(b"half of i")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(*given, **more)

        return save

    with (
        mock.patch.object(torch, "save", counted("state", torch.save)),
        mock.patch.object(checkpoints, "save_file", counted("network", save_file)),
        writes.happening(),
    ):
        yield


def train(out: Path) -> None:
    log = out / "log.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    state = out / "last.state.pt"
    saved = torch.load(state, weights_only=True)["log_bytes"] if state.exists() else 0
    kept = len(log.read_bytes()[:saved].splitlines()) if log.exists() else 0
    seen = sum(json.loads(line)["event"] == "validation" for line in lines[:kept])
    run(Short(SCORES[seen:]), out)


def weights(out: Path) -> list[float]:
    names = ("best.safetensors", "last.safetensors")
    return [load_file(out / name)["weight"].item() for name in names]


def events(out: Path) -> list[tuple[str, int | None]]:
    entries = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [(entry["event"], entry.get("epoch")) for entry in entries]


def test_every_failing_write_is_one_error_and_the_same_command_goes_on(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    expected, log = weights(tmp_path / "whole"), events(tmp_path / "whole")
    number, kinds = 0, set[str]()
    while True:
        number += 1
        out = tmp_path / str(number)
        writes, said = Writes(failing=number), None
        with on_a_disk(writes):
            try:
                train(out)
            except TouchlineError as error:
                said = str(error)
        if len(writes.done) < number:
            break  # there was no write of this number: all were tried
        what = writes.done[number - 1]
        kinds.add(what.split()[0])
        there = what == "mkdir" and said is None  # whoever finds the folder there asks no more
        assert there or (said is not None and "\n" not in said), what
        train(out)
        assert weights(out) == expected, what
        assert events(out) == log, what
        assert not list(out.glob(".*.part")), what
        shutil.rmtree(out)
    assert {"state", "network", "open", "fsync", "replace", "mkdir"} <= kinds


def test_a_second_training_in_the_folder_is_refused(tmp_path: Path) -> None:
    class Meanwhile(Short):
        def facts(self) -> dict[str, Any]:
            with pytest.raises(StoreError, match=f"another touchline is working in {tmp_path}"):
                run(Short(SCORES), tmp_path)
            return super().facts()

    run(Meanwhile(SCORES), tmp_path)
    assert weights(tmp_path)
