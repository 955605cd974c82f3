"""Reads re-identification data from disk as a manifest: our own, lists, Market-1501."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, json_values
from touchline.reid.lists import LISTS
from touchline.reid.manifest import DISTRACTOR, Manifest, read_manifest

_MARKET_FOLDERS = {
    "bounding_box_train": "train",
    "bounding_box_test": "gallery",
    "query": "query",
}
_MARKET_NAME = re.compile(r"(-1|\d+)_c(\d+)s\d+_.*", re.ASCII)
_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_INFO = "gid2info.json"


def read_reid_data(path: str | Path) -> Manifest:
    """The crops in a manifest file, or in a folder of one of three kinds.

    A folder holds ``manifest.csv`` (then nothing else counts), or lists as CLIP-ReID reads them
    (``list_train.txt``, ...), or images named as in Market-1501. Raises UsageError for anything
    else, and as the reader of the kind.
    """
    path = Path(path)
    if os.path.isfile(path):
        return read_manifest(path)
    if not os.path.isdir(path):
        raise UsageError(f"{path} does not exist; give a manifest.csv or a folder of crops")
    if (path / "manifest.csv").is_file():
        return read_manifest(path / "manifest.csv")
    if any((path / name).is_file() for name in LISTS):
        return read_lists(path)
    if _market_files(path):
        return read_market1501(path)
    raise UsageError(
        f"{path} holds no crops in a known layout: a manifest.csv, lists ({', '.join(LISTS)}), "
        "or images named as in Market-1501 (0002_c1s1_000451_03.jpg) are needed"
    )


def read_market1501(folder: str | Path) -> Manifest:
    """The crops of Market-1501: ``bounding_box_train``, ``bounding_box_test`` and ``query``, or
    one flat folder, whose crops are in no split.

    Identity 0000, people never queried, becomes a distractor; crops of identity -1 are junk,
    which the protocol counts neither way, and are left out. Raises UsageError where there is no
    such image, FormatError for an image with another name.
    """
    folder = Path(folder)
    paths: list[str] = []
    identities: list[int] = []
    cameras: list[int] = []
    splits: list[str] = []
    for name, split in _market_files(folder):
        found = _MARKET_NAME.fullmatch(Path(name).stem)
        if found is None:
            raise FormatError(
                f"{folder / name}: the name is not as in Market-1501 (0002_c1s1_000451_03.jpg)"
            )
        identity = int(found[1])
        if identity < 0:
            continue
        paths.append(name)
        identities.append(identity or DISTRACTOR)
        cameras.append(int(found[2]))
        splits.append(split)
    if not paths:
        raise UsageError(f"{folder} holds no crops of Market-1501")
    return Manifest(folder, paths, identities, cameras=cameras, splits=splits)


def read_lists(folder: str | Path) -> Manifest:
    """The crops in ``list_train.txt``, ``list_query_val.txt`` and ``list_gallery_val.txt``.

    Their lines are ``path identity camera``. Train and the other two number their people
    separately; here those of query and gallery follow after those of train. Match and clip come
    from ``gid2info.json`` where it is there, which is about train. Times are unknown.

    Raises UsageError where there is no list, FormatError naming file and line.
    """
    folder = Path(folder)
    info = _read_info(folder / _INFO)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("path", "identity", "camera", "split", "match", "clip")
    }
    files = {name: split for name, split in LISTS.items() if (folder / name).is_file()}
    if not files:
        raise UsageError(f"{folder} holds none of {', '.join(LISTS)}")
    held_out_from = 0
    for name, split in files.items():
        rows = _read_list(folder / name)
        first = 0 if split == "train" else held_out_from
        if split == "train":
            held_out_from = 1 + max((identity for _, identity, _ in rows), default=-1)
        for path, identity, camera in rows:
            about = info.get(str(identity), {}) if split == "train" else {}
            columns["path"].append(path)
            columns["identity"].append(identity + first if identity >= 0 else DISTRACTOR)
            columns["camera"].append(camera)
            columns["split"].append(split)
            columns["match"].append(about.get("match", ""))
            columns["clip"].append(about.get("clip", ""))
    return Manifest(
        folder,
        columns["path"],
        columns["identity"],
        cameras=columns["camera"],
        sequences=columns["clip"],
        matches=columns["match"],
        splits=columns["split"],
    )


def _market_files(folder: Path) -> list[tuple[str, str]]:
    """Name below ``folder`` and split of each image that is laid out as in Market-1501."""
    parts = {name: split for name, split in _MARKET_FOLDERS.items() if (folder / name).is_dir()}
    if parts:
        return [
            (f"{name}/{image}", split)
            for name, split in parts.items()
            for image in _images(folder / name)
        ]
    images = _images(folder)
    # Any folder of images is not Market-1501; one with some such names is, or means to be.
    if not any(_MARKET_NAME.fullmatch(Path(image).stem) for image in images):
        return []
    return [(image, "") for image in images]


def _images(folder: Path) -> list[str]:
    """Names of the images in a folder, sorted."""
    return sorted(
        file.name
        for file in folder.iterdir()
        if file.suffix.lower() in _IMAGES and not file.name.startswith(".")
    )


def _read_list(file: Path) -> list[tuple[str, int, int]]:
    rows: list[tuple[str, int, int]] = []
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if not line.strip():
            continue
        parts = line.rsplit(maxsplit=2)  # a path may hold blanks
        try:
            path, identity, camera = parts[0].strip(), int(parts[1]), int(parts[2])
        except (IndexError, ValueError):
            raise FormatError(
                f"{file}, line {number}: {line.strip()!r} is not 'path identity camera'"
            ) from None
        rows.append((path, identity, camera))
    return rows


def _read_info(file: Path) -> dict[str, dict[str, str]]:
    """Match and clip by identity in train; empty where there is no such file."""
    if not file.is_file():
        return {}
    try:
        info = json_values(_text(file))
        return {
            str(identity): {"match": str(about["match"]), "clip": str(about["clip"])}
            for identity, about in info.items()
        }
    except (ValueError, AttributeError, TypeError, KeyError):
        raise FormatError(
            f'{file} does not map identities to {{"match": ..., "clip": ...}}'
        ) from None


def _text(file: Path) -> str:
    refuse_pipe(file)
    try:
        return file_text(file)
    except ForeignTextError as error:
        raise FormatError(f"{file} is not a text file: {error}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
