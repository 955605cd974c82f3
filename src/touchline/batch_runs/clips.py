"""Which clips a batch consists of, and the name of the run folder of each."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from touchline.batch_runs.manifest import read_manifest
from touchline.batch_runs.places import files_in, is_object_store
from touchline.errors import UsageError, VideoError
from touchline.image_files import is_image
from touchline.video.source import VIDEO_SUFFIXES, find_source, local_path, redacted

_MANIFEST_SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class BatchClip:
    """One clip of a batch.

    name: of its run folder. source: a file, a folder of images or an address. start, end: seconds;
    None: all of it. detections, tracks: files of its boxes, instead of a detector.
    """

    name: str
    source: str
    start: float | None = None
    end: float | None = None
    detections: Path | None = None
    tracks: Path | None = None


def find_clips(given: Sequence[str], besides: Path | str | None = None) -> list[BatchClip]:
    """The clips that are meant, each once, in an order that every machine finds.

    given: folders, which are searched with all their folders for videos and folders of images;
    patterns; manifests (.csv, .tsv, .txt); single videos; folders, patterns and videos of object
    stores. besides: the folder of results, which holds no clips, as run folders do not.

    Raises UsageError for what is not there, for a live source, and where nothing is found.
    """
    clips = [clip for one in given for clip in _meant(one, besides)]
    unique = list({_identity(clip): clip for clip in clips}.values())
    if not unique:
        raise UsageError("no clip is given: name a folder, a pattern or a manifest of clips")
    return _named(unique)


def part_of(clips: Sequence[BatchClip], shard: tuple[int, int] | None) -> list[BatchClip]:
    """The clips of one of n shards, (number from 1, n); all for None."""
    return list(clips) if shard is None else list(clips[shard[0] - 1 :: shard[1]])


def _meant(text: str, besides: Path | str | None) -> Iterator[BatchClip]:
    path = Path(os.path.expanduser(local_path(text)))
    if is_object_store(text):
        yield from _in_object_store(text, besides)
    elif "://" in text:
        if find_source(text).always_live:
            raise UsageError(
                f"{redacted(text)} is a live source, no clip: touchline track takes it"
            )
        yield BatchClip("", text)
    elif os.path.isdir(path):
        found = list(_in_folder(path, besides))
        if not found:
            raise UsageError(
                f"{path} holds no clips: neither videos ({', '.join(VIDEO_SUFFIXES)}) nor folders "
                "of images"
            )
        yield from found
    elif os.path.exists(path) and path.suffix.lower() in _MANIFEST_SUFFIXES:
        for row in read_manifest(path):
            yield BatchClip(row.name, row.video, row.start, row.end, row.detections, row.tracks)
    elif os.path.exists(path):
        yield BatchClip("", str(path))
    elif glob.has_magic(str(path)):
        files = sorted(glob.glob(str(path), recursive=True))
        if not files:
            raise UsageError(f"no file is called as {text}: check the pattern")
        for file in files:
            yield from _meant(file, besides)
    else:
        raise UsageError(f"{path} does not exist: give a folder, a pattern or a manifest of clips")


def _in_object_store(address: str, besides: Path | str | None) -> Iterator[BatchClip]:
    """The clips at an address, those below a folder, or that a pattern fits."""
    suffix = PurePosixPath(address).suffix.lower()
    if suffix in _MANIFEST_SUFFIXES:
        raise UsageError(f"{address} cannot be read there: copy the manifest to this machine")
    files = files_in(address)
    runs = {file.rpartition("/")[0] for file in files if file.endswith("/observations.sqlite")}
    found = [
        file
        for file in files
        if PurePosixPath(file).suffix.lower() in VIDEO_SUFFIXES
        and file.rpartition("/")[0] not in runs
        and not (besides is not None and file.startswith(f"{str(besides).rstrip('/')}/"))
    ]
    if not found:
        raise UsageError(f"{address} holds no videos ({', '.join(VIDEO_SUFFIXES)}); is it right?")
    yield from (BatchClip("", file) for file in found)


def _in_folder(folder: Path, besides: Path | str | None) -> Iterator[BatchClip]:
    """The clips in a folder and those below it, sorted; none in a run folder or ``besides``."""
    if _same(folder, besides) or (folder / "observations.sqlite").exists():
        return
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    if any(is_image(entry) for entry in entries):
        yield BatchClip("", str(folder))
        return
    for entry in entries:
        if entry.is_dir():
            yield from _in_folder(entry, besides)
        elif entry.suffix.lower() in VIDEO_SUFFIXES:
            yield BatchClip("", str(entry))


def _same(folder: Path, other: Path | str | None) -> bool:
    return other is not None and os.path.realpath(folder) == os.path.realpath(other)


def _identity(clip: BatchClip) -> tuple[str, float | None, float | None, str]:
    place = clip.source if "://" in clip.source else os.path.realpath(clip.source)
    return place, clip.start, clip.end, clip.name


def _named(clips: Sequence[BatchClip]) -> list[BatchClip]:
    """The clips with names that differ, in any case of letters.

    That is a clip's stem; where several share it, its folder's name before it, then its suffix
    behind it, then a number. Raises UsageError where a manifest gives one name twice.
    """
    stated = [clip.name for clip in clips if clip.name]
    for name, count in Counter(name.casefold() for name in stated).items():
        if count > 1:
            raise UsageError(
                f"several clips of the manifest are called {name!r}: names must differ"
            )
    taken, names = {name.casefold() for name in stated}, dict[int, str]()
    unnamed = [row for row, clip in enumerate(clips) if not clip.name]
    for rule in (_stem, _with_folder, _with_suffix):
        wished = {row: rule(clips[row].source) for row in unnamed if row not in names}
        counts = Counter(name.casefold() for name in wished.values())
        for row, name in wished.items():
            if counts[name.casefold()] == 1 and name.casefold() not in taken:
                names[row] = name
        taken |= {name.casefold() for name in names.values()}
    for row in unnamed:
        if row not in names:
            names[row] = _numbered(_with_suffix(clips[row].source), taken)
            taken.add(names[row].casefold())
    return [replace(clip, name=names.get(row, clip.name)) for row, clip in enumerate(clips)]


def _numbered(name: str, taken: Iterable[str]) -> str:
    number = 2
    while f"{name}_{number}".casefold() in taken:
        number += 1
    return f"{name}_{number}"


def _path(source: str) -> Path:
    path = Path(urlsplit(source).path if "://" in source else os.path.abspath(source))
    # A sequence is SNMOT-060/img1: the name of the image folder is the same for all.
    return path.parent if path.name == "img1" else path


def _stem(source: str) -> str:
    return _path(source).stem or "clip"


def _with_folder(source: str) -> str:
    return "_".join(part for part in (_path(source).parent.name, _stem(source)) if part)


def _with_suffix(source: str) -> str:
    return f"{_with_folder(source)}_{_path(source).suffix.lstrip('.').lower() or 'clip'}"


def missing(clip: BatchClip) -> str | None:
    """Why the clip cannot be read at all; None where it is there."""
    try:
        find_source(clip.source)
    except (UsageError, VideoError) as error:
        return str(error)
    return None
