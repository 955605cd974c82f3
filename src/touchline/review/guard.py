"""Who may ask the server: the page it opened itself, and nobody else on this machine or beyond.

A page of a stranger in the same browser could otherwise read a clip or change a run: by guessing
the port, or by a name of theirs that they let point to this machine (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-touchline-token"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may do: load from here, run no code that stands in HTML."""

_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Lets requests pass that carry the token and come from the page itself; answers the others.

    token: what the address of the page ends in. port: that is served. names: of hosts, beside
    addresses in numbers, by which the server may be called.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, names: frozenset[str]) -> None:
        self._app, self._token, self._names = app, token, names
        self._cookie, self._port = f"touchline-{port}", port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # a web socket: there is none
        headers = Headers(scope=scope)
        opening = scope["path"] == "/" and scope["method"] in ("GET", "HEAD")
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        shown = opening and self._is_token(asked)
        free = scope["path"].startswith("/page/")  # the program's own files
        refused = self._refused(headers, shown, free)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    out[name] = value
                out.setdefault("cache-control", "no-store")
                if shown and refused is None:
                    kept = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
                    out.append("set-cookie", kept)
            await send(message)

        if refused is None:
            await self._app(scope, receive, send_guarded)
            return
        body = json.dumps({"error": refused}).encode()
        length = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send_guarded({"type": "http.response.start", "status": 403, "headers": length})
        await send_guarded({"type": "http.response.body", "body": body})

    def _refused(self, headers: Headers, shown: bool, free: bool) -> str | None:
        """Why a request is not answered; None: it is."""
        host = headers.get("host", "")
        if not self._is_here(host):
            return "this server is not called by that name"
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return "another site asks: open the address that touchline review printed"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not shown:
            return "another site asks: open the address that touchline review printed"
        if (
            shown
            or free
            or self._is_token(headers.get(TOKEN_HEADER, ""))
            or self._has_cookie(headers)
        ):
            return None
        return "the token is missing: open the address that touchline review printed"

    def _is_here(self, host: str) -> bool:
        try:
            address = urlsplit(f"//{host}")
            name, port = address.hostname or "", address.port or 80
        except ValueError:
            return False
        if port != self._port or address.path or address.username is not None:
            return False
        return name in self._names or _is_address(name)

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(), self._token.encode())

    def _has_cookie(self, headers: Headers) -> bool:
        try:
            kept = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return kept is not None and self._is_token(kept.value)


def _is_address(name: str) -> bool:
    """Whether it is an address in numbers, which nobody can let point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
