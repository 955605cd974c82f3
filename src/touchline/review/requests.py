"""What may be asked of the server, and how its answers are wrapped."""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn
from urllib.parse import quote

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from touchline.edits.facts import EditKind
from touchline.review.session import ReviewSession

LARGEST = 2**31 - 1
"""The largest number of a frame, an identity or a place in a list that is understood."""

FrameNumber = Annotated[int, Query(ge=1, le=LARGEST)]
FramePlace = Annotated[int, Path(ge=1, le=LARGEST)]
IdentityPlace = Annotated[int, Path(ge=0, le=LARGEST)]
JobPlace = Annotated[int, Path(ge=0, le=LARGEST)]
_Whole = Annotated[int, Field(ge=0, le=LARGEST)]
_Box = Annotated[list[_Whole], Field(min_length=2, max_length=2)]


class EditAsked(BaseModel):
    """A fact to state. boxes: each a frame, from 1, and the identity that has it now."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: EditKind | Literal["swap"]
    boxes: Annotated[list[_Box], Field(max_length=2)]
    value: Annotated[str, Field(max_length=200)] | int | None = None


class AnswerAsked(BaseModel):
    """An answer to a question of the work list."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: Annotated[str, Field(max_length=100)]
    choice: _Whole | Literal["nobody", "unknown"]


class PitchAsked(BaseModel):
    """On which side of the pitch the camera stands: ``pitch.flip``."""

    model_config = ConfigDict(extra="forbid", strict=True)
    flip: bool


class ExportAsked(BaseModel):
    """An export in a format of ``touchline export``."""

    model_config = ConfigDict(extra="forbid", strict=True)
    format: Annotated[str, Field(max_length=50)]


class ClipAsked(BaseModel):
    """A clip of a person, as ``touchline clip`` makes it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    identity: _Whole
    zoom: bool = True
    only_when_seen: bool = False


def binary(content: bytes, session: ReviewSession) -> Response:
    """A window of a table."""
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"x-touchline-revision": str(session.now.revision)},
    )


def jpeg(content: bytes) -> Response:
    """A picture, which is kept for a while: whose crop it is changes with the run."""
    headers = {"cache-control": "private, max-age=60"}
    return Response(content, media_type="image/jpeg", headers=headers)


def attachment(name: str) -> str:
    """The header that lets a browser save a file under ``name``, in any script."""
    return f"attachment; filename*=utf-8''{quote(name)}"


def missing(why: str) -> NoReturn:
    """Answers that something is not there."""
    raise HTTPException(404, why)
