"""The other side of a worker process: give it a clip, hear how far it is, stop or replace it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import touchline
from touchline.batch_runs.worker import STOP
from touchline.processors import CORES, usable_cores
from touchline.progress import OnProgress, ShouldStop

_END_SECONDS = 10.0
"""How long a worker without work may take to end."""

_LOST_SECONDS = 5.0
"""Time between two looks whether the clip at work was taken over by somebody else."""


class WorkerProcess:
    """One of ``count`` worker processes on this machine; begun when it is needed, and again after
    it died. Use as a context manager.
    """

    def __init__(self, count: int) -> None:
        cores = str(max(1, usable_cores() // count))
        root = str(Path(touchline.__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._environment = {
            **os.environ,
            CORES: cores,
            "OMP_NUM_THREADS": cores,
            "OPENCV_FOR_THREADS_NUM": cores,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def pid(self) -> int:
        """The number of the process."""
        return self._running().pid

    def track(
        self, job: Mapping[str, Any], on_progress: OnProgress, is_lost: ShouldStop
    ) -> dict[str, Any]:
        """Track a clip; ``report``, ``failed`` or ``stopped`` of what came of it.

        job: arguments of a RunRequest. is_lost: asked every few seconds; True stops the clip.
        """
        process = self._running()
        assert process.stdout is not None
        self._say(json.dumps(job, default=str))
        if self._stopped:
            self._say(STOP)
        looked, lost = time.monotonic(), False
        for line in process.stdout:
            answer: dict[str, Any] = json.loads(line)
            if "stage" not in answer:
                if lost:
                    self._end()  # it was told to stop for good
                return answer
            on_progress(answer["stage"], answer["done"], answer["total"])
            if not lost and time.monotonic() - looked > _LOST_SECONDS:
                looked, lost = time.monotonic(), is_lost()
                if lost:
                    self._say(STOP)
        return {"failed": self._death(process)}

    def stop(self) -> None:
        """Ask for an end after the frames at work; called from another thread."""
        self._stopped = True
        self._say(STOP)

    def kill(self) -> None:
        """End it at once; what it had committed is kept."""
        process = self._process
        if process is not None:
            with suppress(OSError):
                process.kill()

    def _say(self, line: str) -> None:
        """Send a line; a dead process gets none, and gives no answer."""
        process = self._process
        if process is not None and process.stdin is not None:
            with self._lock, suppress(OSError, ValueError):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "touchline.batch_runs.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches who started the batch, and who decides
            )
        return self._process

    def _death(self, process: subprocess.Popen[str]) -> str:
        """Why there is no answer."""
        code = process.wait()
        self._end()
        if code >= 0:
            return f"its process ended by itself with {code}: please report it"
        name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
        if -code == getattr(signal, "SIGKILL", None):
            return (
                f"its process was killed ({name}), as systems do that run out of memory: fewer "
                "workers take less"
            )
        return f"its process was killed ({name})"

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
