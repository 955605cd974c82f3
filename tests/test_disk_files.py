"""Files have their name when they are whole and on disk, and nobody waits at a pipe."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from touchline import disk_files
from touchline.disk_files import default_mode, put_in_place, refuse_pipe, whole_file
from touchline.errors import StoreError, UsageError
from touchline.formats.atomic_text import atomic_text

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs named pipes and modes")


@posix_only
def test_content_is_on_disk_before_the_name_and_the_name_before_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    sync, replace = os.fsync, os.replace

    def note_sync(handle: int) -> None:
        happened.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "content")
        sync(handle)

    def note_replace(draft: Path, file: Path) -> None:
        happened.append("name")
        replace(draft, file)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    with whole_file(tmp_path / "crop.jpg") as draft:
        draft.write_bytes(b"image")
    assert happened == ["content", "name", "folder"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_step_keeps_what_was_there_and_leaves_no_draft(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"earlier")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"), whole_file(file) as draft:
        draft.write_bytes(b"new")
    assert file.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [file]


@posix_only
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_that_a_library_made_for_one_reader_gets_the_usual_mode(
    umask: int, mode: int, tmp_path: Path
) -> None:
    file = tmp_path / "weights"
    file.touch()
    file.chmod(0o600)
    before = os.umask(umask)
    try:
        default_mode(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [file]


@posix_only
def test_a_link_is_put_aside_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    other, link, draft = (tmp_path / name for name in ("other", "link", "draft"))
    other.write_text("mine")
    link.symlink_to(other)
    draft.write_text("new")
    put_in_place(draft, link)
    assert (link.read_text(), other.read_text()) == ("new", "mine")


@posix_only
def test_a_pipe_is_refused_as_input_and_what_a_shell_hands_over_is_not(tmp_path: Path) -> None:
    pipe = tmp_path / "det.txt"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match=r"det\.txt is a pipe, not a file: .* give that"):
        refuse_pipe(pipe)
    reading, writing = os.pipe()
    try:
        refuse_pipe(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)
    refuse_pipe(tmp_path / "none")
    refuse_pipe(tmp_path)


@posix_only
def test_a_pipe_from_which_nobody_reads_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(disk_files, "_LISTENER_SECONDS", 0.1)
    with pytest.raises(StoreError, match="that nobody reads"), atomic_text(pipe) as text:
        text.write("scores")


@posix_only
def test_a_reader_of_a_pipe_may_come_a_little_later(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []

    def listen() -> None:
        time.sleep(0.2)
        read.append(pipe.read_text())

    listener = threading.Thread(target=listen)
    listener.start()
    with atomic_text(pipe) as text:
        text.write("scores")
    listener.join()
    assert read == ["scores"]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs /dev/stdout")
def test_standard_output_that_leads_to_a_file_is_written_to(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from touchline.formats.atomic_text import atomic_text\n"
        "with atomic_text(Path('/dev/stdout')) as text: text.write('scores')"
    )
    with (tmp_path / "out").open("w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "scores"
    assert Path("/dev/stdout").is_symlink()
