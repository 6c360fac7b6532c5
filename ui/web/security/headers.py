"""What every reply tells the browser: load nothing from elsewhere, keep nothing, guess nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html.parser import HTMLParser

from starlette.datastructures import MutableHeaders

YEAR = 365 * 24 * 60 * 60

CONTENT_POLICY = (
    ("default-src", "'self'"),
    ("script-src", "'self'"),
    # Svelte, which Gradio's page is made with, writes style attributes.
    ("style-src", "'self' 'unsafe-inline'"),
    ("img-src", "'self' data: blob:"),
    ("font-src", "'self' data:"),
    ("object-src", "'none'"),
    ("base-uri", "'self'"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'self'"),
)
"""Nothing is loaded from, or sent to, any other host, whatever a document or a model says."""

EVAL = "'unsafe-eval'"
"""Gradio makes functions of the script that an HTML component is given, and of an event's ``js``: the page needs it."""

PERMISSIONS = ", ".join(
    f"{name}=()" for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


def content_policy(scripts: Iterable[str] = (), *, evaluates: bool = False) -> str:
    """A Content-Security-Policy.

    Args:
        scripts: the texts of the inline scripts that a page holds; no other inline script runs.
        evaluates: whether its scripts make functions of text.
    """
    allowed = [*map(_hash_script, dict.fromkeys(scripts)), *([EVAL] if evaluates else [])]
    return "; ".join(
        " ".join((name, value, *allowed)) if name == "script-src" else f"{name} {value}"
        for name, value in CONTENT_POLICY
    )


def find_inline_scripts(page: str) -> list[str]:
    """The texts of a page's inline scripts, exactly as a browser hashes them."""
    finder = _ScriptFinder()
    finder.feed(page)
    finder.close()
    return finder.scripts


def put_headers(headers: MutableHeaders, *, policy: str, is_secure: bool, is_fixed: bool) -> None:
    """Put the headers of protection on a reply.

    Args:
        headers: of the reply.
        policy: its Content-Security-Policy.
        is_secure: whether it goes out over HTTPS.
        is_fixed: whether it may be kept: it is the same for everybody, and holds nothing of anybody's.
    """
    headers["Content-Security-Policy"] = policy
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # with none at all, browsers send a form of ours with "Origin: null"
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not is_fixed:
        headers["Cache-Control"] = "no-store"
    if is_secure:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"


def _hash_script(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _ScriptFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._parts: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self._parts = []

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self.scripts.append("".join(self._parts).replace("\r\n", "\n"))
            self._parts = None
