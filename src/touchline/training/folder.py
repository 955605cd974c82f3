"""The folder of a training: its files are whole at every moment, so that it resumes exactly.

``train.yaml`` all settings; ``log.jsonl`` what happened; ``best.safetensors`` the network with the
highest mAP; ``last.safetensors`` the network now and ``last.state.pt`` what else it takes to go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from touchline.config import ConfigSection
from touchline.disk_files import put_in_place, whole_file
from touchline.errors import StoreError, UsageError
from touchline.folder_lock import held_alone
from touchline.foreign_text import shown
from touchline.formats.atomic_text import atomic_text
from touchline.training.checkpoints import read_checkpoint, save_checkpoint

BEST = "best.safetensors"
LAST = "last.safetensors"
SETTINGS = "train.yaml"
LOG = "log.jsonl"
_STATE = "last.state.pt"
_NEXT = "last.next.safetensors"

_NO_MATTER = ("workers", "cache_megabytes", "licence")
"""Settings that do not change what is learned."""


@dataclass
class Progress:
    """Progress of a training, as plain values.

    stage: the name of the one at work. epoch: at work, from 1; one more after the last. batch: how
    many of its batches are done. sums: of losses and what else a step tells, over these. stale:
    validations since the best one. first, last, best: scores before training, of the latest
    validation and of the best network; best_epoch, best_rank: its epoch, 0 before training, and
    what it was compared by.
    """

    stage: str = ""
    epoch: int = 1
    batch: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    stale: int = 0
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    best_rank: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """What a training was asked for; a different request cannot resume it."""

    settings: dict[str, Any]
    data: str
    checkpoint: str
    processes: int


class TrainFolder:
    """A folder that is written by one process. Raises StoreError where it cannot be."""

    def __init__(self, path: Path, request: Request) -> None:
        self.path = path
        self._request = request

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, and keep every other training out of it until the block ends."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a file" if self.path.is_file() else error.strerror
            raise StoreError(f"cannot write to {self.path}: {reason}; choose another --out") from (
                None
            )
        with held_alone(self.path):
            yield

    def begin(self, config: ConfigSection, command: str) -> None:
        """Write the settings into the folder; ``command`` takes them."""
        with atomic_text(self.path / SETTINGS) as text:
            text.write(f"# touchline {command} --config {SETTINGS} does the same again.\n")
            yaml.safe_dump(config.model_dump(mode="json"), text, sort_keys=False)
        self.cut_log(0)  # of one that was cut off before anything was saved

    def save(
        self,
        network: nn.Module,
        metadata: Mapping[str, str],
        progress: Progress,
        optimisation: Mapping[str, Any],
    ) -> None:
        """Write the network and what else is needed to resume; never a mix of two saves.

        optimisation: tensors and plain values.
        """
        log = self.path / LOG
        content = {
            "optimisation": dict(optimisation),
            "progress": asdict(progress),
            "request": asdict(self._request),
            "log_bytes": log.stat().st_size if log.is_file() else 0,
        }
        token = f"{progress.stage} {progress.epoch} {progress.batch}"
        save_checkpoint(network, self.path / _NEXT, {**metadata, "state": token})
        try:
            with whole_file(self.path / _STATE) as draft:
                torch.save({**content, "network": token}, draft)
            # From here on the new network counts.
            put_in_place(self.path / _NEXT, self.path / LAST)
        except (OSError, RuntimeError) as error:
            raise StoreError(f"{self.path / _STATE} cannot be written: {error}") from None

    def load(self) -> tuple[dict[str, Tensor], Progress, dict[str, Any]] | None:
        """The network, the progress and all that was saved; None where nothing is.

        Raises UsageError where another request is at work in the folder, StoreError for files
        that do not belong together.
        """
        file = self.path / _STATE
        if not file.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
            progress, asked = Progress(**state["progress"]), Request(**state["request"])
            _check_kinds(progress, asked, state)
        # Corrupt bytes make the reader raise nearly any error.
        except Exception as error:
            reason = shown(str(error) or type(error).__name__, 200)
            raise StoreError(f"{file} cannot be read: {reason}; choose another --out") from None
        self._check(asked)
        for name in (_NEXT, LAST):
            if not (self.path / name).is_file():
                continue
            found = read_checkpoint(self.path / name)
            if found.metadata.get("state") == state["network"]:
                if name == _NEXT:
                    self._bring_forward()
                return found.tensors, progress, state
        raise StoreError(f"{self.path / LAST} does not belong to {_STATE}: choose another --out")

    def _bring_forward(self) -> None:
        """Let the newer network be the last one, as the save that was cut off meant to."""
        try:
            put_in_place(self.path / _NEXT, self.path / LAST)
        except OSError as error:
            raise StoreError(f"{self.path / LAST} cannot be written: {error.strerror}") from None

    def cut_log(self, length: int) -> None:
        """Remove the log lines that were written after the last save."""
        log = self.path / LOG
        try:
            if log.is_file():
                with log.open("r+b") as text:
                    text.truncate(length)
        except OSError as error:
            raise StoreError(f"{log} cannot be written: {error.strerror}") from None

    def note(self, event: str, **values: Any) -> None:
        """Append a line to the log."""
        try:
            with (self.path / LOG).open("a", encoding="utf-8") as text:
                text.write(json.dumps({"event": event, **values}) + "\n")
        except OSError as error:
            raise StoreError(f"{self.path / LOG} cannot be written: {error.strerror}") from None

    def _check(self, asked: Request) -> None:
        begun, now = (
            replace(request, settings=_flat(request.settings)) for request in (asked, self._request)
        )
        names = [name for name in now.settings if begun.settings.get(name) != now.settings[name]]
        others = {"data": "--data", "checkpoint": "--checkpoint", "processes": "processes"}
        names += [
            told for name, told in others.items() if getattr(begun, name) != getattr(now, name)
        ]
        if names:
            raise UsageError(
                f"{self.path} holds a training run with other {', '.join(names)}: choose another "
                f"--out, or go on with what {self.path / SETTINGS} was made for"
            )


def _check_kinds(progress: Progress, asked: Request, state: Mapping[str, Any]) -> None:
    """Raises ValueError for values of other types than ``save`` writes."""
    fresh = Progress()
    good = {
        name: type(value) is type(getattr(fresh, name)) for name, value in vars(progress).items()
    }
    good["settings"] = isinstance(asked.settings, dict)
    good["optimisation"] = isinstance(state["optimisation"], dict)
    good["network"] = isinstance(state["network"], str)
    good["log_bytes"] = isinstance(state["log_bytes"], int) and state["log_bytes"] >= 0
    for name, right in good.items():
        if not right:
            raise ValueError(f"{name} is another kind of value")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted names and values, of the settings that matter."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif prefix + name not in _NO_MATTER:
            found[prefix + name] = value
    return found
