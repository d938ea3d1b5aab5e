"""The outermost wall: security headers on every answer, foreign writes and large bodies refused."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.access import ForeignOrigin
from web.api.errors import answer, refused
from web.origin import is_ours
from web.settings import WebSettings

CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""No inline script anywhere; Element Plus sets styles on elements."""

HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware; opened with the application."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._seal(scope["path"], MutableHeaders(scope=message))
            await send(message)

        if self._is_foreign(scope["method"], headers):
            refusal = refused(ForeignOrigin(headers.get("origin")))
            await refusal(scope, receive, sealed)
        elif int(headers.get("content-length") or 0) > self._settings.max_body_bytes:
            await answer(413, "too-large", "the body is too large")(scope, receive, sealed)
        else:
            await self._app(scope, self._bounded(receive), sealed)

    def _bounded(self, receive: Receive) -> Receive:
        """A body that comes in pieces is counted as it comes."""
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._settings.max_body_bytes:
                raise HTTPException(413, "the body is too large")
            return message

        return bounded

    def _is_foreign(self, method: str, headers: Headers) -> bool:
        if method in SAFE or "authorization" in headers:
            return False
        return not is_ours(headers, self._settings.origins, silent=True)

    def _seal(self, path: str, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if path.startswith("/api"):
            headers["cache-control"] = "no-store"
        if self._settings.https:
            headers["strict-transport-security"] = "max-age=31536000"
