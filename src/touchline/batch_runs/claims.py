"""Who works on which clip: files that are made by one process alone, and survive a killed one.

The claim of a clip is a file of the clip's name behind a number. The highest number holds. Where
its holder is dead, whoever makes the file of the next number has it, and nobody else can: files
are made exclusively. A holder touches its file every few seconds. On the same machine a process
that is gone is dead at once; elsewhere one whose file did not change for two minutes of our own
clock, so that no clock needs to agree with another, or to go forward.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import StoreError
from touchline.foreign_text import ForeignTextError, file_text, json_values

BEAT_SECONDS = 10.0
"""Time between two signs of life of a holder."""

DEAD_SECONDS = 120.0
"""A holder elsewhere without a sign of life for so long is dead."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that works on a clip: on which machine, its number, and when it began there."""

    place: str
    pid: int
    begun: str

    @classmethod
    def of(cls, pid: int) -> Holder:
        """The process ``pid`` of this machine."""
        return cls(_place(), pid, _begun(pid))

    def is_gone(self) -> bool | None:
        """Whether the process has ended; None: it ran elsewhere, and cannot be asked."""
        if self.place != _place():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:  # somebody else's, so it is there
            pass
        return self.begun != _begun(self.pid)


class Claims:
    """The claims of the clips of one batch, in a folder that several processes share.

    clock: monotonic seconds. Use as a context manager: what is held is let go at the end.
    """

    def __init__(
        self,
        folder: Path,
        *,
        beat_seconds: float = BEAT_SECONDS,
        dead_seconds: float = DEAD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._dead_seconds, self._clock = dead_seconds, clock
        self._held: dict[str, Path] = {}
        self._watched: dict[Path, tuple[int, float, int]] = {}  # touched, since when, how often
        self._ended = threading.Event()
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write to {folder}: {error.strerror}; choose another folder"
            ) from None
        self._beat = threading.Thread(
            target=self._keep_alive, args=(beat_seconds,), name="touchline-claims", daemon=True
        )
        self._beat.start()

    def __enter__(self) -> Claims:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._beat.join()
        for name in list(self._held):
            self.release(name)

    def take(self, name: str, pid: int) -> bool:
        """Claim a clip for a process of this machine; False: another one works on it.

        Raises StoreError where the claim cannot be written.
        """
        number, file = self._highest(name)
        if file is not None and not self._is_dead(file):
            return False
        mine = self._folder / f"{number + 1}.{name}"
        try:
            handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return False
        except OSError as error:
            raise StoreError(f"claim {mine} cannot be written: {error.strerror}") from None
        holder = Holder.of(pid)
        text = {"place": holder.place, "pid": holder.pid, "begun": holder.begun}
        # Without its text the claim holds as long as it is touched.
        with suppress(OSError), os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(text, out)
        with self._lock:
            self._held[name] = mine
        return True

    def release(self, name: str) -> None:
        """Let a clip go that was taken; what was claimed before it by dead processes goes first."""
        with self._lock:
            mine = self._held.pop(name, None)
        if mine is None:
            return
        last = int(mine.name.partition(".")[0])
        for number in range(1, last + 1):
            with suppress(OSError):
                (self._folder / f"{number}.{name}").unlink(missing_ok=True)

    def is_lost(self, name: str) -> bool:
        """Whether another process took a clip over that is held, since we seemed dead."""
        with self._lock:
            mine = self._held.get(name)
        return mine is not None and self._highest(name)[1] != mine

    def is_doubtful(self, name: str) -> bool:
        """Whether it is not known yet if the holder lives: it is elsewhere, and gave no sign."""
        _, file = self._highest(name)
        return file is not None and self._watched.get(file, (0, 0.0, 0))[2] == 1

    def _highest(self, name: str) -> tuple[int, Path | None]:
        """Number and file of the claim that holds; (0, None) where there is none."""
        numbers = [
            int(head)
            for head, _, rest in (entry.partition(".") for entry in os.listdir(self._folder))
            if rest == name and head.isdecimal()
        ]
        if not numbers:
            return 0, None
        return max(numbers), self._folder / f"{max(numbers)}.{name}"

    def _is_dead(self, file: Path) -> bool:
        holder = _holder_in(file)
        gone = None if holder is None else holder.is_gone()
        if gone is not None:
            return gone
        try:
            touched = file.stat().st_mtime_ns
        except OSError:
            return True
        before = self._watched.get(file)
        if before is None or before[0] != touched:
            signs = 1 if before is None else before[2] + 1
            self._watched[file] = before = (touched, self._clock(), signs)
        return self._clock() - before[1] >= self._dead_seconds

    def _keep_alive(self, seconds: float) -> None:
        """Thread body: signs of life of all that is held."""
        while not self._ended.wait(seconds):
            with self._lock:
                held = list(self._held.values())
            for file in held:
                with suppress(OSError):
                    os.utime(file)


def _holder_in(file: Path) -> Holder | None:
    try:
        said: Any = json_values(file_text(file))
        return Holder(str(said["place"]), int(said["pid"]), str(said["begun"]))
    except (OSError, ForeignTextError, LookupError, TypeError, ValueError):
        return None


def _place() -> str:
    """This machine since it was started, and what of its processes can be seen from here."""
    boot = _first_line("/proc/sys/kernel/random/boot_id")
    try:
        seen = os.readlink("/proc/self/ns/pid")
    except OSError:
        seen = ""
    return f"{socket.gethostname()} {boot} {seen}"


def _begun(pid: int) -> str:
    """When the process began, in a unit of the system; empty where it does not say."""
    text = _first_line(f"/proc/{pid}/stat")
    fields = text.rpartition(")")[2].split()
    ended = fields[:1] in (["Z"], ["X"])  # and nobody has asked how
    return fields[19] if len(fields) > 19 and not ended else ""


def _first_line(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:
        return ""
