"""Cuts crops of people from tracking ground truth, with lists, a manifest and a report."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from touchline.config import first_difference
from touchline.disk_files import sync_folder
from touchline.errors import Interrupted, StoreError, UsageError
from touchline.folder_lock import held_alone
from touchline.foreign_text import file_text, json_values
from touchline.formats.atomic_text import atomic_text
from touchline.processors import usable_cores
from touchline.progress import OnProgress, ShouldStop
from touchline.reid.cutting import (
    check_space,
    copy_crop,
    copy_jobs,
    cut_crops,
    cut_jobs,
    is_finished,
)
from touchline.reid.folders import read_market1501
from touchline.reid.lists import LISTS, gid2info_text, list_text
from touchline.reid.manifest import write_manifest
from touchline.reid.match_split import match_split
from touchline.reid.original_split import identity_split
from touchline.reid.plan import NO_CROPS, CropPlan, with_copies
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.prepare_report import make_report
from touchline.reid.sources import CropSource, SourceRequest, read_sources

logger = logging.getLogger(__name__)

REPORT = "prepare.json"
"""Request and report; written first, so that a folder says what it is for."""

_CURE = "choose another folder with --out"

_STAGE = "cut crops"
_MAX_WORKERS = 8


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """Request for a data set: sources, a folder, how crops are drawn.

    market1501: a folder of that data set, of which the training part is mixed in, or all of it is
    taken where there is no other source. workers: threads, on which the result does not depend;
    None takes the processors there are, at most 8.
    """

    sources: SourceRequest
    out: Path
    config: PrepareConfig = field(default_factory=PrepareConfig)
    market1501: Path | None = None
    workers: int | None = None


def prepare_reid(
    request: PrepareRequest, on_progress: OnProgress, should_stop: ShouldStop
) -> dict[str, Any]:
    """Draw and cut the crops; returns what ``prepare.json`` says.

    Everything is drawn before anything is cut. A call that was stopped or killed is continued by
    the same call: crops that are there are not cut again. Lists and manifest come last.

    Raises UsageError where sources are missing or do not fit, where the folder holds something
    else or crops of another request; StoreError where the disk is too full; Interrupted where
    ``should_stop`` ended it.
    """
    sources, warnings = read_sources(request.sources)
    plan = _draw(sources, request)
    report = {
        "complete": False,
        "request": _asked(sources, plan, request.config),
        **make_report(plan).as_json(),
    }
    report["warnings"] = [*warnings, *_doubts(report)]
    _make_folder(request.out)
    with held_alone(request.out):
        _open_folder(request.out, report)
        if not _fill(request, sources, plan, on_progress, should_stop):
            names = plan.manifest.paths.tolist()
            done = sum(is_finished(request.out / name) for name in names)
            raise Interrupted(
                f"stopped after {done} of {len(names)} crops, kept in {request.out}; "
                "the same command goes on from there"
            )
        _sync_crops(plan, request.out)
        _write_tables(plan, request.out)
        report["complete"] = True
        _write_report(report, request.out)
    return report


def _fill(
    request: PrepareRequest,
    sources: list[CropSource],
    plan: CropPlan,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> bool:
    """Cut and copy what is missing; returns whether everything is there now."""
    jobs = cut_jobs(plan, [source.image_source for source in sources], request.out)
    copies = copy_jobs(plan, request.out)
    check_space(jobs, copies, request.out)
    total = len(plan.manifest)
    there = total - len(copies) - sum(job.crops for job in jobs)

    def report_done(done: int) -> None:
        on_progress(_STAGE, there + done, total)

    workers = request.workers or min(usable_cores(), _MAX_WORKERS)
    if not cut_crops(jobs, request.config.quality, workers, report_done, should_stop):
        return False
    there = total - len(copies)
    for done, (source, file) in enumerate(copies, start=1):
        if should_stop():
            return False
        copy_crop(source, file)
        report_done(done)
    return True


def _draw(sources: list[CropSource], request: PrepareRequest) -> CropPlan:
    clips = [source.truth for source in sources]
    config = request.config
    if not clips and request.market1501 is None:
        raise UsageError(
            "no source is given: --sportsmot, --mot, --video with --truth, or --market1501"
        )
    plan = NO_CROPS
    if clips and config.split == "identity":
        plan = identity_split(clips, config)
    elif clips:
        plan = match_split(clips, config)
    if request.market1501 is not None:
        if not os.path.isdir(request.market1501):
            raise UsageError(f"{request.market1501} is not a folder; give the Market-1501 folder")
        plan = with_copies(plan, read_market1501(request.market1501), "market1501")
    return plan


def _asked(sources: list[CropSource], plan: CropPlan, config: PrepareConfig) -> dict[str, Any]:
    """Everything the files in the folder depend on; moved data counts as the same."""
    copies = [(file.name, file.stat().st_size) for file in plan.copies]
    digest = hashlib.sha256(repr((plan.cuts, copies)).encode())
    for column in (plan.manifest.paths, plan.manifest.splits):
        digest.update("\n".join(column.tolist()).encode())
    return {
        "settings": config.model_dump(mode="json"),
        "clips": {source.truth.name: source.truth.fingerprint() for source in sources},
        "crops": digest.hexdigest()[:16],
    }


def _doubts(report: Mapping[str, Any]) -> list[str]:
    """Reasons to doubt scores on this data set, in words."""
    doubts: list[str] = []
    if report["shared_matches"]:
        doubts.append(
            f"{len(report['shared_matches'])} matches are both in train and held out: scores "
            "will be too high (the match split keeps them apart)"
        )
    duplicates = report["possible_duplicates"]
    if duplicates["held out"]:
        doubts.append(
            f"{duplicates['held out']} pairs of identities held out may be one person in two clips "
            "of a match: a hit on the other name counts as a mistake"
        )
    if "query" not in report["splits"] and report["held_out"]:
        doubts.append("nobody held out is seen long enough for a query: there is no test")
    for doubt in doubts:
        logger.warning("%s", doubt)
    return doubts


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}; {_CURE}") from None


def _open_folder(out: Path, report: Mapping[str, Any]) -> None:
    """Begin in ``out``, or check that it holds crops of the same request."""
    file, cure = out / REPORT, _CURE
    try:
        if file.is_file():
            before = dict(json_values(file_text(file))["request"])
            difference = first_difference(before, report["request"])
            if difference is not None:
                name, old, new = difference
                raise UsageError(
                    f"{out} holds crops of another request ({name} was {old!r}, now {new!r}): "
                    + cure
                )
        elif {name.name for name in out.iterdir()} - {f".{REPORT}.part"}:
            raise UsageError(f"{out} holds files that prepare did not write: {cure}")
    except (KeyError, TypeError, ValueError):
        raise StoreError(f"{file} cannot be read: {cure}, or delete this one") from None
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}; {cure}") from None
    _write_report(report, out)


def _sync_crops(plan: CropPlan, out: Path) -> None:
    """Make the names of the crops durable, before lists say that they are there."""
    try:
        for folder in sorted({(out / name).parent for name in plan.manifest.paths.tolist()}):
            sync_folder(folder)
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}") from None


def _write_tables(plan: CropPlan, out: Path) -> None:
    for name, split in LISTS.items():
        with atomic_text(out / name) as text:
            text.write(list_text(plan.manifest, split))
    with atomic_text(out / "gid2info.json") as text:
        text.write(gid2info_text(plan.manifest))
    write_manifest(replace(plan.manifest, root=out), out / "manifest.csv")


def _write_report(report: Mapping[str, Any], out: Path) -> None:
    with atomic_text(out / REPORT) as text:
        text.write(json.dumps(report, indent=2) + "\n")
