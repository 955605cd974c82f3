"""Formats that are a folder of files."""

from __future__ import annotations

from pathlib import Path

from touchline.errors import StoreError


def made_folder(folder: Path) -> Path:
    """The folder, made where it is missing. Raises StoreError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror}; choose another folder"
        ) from None
    return folder
