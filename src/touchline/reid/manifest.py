"""Manifest of crops and whom they show, in memory and as ``manifest.csv``."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.disk_files import refuse_pipe, whole_file
from touchline.errors import FormatError, InputError, StoreError, UsageError
from touchline.foreign_text import shown
from touchline.text_tables import decimal, table_rows

DISTRACTOR = -1
"""Identity of distractors: nobody's true match, they may only be mistaken for somebody."""

_LARGEST = 2**63  # numbers of people and cameras are int64

HEADER = (
    "path",
    "identity",
    "camera",
    "sequence",
    "match",
    "team",
    "time",
    "height",
    "split",
)
"""Columns of the file, one for each column of ``Manifest``."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Crops and whom they show, as parallel columns. Index with a mask to select.

    root: the folder that ``paths`` are relative to. paths: (N,) names of image files, with /.
    identities: (N,) int64 from 0, one number a person over all of the data, or ``DISTRACTOR``.
    cameras: (N,) int64; a query is not compared with its own person's crops of its own camera.
    sequences, matches, teams: (N,) names, "" where unknown; two teams with one name are one team
    only within a match. times: (N,) seconds from the start of the sequence, NaN where unknown.
    heights: (N,) pixels of the crop, NaN where unknown. splits: (N,) what a crop is for:
    "train", "query", "gallery", or "" for nothing in particular.

    Columns left out are 0 (cameras) or unknown. Raises InputError for wrong lengths, an empty
    path, identities below -1, infinite times, and heights that are not positive.
    """

    root: Path
    paths: NDArray[np.str_]
    identities: NDArray[np.int64]
    cameras: NDArray[np.int64]
    sequences: NDArray[np.str_]
    matches: NDArray[np.str_]
    teams: NDArray[np.str_]
    times: NDArray[np.float64]
    heights: NDArray[np.float64]
    splits: NDArray[np.str_]

    def __init__(
        self,
        root: str | Path,
        paths: Sequence[str] | NDArray[np.str_],
        identities: ArrayLike,
        *,
        cameras: ArrayLike | None = None,
        sequences: ArrayLike | None = None,
        matches: ArrayLike | None = None,
        teams: ArrayLike | None = None,
        times: ArrayLike | None = None,
        heights: ArrayLike | None = None,
        splits: ArrayLike | None = None,
    ) -> None:
        names = np.asarray(paths, np.str_)
        count = names.size
        columns: dict[str, NDArray[Any]] = {
            "paths": _column("paths", names, count, np.str_, ""),
            "identities": _column("identities", identities, count, np.int64, None),
            "cameras": _column("cameras", cameras, count, np.int64, 0),
            "sequences": _column("sequences", sequences, count, np.str_, ""),
            "matches": _column("matches", matches, count, np.str_, ""),
            "teams": _column("teams", teams, count, np.str_, ""),
            "times": _column("times", times, count, np.float64, math.nan),
            "heights": _column("heights", heights, count, np.float64, math.nan),
            "splits": _column("splits", splits, count, np.str_, ""),
        }
        checks = {
            "paths": ("empty: give the name of an image", columns["paths"] == ""),
            "identities": ("below -1 (a distractor)", columns["identities"] < DISTRACTOR),
            "times": ("not finite: NaN stands for unknown", np.isinf(columns["times"])),
            "heights": (
                "not a number of pixels above 0: NaN stands for unknown",
                np.isinf(columns["heights"]) | (columns["heights"] <= 0),
            ),
        }
        for name, (reason, bad) in checks.items():
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise InputError(f"{name}, row {row}: {columns[name][row]!s} is {reason}")
        object.__setattr__(self, "root", Path(root))
        for name, column in columns.items():
            object.__setattr__(self, name, column)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: Any) -> Manifest:
        """The rows picked by a boolean mask, an index array or a slice."""
        picked = {field.name: getattr(self, field.name)[rows] for field in fields(self)[1:]}
        return Manifest(self.root, picked.pop("paths"), picked.pop("identities"), **picked)

    def in_split(self, *names: str) -> Manifest:
        """The rows of these splits, in order."""
        return self[np.isin(self.splits, names)]

    def file(self, row: int) -> Path:
        """Where the crop of a row lies."""
        return self.root / str(self.paths[row])


