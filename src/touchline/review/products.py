"""What a page can order of a run: exports and clips, each a file or a folder in the run."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from touchline.errors import InputError, StoreError, UsageError
from touchline.formats.writers import EXPORT_FORMATS
from touchline.person_choice import PersonChoice
from touchline.progress import OnProgress, ShouldStop
from touchline.review.jobs import Work
from touchline.review.session import ReviewSession

_CLIP_FILES = ("observations.sqlite", "tracks.csv", "players.csv", "ball.csv")
"""What a clip is made from."""


def export_work(session: ReviewSession, name: str) -> Work:
    """Writes a run in a format of ``touchline export``. Raises InputError for another name."""
    if name not in EXPORT_FORMATS:
        raise InputError(f"there is no format {name!r}; formats are {', '.join(EXPORT_FORMATS)}")

    def work(_on_progress: OnProgress, _should_stop: ShouldStop) -> Path:
        from touchline.run.export import export_run

        with session.lock:
            return export_run(session.folder.path, name)

    return work


def clip_work(session: ReviewSession, identity: int, *, zoom: bool, only_when_seen: bool) -> Work:
    """Makes what ``touchline clip`` does of one person.

    Of a copy of the run as it is when its turn comes: somebody may go on correcting meanwhile.
    """
    session.now.people.one(identity)
    why = session.why_no_images
    if why is not None:
        raise UsageError(why)

    def work(on_progress: OnProgress, should_stop: ShouldStop) -> Path:
        from touchline.run.clip_step import ClipRequest, clip_run

        run = session.folder.path
        words = ["clip", str(identity), *(["seen"] if only_when_seen else [])]
        out = run / f"{'-'.join([*words, *(['zoom'] if zoom else [])])}.mp4"
        try:
            with tempfile.TemporaryDirectory(prefix=".review-", dir=run) as folder:
                with session.lock:
                    for name in _CLIP_FILES:
                        if (run / name).is_file():
                            shutil.copyfile(run / name, Path(folder) / name)
                    settings = session.now.facts.settings
                request = ClipRequest(
                    PersonChoice((identity,)), out, only_when_seen=only_when_seen, zoom=zoom
                )
                source = session.source
                return clip_run(
                    Path(folder), request, settings, on_progress, should_stop, source
                ).file
        except OSError as error:
            raise StoreError(
                f"{out} cannot be made: {error.strerror}; free space or choose another folder"
            ) from None

    return work


def packed(product: Path) -> Path:
    """The file to hand over: a folder as an archive beside it. Raises StoreError."""
    if not product.is_dir():
        return product
    archive = product.with_name(f"{product.name}.zip")
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            for file in sorted(product.rglob("*")):
                if file.is_file():
                    out.write(file, Path(product.name) / file.relative_to(product))
    except OSError as error:
        raise StoreError(f"{archive} cannot be written: {error.strerror}; free space") from None
    return archive
