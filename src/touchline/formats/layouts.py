"""Find the ground truth and result files of sequences in the usual folder layouts."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from touchline.errors import UsageError

logger = logging.getLogger(__name__)

NAME = "{name}"
"""Stands for the name of the sequence in a path of results."""

TRACK_FILES = ("tracks.csv", "tracks.txt")
"""The tracks of a run folder; the table first: it knows roles."""

_RESULTS = (
    f"{NAME}.csv",
    f"{NAME}.txt",
    f"data/{NAME}.csv",
    f"data/{NAME}.txt",
    f"{NAME}/{TRACK_FILES[0]}",
    f"{NAME}/{TRACK_FILES[1]}",
    f"{NAME}/{NAME}.txt",
)
_NAMED_AT_MOST = 5  # sequences in one message


def truth_files(path: Path) -> dict[str, Path]:
    """The ground truth file of each sequence in ``path``, by name, in order of the names.

    ``path`` is a file; a sequence folder (``gt/gt.txt``); a folder that holds such up to three
    levels below (MOTChallenge, SoccerNet, SportsMOT with ``dataset/SPLIT/NAME``); or a folder of
    ``NAME.gt.txt`` or ``NAME.txt``. Raises UsageError where there is none, or a name twice.
    """
    if os.path.isfile(path):
        return {truth_name(path): path}
    if not os.path.isdir(path):
        raise UsageError(f"truth {path} does not exist")
    own = path / "gt" / "gt.txt"
    if own.is_file():
        return {truth_name(own): own}
    patterns = ["*/gt/gt.txt", "*/*/gt/gt.txt", "*/*/*/gt/gt.txt", "*.gt.txt", "*.txt"]
    for pattern in patterns:
        files = _visible(path, pattern)
        if files:
            return _by_name(files)
    raise UsageError(
        f"{path} holds no truth: looked for gt/gt.txt, NAME/gt/gt.txt, SPLIT/NAME/gt/gt.txt, "
        "dataset/SPLIT/NAME/gt/gt.txt, NAME.gt.txt, NAME.txt"
    )


def result_files(path: Path, names: Sequence[str]) -> dict[str, Path]:
    """The result file of each of the sequences ``names`` that has one in ``path``.

    ``path`` is a file (``tracks.txt``, ``tracks.csv``, any MOTChallenge text); a run folder; a
    folder of ``NAME.txt``, ``data/NAME.txt``, ``NAME/tracks.txt`` or ``NAME/NAME.txt`` (or
    ``.csv``); or a path of files or run folders with ``{name}`` in it. A single sequence takes a
    single file or run whatever its name. Warns of results that belong to no sequence. Raises
    UsageError where ``path`` is missing, or is one file for several sequences and named after
    none of them.
    """
    if NAME in str(path):
        places = {name: Path(str(path).replace(NAME, name)) for name in names}
        return {name: file for name, place in places.items() if (file := _file_or_run(place))}
    if os.path.isfile(path):
        return _single_file(path, names)
    if not os.path.isdir(path):
        raise UsageError(f"result {path} does not exist")
    found = {name: file for name in names if (file := _first(path, _RESULTS, name))}
    if found:
        _warn_of_strangers(path, names)
        return found
    own = _first(path, TRACK_FILES, "")
    if own is None and (path / "observations.sqlite").is_file():
        raise UsageError(f"{path} holds no tracks yet: touchline link {path} makes them")
    if own is not None:
        return _single_file(own, names)
    if len(names) == 1:
        files = [*_visible(path, "*.txt"), *_visible(path, "*.csv")]
        files = files or [*_visible(path, "data/*.txt"), *_visible(path, "data/*.csv")]
        if len(files) == 1:
            return {names[0]: files[0]}
    return {}


def missing_message(path: Path, missing: Sequence[str], count: int) -> str:
    """The message if ``missing`` of ``count`` sequences have no result in ``path``."""
    looked_for = ", ".join(_RESULTS).replace(NAME, "NAME")
    if NAME in str(path):
        looked_for = f"that file, or {' or '.join(TRACK_FILES)} in that folder"
    return (
        f"{path} has no result for {len(missing)} of {count} sequences ({listed(missing)}): "
        f"looked for {looked_for}; --allow-missing counts them as empty"
    )


def listed(names: Iterable[str]) -> str:
    """The names with commas, only the first few if there are many."""
    names = list(names)
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def truth_name(file: Path) -> str:
    if file.name == "gt.txt" and file.resolve().parent.name == "gt":
        return file.resolve().parent.parent.name
    return file.stem.removesuffix(".gt")


def _by_name(files: Sequence[Path]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for file in files:
        name = truth_name(file)
        if name in named:
            raise UsageError(
                f"two sequences are called {name}: {named[name]} and {file}; "
                "give one of the folders"
            )
        named[name] = file
    return dict(sorted(named.items()))


def _single_file(file: Path, names: Sequence[str]) -> dict[str, Path]:
    if len(names) == 1:
        return {names[0]: file}
    name = file.resolve().parent.name if file.name in TRACK_FILES else file.stem
    if name not in names:
        raise UsageError(
            f"{file} is one result, the truth has {len(names)} sequences ({listed(names)}): "
            "give a folder of results, or the truth of one sequence"
        )
    return {name: file}


def _first(folder: Path, candidates: Sequence[str], name: str) -> Path | None:
    files = (folder / candidate.replace(NAME, name) for candidate in candidates)
    return next((file for file in files if os.path.isfile(file)), None)


def _file_or_run(path: Path) -> Path | None:
    return path if os.path.isfile(path) else _first(path, TRACK_FILES, "")


def _visible(folder: Path, pattern: str) -> list[Path]:
    """Files that match, without the hidden ones that some systems leave beside each file."""
    return sorted(
        file
        for file in folder.glob(pattern)
        if os.path.isfile(file)
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def _warn_of_strangers(path: Path, names: Sequence[str]) -> None:
    flat = [file for ending in ("txt", "csv") for file in _visible(path, f"*.{ending}")]
    flat = flat or [
        file for ending in ("txt", "csv") for file in _visible(path, f"data/*.{ending}")
    ]
    there = {file.stem for file in flat}
    there |= {file.parent.name for file in _visible(path, "*/tracks.*")}
    strangers = sorted(there - set(names))
    if strangers:
        logger.warning(
            "%s: results without a truth are left out (%d): %s",
            path,
            len(strangers),
            listed(strangers),
        )
