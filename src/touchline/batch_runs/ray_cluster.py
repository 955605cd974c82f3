"""Clips and parts of long clips as tasks of a Ray cluster.

A node that is lost costs what it had not put in place: its tasks run elsewhere. Whatever two
tasks put in one place is the same, and comes there whole.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ParamSpec, Self, TypeVar

from touchline.batch_runs.places import is_object_store, joined, remove
from touchline.batch_runs.tasks import join_clip, observe_part, of_this_program, plan_clip
from touchline.errors import TouchlineError, UsageError
from touchline.processors import CORES
from touchline.progress import OnProgress, ShouldStop
from touchline.run.made import program_sha256

P = ParamSpec("P")
T = TypeVar("T")

HERE = "local"
"""The address of a cluster of this machine alone, begun for the batch."""

_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 10.0
_RETRIES = 5
"""How often a task is begun again whose node or process was lost."""


@dataclass(frozen=True, slots=True)
class RayShare:
    """Which cluster works, and what of it a task takes.

    address: of the cluster, ``auto`` for the one of this machine, ``local`` for a new one. cpus,
    gpus: of a task, as Ray counts them. part_seconds: a clip is cut into parts of about this
    length, observed apart; 0: never.
    """

    address: str
    cpus: float = 2.0
    gpus: float = 0.0
    part_seconds: float = 300.0

    def __post_init__(self) -> None:
        for name, value in (("CPU", self.cpus), ("GPU", self.gpus)):
            if not 0 <= value < 1e4:
                raise UsageError(f"a {name} share of {value} is not possible: give 0 or more")
        if find_spec("ray") is None:
            raise UsageError("ray is not installed: pip install 'touchline[ray]' brings it")


class RayCluster:
    """A connection to a Ray cluster, on which tasks of ``RayWorker`` run. A context manager."""

    def __init__(self, share: RayShare) -> None:
        self._share = share
        self._mine = False

    def __enter__(self) -> Self:
        import ray

        self._ray = ray
        if not ray.is_initialized():
            _see_that_it_answers(self._share.address)
            address = None if self._share.address == HERE else self._share.address
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR")
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise TouchlineError(
                    f"no Ray cluster answers at {self._share.address}: {error}"
                ) from None
            self._mine = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._ray.shutdown()

    def start(self, work: Any, *arguments: Any) -> Any:
        """Begin a task on any node; returns what ``wait`` and ``result`` take."""
        share = self._share
        cores = str(max(1, int(share.cpus)))
        task = self._ray.remote(work).options(
            num_cpus=share.cpus,
            num_gpus=share.gpus,
            max_retries=_RETRIES,
            runtime_env={"env_vars": {CORES: cores, "OPENCV_FOR_THREADS_NUM": cores}},
        )
        return task.remote(*arguments)

    def wait(self, tasks: Sequence[Any]) -> list[Any]:
        """Those that have ended, after half a second at most."""
        ended, _ = self._ray.wait(list(tasks), num_returns=1, timeout=_LOOK_SECONDS)
        return list(ended)

    def result(self, task: Any) -> dict[str, Any]:
        """What an ended task returned."""
        try:
            answer: dict[str, Any] = self._ray.get(task)
        except self._ray.exceptions.TaskCancelledError:
            return {"stopped": "it was stopped"}
        except self._ray.exceptions.RayError as error:
            return {"failed": f"its task was lost on the cluster: {str(error).splitlines()[0]}"}
        return answer

    def cancel(self, tasks: Sequence[Any]) -> None:
        """End tasks; what they had not put in place is lost."""
        for task in tasks:
            with suppress(Exception):
                self._ray.cancel(task, force=True)


class RayExecutor(Executor):
    """Runs functions as tasks of a cluster; futures are those of ``concurrent.futures``.

    What nodes read must lie under the same paths everywhere.
    """

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster = cluster

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        task = self._cluster.start(_called, fn, args, kwargs)
        future: Future[T] = task.future()
        return future


class RayWorker:
    """Tracks one clip at a time on a cluster, all its parts at once."""

    def __init__(self, cluster: RayCluster, share: RayShare, parts_at: str) -> None:
        self._cluster, self._share, self._parts_at = cluster, share, parts_at
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True

    def pid(self) -> int:
        """The process that holds the claims: this one."""
        return os.getpid()

    def stop(self) -> None:
        """Cancel what is at work; called from another thread."""
        self._stopped = True

    kill = stop

    def track(
        self, job: Mapping[str, Any], on_progress: OnProgress, is_lost: ShouldStop
    ) -> dict[str, Any]:
        """Track a clip; as ``WorkerProcess.track``."""
        job = _with_whole_paths(job)
        planned = self._run([(plan_clip, job, self._share.part_seconds)], is_lost)[0]
        if "parts" not in planned:
            return planned
        parts, name = planned["parts"], os.path.basename(str(job["out"]))
        stores = [joined(self._parts_at, name, f"{part['first']}.sqlite") for part in parts]
        if job.get("overwrite"):
            for store in stores:
                remove(store)
        if len(parts) > 1:
            tasks = [
                (observe_part, job, part, store) for part, store in zip(parts, stores, strict=True)
            ]
            total = len(tasks)
            answers = self._run(tasks, is_lost, lambda n: on_progress("observe parts", n, total))
            wrong = next((one for one in answers if {"failed", "stopped"} & one.keys()), None)
            if wrong is not None:
                return wrong
            if any("uncut" in one for one in answers):
                stores = []
        else:
            stores = []
        answer = self._run([(join_clip, {**job, "overwrite": False}, stores)], is_lost)[0]
        if "report" in answer:
            for store in stores:
                remove(store)
        return answer

    def _run(
        self, tasks: Sequence[tuple[Any, ...]], is_lost: ShouldStop, on_ended: Any = None
    ) -> list[dict[str, Any]]:
        """The answers of tasks, in their order; of a stop, ``stopped`` for what had not ended."""
        begun = [self._cluster.start(_on_node, program_sha256(), *task) for task in tasks]
        answers = dict[Any, dict[str, Any]]()
        while waiting := [task for task in begun if task not in answers]:
            for task in self._cluster.wait(waiting):
                answers[task] = self._cluster.result(task)
                if on_ended is not None:
                    on_ended(len(answers))
            if self._stopped or is_lost():
                self._cluster.cancel(waiting)
                stopped = {"stopped": "it was stopped"}
                return [answers.get(task, stopped) for task in begun]
        return [answers[task] for task in begun]


def _see_that_it_answers(address: str) -> None:
    """Raises TouchlineError where nothing listens at a host and port: Ray asks for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        return  # auto, local, or what only Ray understands
    try:
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise TouchlineError(
            f"no Ray cluster answers at {address}: {why}; ray status says where one does"
        ) from None


def _called(fn: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
    return fn(*args, **kwargs)


def _on_node(sha256: str, work: Any, *arguments: Any) -> dict[str, Any]:
    """What a task does of a batch: ``work`` on a node that has the same program."""
    wrong = of_this_program(sha256)
    if wrong is not None:
        return {"failed": wrong}
    answer: dict[str, Any] = work(*arguments)
    return answer


def _with_whole_paths(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with paths that mean the same in any working directory."""

    def whole(path: str) -> str:
        return os.path.abspath(path) if os.path.exists(path) else path

    models = dict(job["settings"].get("models", {}))
    models = {name: whole(v) if isinstance(v, str) else v for name, v in models.items()}
    out = str(job["out"])
    settings = {**job["settings"], **({"models": models} if models else {})}
    out = out if is_object_store(out) else os.path.abspath(out)
    return {**job, "source": whole(str(job["source"])), "settings": settings, "out": out}