def write_manifest(manifest: Manifest, file: str | Path) -> None:
    """Writes ``manifest.csv``, under a temporary name until it is complete.

    Paths are written relative to the folder of ``file``, times at 1/1000 s, heights at 1/100
    pixel, unknown values as nothing. Raises StoreError where it cannot be written.
    """
    file = Path(file)
    paths: list[str] = manifest.paths.tolist()
    if file.parent.resolve() != manifest.root.resolve():
        folder = file.parent.resolve()
        paths = [
            Path(os.path.relpath(manifest.root.resolve() / path, folder)).as_posix()
            for path in paths
        ]
    columns = [
        paths,
        manifest.identities.tolist(),
        manifest.cameras.tolist(),
        manifest.sequences.tolist(),
        manifest.matches.tolist(),
        manifest.teams.tolist(),
        [_number(value, 3) for value in manifest.times.tolist()],
        [_number(value, 2) for value in manifest.heights.tolist()],
        manifest.splits.tolist(),
    ]
    try:
        with whole_file(file) as draft, draft.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(zip(*columns, strict=True))
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from None


def read_manifest(file: str | Path) -> Manifest:
    """The manifest in a file; its paths are relative to the folder of the file.

    ``path`` and ``identity`` must be there, the other columns may be missing, in any order.
    Raises UsageError for a missing file, FormatError naming the line for a header without these
    two, an unknown column, a wrong number of fields, or a value that is refused.
    """
    file = Path(file)
    refuse_pipe(file)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = table_rows(text)
            _, first = next(lines, (1, []))
            header = [name.strip() for name in first]
            _check_header(file, header)
            rows = [_parse(file, number, header, fields) for number, fields in lines]
    except FileNotFoundError:
        raise UsageError(f"{file} does not exist") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{file} is not a table in UTF-8: {error}") from None
    table = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    return Manifest(
        file.parent,
        table.get("path", ()),
        table.get("identity", ()),
        cameras=table.get("camera"),
        sequences=table.get("sequence"),
        matches=table.get("match"),
        teams=table.get("team"),
        times=table.get("time"),
        heights=table.get("height"),
        splits=table.get("split"),
    )


def _check_header(file: Path, header: list[str]) -> None:
    unknown = [name for name in header if name not in HEADER]
    if unknown or len(set(header)) < len(header) or not {"path", "identity"} <= set(header):
        found = ",".join(header)
        raise FormatError(
            f"{file}, line 1: the header is {found!r}; columns are {','.join(HEADER)}, of which "
            "path and identity are needed"
        )


def _parse(file: Path, line: int, header: list[str], texts: list[str]) -> tuple[Any, ...]:
    """The values of one line, in the order of ``header``."""
    if len(texts) != len(header):
        raise FormatError(f"{file}, line {line}: {len(texts)} columns; {len(header)} are needed")
    values: list[Any] = []
    for name, text in zip(header, texts, strict=True):
        value: str | int | float = text
        try:
            if name in ("identity", "camera"):
                value = int(text)
            elif name in ("time", "height"):
                value = float(decimal(text)) if text else math.nan
        except ValueError:
            raise FormatError(
                f"{file}, line {line}: {name} {shown(text)!r} is not a number"
            ) from None
        if (
            (name == "path" and not text)
            or (name == "identity" and not DISTRACTOR <= int(value) < _LARGEST)
            or (name == "camera" and abs(int(value)) >= _LARGEST)
            or (name in ("time", "height") and math.isinf(float(value)))
            or (name == "height" and float(value) <= 0)
        ):
            raise FormatError(f"{file}, line {line}: {name} {shown(text)!r} is refused")
        values.append(value)
    return tuple(values)


def _number(value: float, digits: int) -> str:
    """``value`` without needless zeros; nothing for NaN."""
    if math.isnan(value):
        return ""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def _column(
    name: str, values: ArrayLike | None, count: int, kind: type[Any], missing: Any
) -> NDArray[Any]:
    if values is None:
        return np.full(count, missing, kind)
    try:
        array: NDArray[Any] = np.asarray(values, kind)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} cannot be a column of {kind.__name__}: {error}") from None
    if array.shape != (count,) and not (array.size == 0 and count == 0):
        raise InputError(f"{name} have shape {array.shape}; ({count},) is needed, one per crop")
    return array.reshape(count)
