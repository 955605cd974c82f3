"""The review server put together: its addresses, the page, and errors in one line."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from starlette.exceptions import HTTPException

from touchline.errors import EditRefused, StoreError, TouchlineError, UsageError, one_line
from touchline.review.answers import refused_answer
from touchline.review.change_routes import edit_routes, job_routes
from touchline.review.jobs import Jobs
from touchline.review.page_files import add_page
from touchline.review.playing import ADDRESS, Playing
from touchline.review.requests import missing
from touchline.review.session import ReviewSession
from touchline.review.shown_routes import people_routes, run_routes


def review_app(session: ReviewSession, playing: Playing, jobs: Jobs) -> FastAPI:
    """The server of a session, without its guard."""
    app = FastAPI(
        title="touchline review",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        # Whatever the environment says, nothing leaves this machine.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    _say_errors(app, session)
    app.include_router(run_routes(session, playing), prefix="/api")
    app.include_router(people_routes(session), prefix="/api")
    app.include_router(edit_routes(session), prefix="/api")
    app.include_router(job_routes(session, jobs), prefix="/api")
    _add_video(app, playing)
    add_page(app)
    return app


def _add_video(app: FastAPI, playing: Playing) -> None:
    @app.head(ADDRESS, response_class=FileResponse, include_in_schema=False)
    @app.get(ADDRESS, response_class=FileResponse)
    def video() -> FileResponse:
        if playing.file is None:
            missing("there is no video to play yet")
        file, kind = playing.file
        return FileResponse(file, media_type=kind)


def _say_errors(app: FastAPI, session: ReviewSession) -> None:
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

    def refused(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, EditRefused)
        return JSONResponse(refused_answer(session.now, error), status_code=409)

    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(EditRefused, refused)
    app.add_exception_handler(TouchlineError, told(_status))
    app.add_exception_handler(
        HTTPException,
        told(lambda error: error.status_code if isinstance(error, HTTPException) else 400),
    )


def _status(error: Exception) -> int:
    if isinstance(error, StoreError):
        return 409  # as things are now
    return 400 if isinstance(error, UsageError) else 404
