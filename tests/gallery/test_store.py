"""One file holds a gallery, whole before and after a kill, and for one writer at a time."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_people import COLOUR, scene

from touchline.embedder_facts import EmbedderFacts
from touchline.errors import StoreError, UsageError
from touchline.gallery.adding import add_people
from touchline.gallery.changes import remove_person
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import match_people
from touchline.gallery.store import Gallery, opened

CONFIG = GalleryConfig()


def filled(file: Path, who: list[int], key: str = "first") -> None:
    clip = scene(who, key=key, seed=1).clip
    with opened(file, write=True, create=COLOUR) as gallery:
        matches = match_people(clip, gallery.people(), CONFIG)
        add_people(gallery, clip, matches, CONFIG)


def test_what_is_added_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "match.gallery"
    filled(file, [0, 1, 2])
    with opened(file) as gallery:
        people, listed = gallery.people(), gallery.listed()
        assert gallery.embedder == COLOUR
        assert gallery.clips() == {1: "first"}
        assert gallery.remembered("first", "first tracks") == {1: 1, 11: 2, 21: 3}
        assert gallery.remembered("first", "other tracks") == {}
    assert [(person.person, person.name, person.seconds) for person in listed] == [
        (1, None, 4.0),
        (2, None, 4.0),
        (3, None, 4.0),
    ]
    truth = scene([0, 1, 2], seed=1).clip.people
    assert people.ids.tolist() == [1, 2, 3]
    np.testing.assert_allclose(people.embeddings, truth.embeddings, atol=2e-3)  # float16
    assert people.counts.tolist() == truth.counts.tolist()


def test_a_kept_gallery_recognises_the_next_clip(tmp_path: Path) -> None:
    filled(tmp_path / "g", [0, 1, 2, 3, 4])
    second = scene([4, 2, 0, 1], seed=2)
    with opened(tmp_path / "g") as gallery:
        matches = match_people(second.clip, gallery.people(), CONFIG)
    assert matches.persons.tolist() == [5, 3, 1, 2]


def _remove(gallery: Gallery, *persons: int) -> None:
    for person in persons:
        remove_person(gallery, person)


def test_an_error_leaves_the_gallery_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "g"
    filled(file, [0, 1])
    before = file.read_bytes()
    with pytest.raises(UsageError, match="no person 9"), opened(file, write=True) as gallery:
        _remove(gallery, 1, 9)
    assert file.read_bytes() == before


def test_a_kill_leaves_the_gallery_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "g"
    filled(file, [0, 1])
    # A small cache makes SQLite write into the file before the end, with a journal beside it.
    code = f"""
import os, signal
from pathlib import Path
from touchline.gallery.store import opened
with opened(Path({str(file)!r}), write=True) as gallery:
    gallery.connection.execute("PRAGMA cache_size = 1")
    gallery.connection.execute("DELETE FROM embeddings")
    gallery.connection.execute("UPDATE people SET name = hex(randomblob(200000))")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert Path(f"{file}-journal").exists()
    with opened(file) as gallery:
        assert [person.name for person in gallery.listed()] == [None, None]
        assert len(gallery.people().embeddings) == 16


def hold(file: Path, ready: multiprocessing.synchronize.Event) -> None:
    with opened(file, write=True):
        ready.set()
        signal.pause()


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    file = tmp_path / "g"
    filled(file, [0])
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=hold, args=(file, ready))
    holder.start()
    try:
        assert ready.wait(120)  # a process starts slowly on a busy machine
        with pytest.raises(StoreError, match="another touchline is changing it; wait"):
            filled(file, [1], key="second")
        with opened(file) as gallery:  # reading goes on
            assert len(gallery.listed()) == 1
    finally:
        holder.kill()
        holder.join()
    filled(file, [1], key="second")


def test_a_missing_gallery_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="does not exist: touchline gallery add RUN"),
        opened(tmp_path / "g"),
    ):
        pass
    assert not (tmp_path / "g").exists()
    with (
        pytest.raises(StoreError, match=r"the folder .* does not exist"),
        opened(tmp_path / "no" / "g", create=COLOUR),
    ):
        pass


def test_another_file_is_no_gallery(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("people" * 1000)
    with pytest.raises(StoreError, match="damaged or no gallery"), opened(text):
        pass
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE facts (name TEXT, value TEXT)")
    connection.close()
    with (
        pytest.raises(StoreError, match="is not a gallery"),
        opened(other, write=True, create=COLOUR),
    ):
        pass


def test_a_gallery_of_another_version_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "g", [0])
    with opened(tmp_path / "g", write=True) as gallery:
        gallery.connection.execute("UPDATE facts SET value = '99' WHERE name = 'gallery'")
    with pytest.raises(StoreError, match="another version"), opened(tmp_path / "g"):
        pass


def test_embedders_are_told_apart_by_their_file() -> None:
    osnet = EmbedderFacts("osnet.onnx", "ab" * 32, 512)
    osnet.require_same(EmbedderFacts("renamed.onnx", "ab" * 32, 512), "this", "that")
    for other in (
        EmbedderFacts("osnet.onnx", "cd" * 32, 512),
        EmbedderFacts("osnet.onnx", "ab" * 32, 128),
        EmbedderFacts("colour", None, 512),
    ):
        with pytest.raises(UsageError, match="two embedders cannot be compared"):
            osnet.require_same(other, "this", "that")
    with pytest.raises(UsageError, match="two embedders"):
        COLOUR.require_same(EmbedderFacts("stripes", None, COLOUR.size), "this", "that")
