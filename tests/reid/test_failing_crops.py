"""Whichever write of ``reid prepare`` fails: one clear error, and the same command goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drawn_sportsmot import walkers, write_sportsmot
from failing_writes import Writes

from touchline.errors import StoreError, TouchlineError
from touchline.folder_lock import held_alone
from touchline.reid.prepare import PrepareRequest, prepare_reid
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.sources import SourceRequest


@pytest.fixture(scope="module")
def sportsmot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clips = {"v_one_c001": walkers(1, 7), "v_two_c001": walkers(1, 7)}
    root = tmp_path_factory.mktemp("data") / "SportsMOT"
    return write_sportsmot(root, clips, val=["v_two_c001"], test=[])


def prepare(root: Path, out: Path) -> None:
    request = PrepareRequest(
        SourceRequest(sportsmot=[root]),
        out,
        PrepareConfig(holdout=0.4, crops_per_track=2, min_crops=1),
        workers=1,
    )
    prepare_reid(request, lambda *_: None, lambda: False)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_every_failing_write_is_one_error_and_the_same_command_goes_on(
    sportsmot: Path, tmp_path: Path
) -> None:
    prepare(sportsmot, tmp_path / "whole")
    expected = files_of(tmp_path / "whole")
    number, kinds = 0, set[str]()
    while True:
        number += 1
        out = tmp_path / str(number)
        writes, said = Writes(failing=number), None
        with writes.happening():
            try:
                prepare(sportsmot, out)
            except TouchlineError as error:
                said = str(error)
        if len(writes.done) < number:
            break  # there was no write of this number: all were tried
        what = writes.done[number - 1]
        kinds.add(what.split()[0])
        there = what == "mkdir" and said is None  # whoever finds the folder there asks no more
        assert there or (said is not None and "\n" not in said), what
        for name, content in files_of(out).items():
            assert name == "prepare.json" or content == expected[name], f"{name} after {what}"
        prepare(sportsmot, out)
        assert files_of(out) == expected, what
        shutil.rmtree(out)
    assert kinds == {"open", "fsync", "replace", "mkdir"}


def test_a_second_command_in_the_folder_is_refused(sportsmot: Path, tmp_path: Path) -> None:
    with (
        held_alone(tmp_path),
        pytest.raises(StoreError, match=f"another touchline is working in {tmp_path}"),
    ):
        prepare(sportsmot, tmp_path)
    prepare(sportsmot, tmp_path)
    assert (tmp_path / "manifest.csv").is_file()
