"""Addresses that change nothing: the run, its tables, pictures and people, its work list."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from touchline.formats.frame_numbers import frame_index, frame_number
from touchline.formats.table import csv_parts
from touchline.review.answers import joinable_answer, questions_answer, run_answer
from touchline.review.binary import boxes_between, spans_between
from touchline.review.playing import Playing
from touchline.review.requests import (
    LARGEST,
    FrameNumber,
    FramePlace,
    IdentityPlace,
    attachment,
    binary,
    jpeg,
    missing,
)
from touchline.review.session import ReviewSession
from touchline.run.crop_choice import spread_rows


def run_routes(session: ReviewSession, playing: Playing) -> APIRouter:
    """Addresses about the run as a whole."""
    routes = APIRouter()

    @routes.get("/run")
    def run() -> dict[str, Any]:
        return run_answer(session, playing)

    @routes.get("/times", response_class=Response)
    def times(first: FrameNumber = 1, last: FrameNumber = LARGEST) -> Response:
        return binary(session.times.window(first, last).astype("<f8").tobytes(), session)

    @routes.get("/boxes", response_class=Response)
    def boxes(first: FrameNumber = 1, last: FrameNumber = LARGEST) -> Response:
        return binary(boxes_between(session.now.boxes, first, last), session)

    @routes.get("/places", response_class=Response)
    def places(first: FrameNumber = 1, last: FrameNumber = LARGEST) -> Response:
        return binary(boxes_between(session.now.places, first, last), session)

    @routes.get("/spans", response_class=Response)
    def spans(first: FrameNumber = 1, last: FrameNumber = LARGEST) -> Response:
        return binary(spans_between(session.now.spans, first, last), session)

    @routes.get("/frames/{frame}.jpg", response_class=Response)
    def frame(
        frame: FramePlace, width: Annotated[int | None, Query(ge=16, le=8192)] = None
    ) -> Response:
        return jpeg(session.pictures.picture(frame_index(frame), width))

    @routes.get("/motions", response_class=Response)
    def motions(first: FrameNumber = 1, last: FrameNumber = LARGEST) -> Response:
        return binary(
            session.motions(frame_index(first), frame_index(last)).astype("<f4").tobytes(), session
        )

    @routes.get("/events", response_class=StreamingResponse, include_in_schema=False)
    def events() -> StreamingResponse:
        return StreamingResponse(session.events.stream(), media_type="text/event-stream")

    @routes.get("/questions")
    def questions(
        offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        min_gain: Annotated[float, Query(ge=0, le=1e9)] = 0.0,
    ) -> dict[str, Any]:
        found = session.questions(0.0)
        return questions_answer(*found, offset, limit, min_gain)

    return routes


def people_routes(session: ReviewSession) -> APIRouter:
    """Addresses about single people."""
    routes = APIRouter()

    @routes.get("/crops/{frame}/{identity}.jpg", response_class=Response)
    def crop(frame: FramePlace, identity: IdentityPlace) -> Response:
        now = session.now
        row = now.row_at(frame_index(frame), identity)
        if row is None:
            missing(f"identity {identity} has no box in frame {frame}")
        return jpeg(session.pictures.crop(frame_index(frame), now.table.boxes[row]))

    @routes.get("/people/{identity}/crops")
    def moments(
        identity: IdentityPlace, count: Annotated[int, Query(ge=1, le=200)] = 12
    ) -> dict[str, Any]:
        now = session.now
        rows = now.rows_of.get(identity)
        if rows is None:
            missing(f"there is no identity {identity}")
        best = spread_rows(now.table, rows, now.crop_values, count)
        return {
            "revision": now.revision,
            "frames": [frame_number(frame) for frame in now.table.frames[best].tolist()],
        }

    @routes.get("/people/{identity}.csv", response_class=StreamingResponse)
    def table(identity: IdentityPlace) -> StreamingResponse:
        now = session.now
        rows = now.rows_of.get(identity)
        if rows is None:
            missing(f"there is no identity {identity}")
        name = f"{session.folder.path.resolve().name}-{identity}.csv"
        return StreamingResponse(
            csv_parts(now.table[rows], now.people),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": attachment(name)},
        )

    @routes.get("/joinable")
    def joinable(
        frame: FrameNumber, identity: Annotated[int, Query(ge=0, le=LARGEST)]
    ) -> dict[str, Any]:
        return joinable_answer(session.now, frame, identity)

    return routes
