"""The review server's addresses: what is asked for and what is answered, without what decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NoReturn

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from touchline.edits.facts import EditKind
from touchline.errors import EditRefused, StoreError, TouchlineError, UsageError, one_line
from touchline.review.answers import (
    edited_answer,
    question_id,
    questions_answer,
    run_answer,
)
from touchline.review.binary import boxes_between, spans_between
from touchline.review.page_files import add_page
from touchline.review.session import ReviewSession
from touchline.run.editing import Value

_LARGEST = 2**31 - 1
FrameNumber = Annotated[int, Query(ge=1, le=_LARGEST)]
FramePlace = Annotated[int, Path(ge=1, le=_LARGEST)]
IdentityPlace = Annotated[int, Path(ge=0, le=_LARGEST)]
_Whole = Annotated[int, Field(ge=0, le=_LARGEST)]

_QUESTION_SECONDS = 20.0


class EditAsked(BaseModel):
    """A fact to state. boxes: each a frame, from 1, and the identity that has it now."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: EditKind | Literal["swap"]
    boxes: Annotated[
        list[Annotated[list[_Whole], Field(min_length=2, max_length=2)]], Field(max_length=2)
    ]
    value: Annotated[str, Field(max_length=200)] | int | None = None


class AnswerAsked(BaseModel):
    """An answer to a question of the work list."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: Annotated[str, Field(max_length=100)]
    choice: _Whole | Literal["nobody", "unknown"]


def review_app(session: ReviewSession) -> FastAPI:
    """The server of a session, without its guard."""
    app = FastAPI(
        title="touchline review", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    _say_errors(app)
    app.include_router(_shown(session), prefix="/api")
    app.include_router(_stated(session), prefix="/api")
    add_page(app)
    return app


def _shown(session: ReviewSession) -> APIRouter:
    """Addresses that change nothing."""
    routes = APIRouter()

    @routes.get("/run")
    def run() -> dict[str, Any]:
        return run_answer(session, None)

    @routes.get("/times", response_class=Response)
    def times(first: FrameNumber = 1, last: FrameNumber = _LARGEST) -> Response:
        return _binary(session.times.window(first, last).astype("<f8").tobytes(), session)

    @routes.get("/boxes", response_class=Response)
    def boxes(first: FrameNumber = 1, last: FrameNumber = _LARGEST) -> Response:
        return _binary(boxes_between(session.now.boxes, first, last), session)

    @routes.get("/spans", response_class=Response)
    def spans(first: FrameNumber = 1, last: FrameNumber = _LARGEST) -> Response:
        return _binary(spans_between(session.now.spans, first, last), session)

    @routes.get("/frames/{frame}.jpg", response_class=Response)
    def frame(
        frame: FramePlace, width: Annotated[int | None, Query(ge=16, le=8192)] = None
    ) -> Response:
        return _image(session.pictures.picture(frame - 1, width))

    @routes.get("/crops/{frame}/{identity}.jpg", response_class=Response)
    def crop(frame: FramePlace, identity: IdentityPlace) -> Response:
        now = session.now
        row = now.row_at(frame - 1, identity)
        if row is None:
            _missing(f"identity {identity} has no box in frame {frame}")
        return _image(session.pictures.crop(frame - 1, now.table.boxes[row]))

    @routes.get("/questions")
    def questions(
        offset: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        min_gain: Annotated[float, Query(ge=0, le=1e9)] = 0.0,
    ) -> dict[str, Any]:
        found = session.questions(0.0)
        return questions_answer(*found, offset, limit, min_gain)

    return routes


def _stated(session: ReviewSession) -> APIRouter:
    """Addresses that change the run."""
    routes = APIRouter()

    @routes.post("/edits")
    def edit(asked: EditAsked) -> dict[str, Any]:
        boxes = [(frame, identity) for frame, identity in asked.boxes]
        value: Value = asked.value
        return edited_answer(session, session.state(asked.kind, boxes, value), "stated")

    @routes.post("/answers")
    def answer(asked: AnswerAsked) -> dict[str, Any]:
        _, found, _ = session.questions(_QUESTION_SECONDS)
        for question in found or ():
            if question_id(question) == asked.question:
                return edited_answer(session, session.answer(question, asked.choice), "stated")
        _missing(f"there is no question {asked.question} any more: the list is another one now")

    @routes.post("/undo")
    def undo() -> dict[str, Any]:
        return edited_answer(session, session.undo(), "undone")

    @routes.post("/redo")
    def redo() -> dict[str, Any]:
        return edited_answer(session, session.redo(), "redone")

    return routes


def _say_errors(app: FastAPI) -> None:
    """Every error is one line of JSON."""

    def told(status: Callable[[Exception], int]) -> Callable[[Request, Exception], JSONResponse]:
        def answer(_request: Request, error: Exception) -> JSONResponse:
            said = error.detail if isinstance(error, HTTPException) else error
            headers = getattr(error, "headers", None)
            return JSONResponse(
                {"error": one_line(str(said))}, status_code=status(error), headers=headers
            )

        return answer

    def unreadable(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        place = ".".join(str(one) for one in first["loc"][1:])
        return JSONResponse({"error": one_line(f"{place}: {first['msg']}")}, status_code=422)

    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(TouchlineError, told(_status))
    app.add_exception_handler(
        HTTPException,
        told(lambda error: error.status_code if isinstance(error, HTTPException) else 400),
    )


def _status(error: Exception) -> int:
    if isinstance(error, (EditRefused, StoreError)):
        return 409  # as things are now
    return 400 if isinstance(error, UsageError) else 404


def _binary(content: bytes, session: ReviewSession) -> Response:
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"x-touchline-revision": str(session.now.revision)},
    )


def _image(content: bytes) -> Response:
    # A frame never changes; a crop's address says whose it is, which does.
    return Response(
        content, media_type="image/jpeg", headers={"cache-control": "private, max-age=60"}
    )


def _missing(why: str) -> NoReturn:
    raise HTTPException(404, why)
