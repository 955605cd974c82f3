"""Addresses that do something: corrections, undo and redo; exports and clips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from touchline.review.answers import edited_answer, flipped_answer, question_id
from touchline.review.jobs import Job, Jobs
from touchline.review.products import clip_work, export_work, packed
from touchline.review.requests import (
    AnswerAsked,
    ClipAsked,
    EditAsked,
    ExportAsked,
    JobPlace,
    PitchAsked,
    attachment,
    missing,
)
from touchline.review.session import ReviewSession

if TYPE_CHECKING:
    from touchline.run.editing import Value

_QUESTION_SECONDS = 20.0
"""How long an answer waits for the work list that it is about."""


def edit_routes(session: ReviewSession) -> APIRouter:
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
        question = next((one for one in found or () if question_id(one) == asked.question), None)
        if question is None:
            missing(f"there is no question {asked.question} any more: the list is another one now")
        return edited_answer(session, session.answer(question, asked.choice), "stated")

    @routes.post("/undo")
    def undo() -> dict[str, Any]:
        return edited_answer(session, session.undo(), "undone")

    @routes.post("/redo")
    def redo() -> dict[str, Any]:
        return edited_answer(session, session.redo(), "redone")

    @routes.post("/pitch")
    def pitch(asked: PitchAsked) -> dict[str, Any]:
        session.flip(asked.flip)
        return flipped_answer(session.now)

    return routes


def job_routes(session: ReviewSession, jobs: Jobs) -> APIRouter:
    """Addresses of exports and clips."""
    routes = APIRouter()

    @routes.post("/exports")
    def export(asked: ExportAsked) -> dict[str, Any]:
        return jobs.start(f"export {asked.format}", export_work(session, asked.format)).as_json()

    @routes.post("/clips")
    def clip(asked: ClipAsked) -> dict[str, Any]:
        work = clip_work(
            session, asked.identity, zoom=asked.zoom, only_when_seen=asked.only_when_seen
        )
        return jobs.start(f"clip of identity {asked.identity}", work).as_json()

    def known(number: int) -> Job:
        job = jobs.get(number)
        if job is None:
            missing(f"there is no job {number}")
        return job

    @routes.get("/jobs/{number}")
    def job(number: JobPlace) -> dict[str, Any]:
        return known(number).as_json()

    @routes.get("/jobs/{number}/file", response_class=FileResponse)
    def product(number: JobPlace) -> FileResponse:
        file = known(number).file
        if file is None or not file.exists():
            missing(f"job {number} has no file")
        file = packed(file)
        return FileResponse(file, headers={"content-disposition": attachment(file.name)})

    return routes
