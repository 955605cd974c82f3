"""Whichever write of a gallery fails: one clear error, and all as it was before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from failing_writes import Writes
from made_people import COLOUR, scene

from touchline.errors import TouchlineError
from touchline.gallery.adding import add_people
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import match_people
from touchline.gallery.store import Person, opened

CONFIG = GalleryConfig()


def add(file: Path, who: list[int], key: str) -> None:
    clip = scene(who, key=key, seed=1).clip
    with opened(file, write=True, create=COLOUR) as gallery:
        add_people(gallery, clip, match_people(clip, gallery.people(), CONFIG), CONFIG)


def listed(file: Path) -> list[Person]:
    if not file.exists() or not file.stat().st_size:
        return []
    with opened(file) as gallery:
        return gallery.listed()


@pytest.mark.parametrize("new", [True, False])
def test_every_failing_write_is_one_error_and_leaves_the_gallery_as_it_was(
    new: bool, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    if not new:
        add(before, [0, 1], "first")
    shutil.copy(before, tmp_path / "whole") if not new else None
    add(tmp_path / "whole", [1, 2], "second")
    earlier, expected = listed(before), listed(tmp_path / "whole")
    number = 0
    while True:
        number += 1
        file = tmp_path / str(number)
        if not new:
            shutil.copy(before, file)
        writes, said = Writes(failing=number), ""
        with writes.happening():
            try:
                add(file, [1, 2], "second")
            except TouchlineError as error:
                said = str(error)
        if len(writes.done) < number:
            break  # there was no write of this number: all were tried
        what = writes.done[number - 1]
        assert said.startswith(f"gallery {file}: "), what
        assert "\n" not in said, what
        assert listed(file) == earlier, what
        add(file, [1, 2], "second")
        assert listed(file) == expected, what
    assert number > 5


def test_a_full_disk_leaves_the_gallery_as_it_was(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    file = tmp_path / "g"
    add(file, [0, 1], "first")
    before, limits = listed(file), resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing answers EFBIG
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        with pytest.raises(TouchlineError, match="gallery ") as told:
            add(file, [2, 3, 4, 5, 6], "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "\n" not in str(told.value)
    assert listed(file) == before
    add(file, [2, 3, 4, 5, 6], "second")
    assert len(listed(file)) > len(before)
