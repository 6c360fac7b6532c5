"""What stands before the page: who may speak to it, which of Gradio's doors stay shut, and what a browser may load."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHUT = (
    "/gradio_api/file",  # reads any cached file whose path one knows, and fetches foreign addresses
    "/gradio_api/proxy",
    "/gradio_api/stream",
    "/gradio_api/deep_link",
    "/gradio_api/runs",
    "/gradio_api/run-history",
    "/gradio_api/process_recording",
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
    "/gradio_api/dev",
    "/monitoring",
)
"""Routes of Gradio that the page does not need."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio's own page needs both
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""Nothing is loaded from, or sent to, any other host, whatever a document or a model says."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::", "")


class Gate:
    """Lets requests for a trusted host through to the page, and puts its content policy on every reply."""

    def __init__(self, app: ASGIApp, host: str, trusted: Collection[str] = ()):
        self._app = app
        self._trusted = trusted
        self._host = host.strip("[]").lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self.trusts(Headers(scope=scope).get("host", "")):
            await PlainTextResponse("This host name is not served here.", 400)(scope, receive, send)
            return
        if _normal(scope["path"]).startswith(SHUT):
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = CONTENT_POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self._app(scope, receive, send_with_policy)

    def trusts(self, header: str) -> bool:
        """Whether a request's Host names this server, and not a foreign name that was made to point at it.

        Where the page is served on every address, any bare address will do: only names can be made to point elsewhere.
        """
        name = header.rsplit(":", 1)[0] if header.rpartition(":")[2].isdigit() else header
        name = name.strip("[]").lower()
        if name in LOOPBACK or name in self._trusted or name == self._host:
            return bool(name)
        return self._host in ANY_ADDRESS and (_is_address(name) or name == socket.gethostname().lower())


def build_login(accounts: Mapping[str, str]) -> Callable[[str, str], bool]:
    """A test of a user's name and password that takes as long whoever is asked for, and however much of them is right."""

    def digest(user: str, password: str) -> bytes:
        return hashlib.sha256(f"{user}:{password}".encode("utf-8", "surrogatepass")).digest()

    known = [digest(user, password) for user, password in accounts.items()]

    def may_enter(user: str, password: str) -> bool:
        given = digest(user, password)
        return sum(hmac.compare_digest(given, account) for account in known) > 0  # every one is compared

    return may_enter


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _normal(path: str) -> str:
    """A path as a router may come to see it: decoded once more, and without doubled slashes."""
    return "/" + "/".join(part for part in unquote(path).split("/") if part)
