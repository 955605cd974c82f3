"""What one process does of a batch: a clip, or a part of one. The same here and on a cluster."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from touchline.batch_runs.places import fetch, is_object_store, is_there, publish, put
from touchline.errors import Interrupted, PartError, TouchlineError, one_line
from touchline.progress import OnProgress, ShouldStop
from touchline.run.folder import RunFolder
from touchline.run.made import program_sha256
from touchline.run.observe_step import observe_run
from touchline.run.parts import join_parts, plan_parts
from touchline.run.request import ClipPart, RunRequest
from touchline.run.track import track_run

Job = Mapping[str, Any]
"""The arguments of a RunRequest as plain values, with addresses of object stores allowed for
source and out."""


def track_clip(job: Job, on_progress: OnProgress, should_stop: ShouldStop) -> dict[str, Any]:
    """Track a clip into its run folder; ``report``, ``failed`` or ``stopped`` of what came of it.

    scratch of the job: where it is tracked, and left after a stop, if out is an object store.
    """

    def track() -> dict[str, Any]:
        scratch = job.get("scratch")
        if scratch is None:
            return {"report": track_run(_request(job), on_progress, should_stop).as_json()}
        local = _fetched(job, Path(scratch))
        report = track_run(_request(local), on_progress, should_stop)
        publish(local["out"], str(job["out"]))
        shutil.rmtree(scratch, ignore_errors=True)
        return {"report": report.as_json()}

    return answer_of(track)


def plan_clip(job: Job, seconds: float) -> dict[str, Any]:
    """Its ``parts``, as plain values: one where it is short or cannot be cut."""

    def plan() -> dict[str, Any]:
        with _scratch() as scratch:
            request = _request(_fetched(job, scratch))
            parts = plan_parts(request, seconds if seconds > 0 else float("inf"))
        return {"parts": [asdict(part) for part in parts]}

    return answer_of(plan)


def observe_part(job: Job, part: Mapping[str, Any], store: str) -> dict[str, Any]:
    """Observe a part of a clip and put its store at the address ``store``; ``observed``: frames.

    ``uncut`` where the clip turns out not to be one that can be observed in parts.
    """

    def observe() -> dict[str, Any]:
        if not is_there(store):
            with _scratch() as scratch:
                request = _request({**_fetched(job, scratch), "part": ClipPart(**part)})
                try:
                    observe_run(request, lambda *_: None, lambda: False)
                except PartError as error:
                    return {"uncut": str(error)}
                put(RunFolder(request.out).observations, store)
        return {"observed": part["first"]}

    return answer_of(observe)


def join_clip(job: Job, stores: Sequence[str]) -> dict[str, Any]:
    """Join the parts of a clip, link and draw them and put the run folder in its place.

    Without parts, or where they do not fit, the clip is observed in one go.
    """

    def join() -> dict[str, Any]:
        with _scratch() as scratch:
            request = _request(_fetched(job, scratch))
            if stores:
                with suppress(PartError):
                    local = [
                        fetch(store, scratch / "parts" / str(number))
                        for number, store in enumerate(stores)
                    ]
                    join_parts(request, local)
            report = track_run(request, lambda *_: None, lambda: False)
            publish(request.out, str(job["out"]))
        return {"report": report.as_json()}

    return answer_of(join)


def answer_of(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns, or why it did not, as one line."""
    try:
        return work()
    except Interrupted as error:
        return {"stopped": str(error)}
    except TouchlineError as error:
        return {"failed": str(error)}
    except MemoryError:
        return {"failed": "there is not enough memory for this clip"}
    except OSError as error:
        return {"failed": one_line(f"{error.filename or 'a file'}: {error.strerror or error}")}
    except Exception as error:  # the other clips are not to suffer from a fault of ours
        kind = type(error).__name__
        return {"failed": one_line(f"a fault of the program ({kind}: {error}): please report it")}


def of_this_program(sha256: str) -> str | None:
    """Why this machine must not work for another one with that program; None where it may."""
    if sha256 == program_sha256():
        return None
    return f"{platform.node()} has another version of touchline: install the same everywhere"


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder of this machine that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="touchline-") as folder:
        yield Path(folder)


def _fetched(job: Job, scratch: Path) -> dict[str, Any]:
    """The job with its source on this machine and its run folder in ``scratch``."""
    source = str(job["source"])
    if is_object_store(source):
        video = scratch / "video"
        have = next(iter(video.glob("[!.]*")), None) if video.is_dir() else None
        source = str(have or fetch(source, video))
    return {**job, "source": source, "out": scratch / "run"}


def _request(job: Job) -> RunRequest:
    plain = {name: value for name, value in job.items() if name != "scratch"}
    return RunRequest(**{**plain, "out": Path(plain["out"])})
