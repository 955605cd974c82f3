"""The files of the page, as they lie beside this module: a fixed list, whatever is asked for."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

FOLDER = Path(__file__).parent / "page"

_KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}


def add_page(app: FastAPI) -> None:
    """Serve the page at ``/``, its files below ``/page/``."""
    files = {file.name: file for file in FOLDER.iterdir() if file.suffix in _KINDS}

    def served(name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise HTTPException(404, "the page has no such file")
        headers = {"cache-control": "no-cache"}
        return FileResponse(file, media_type=_KINDS[file.suffix], headers=headers)

    @app.get("/", include_in_schema=False, response_class=Response)
    def index() -> Response:
        return served("index.html")

    @app.get("/page/{name}", include_in_schema=False, response_class=Response)
    def part(name: str) -> Response:
        return served(name)
