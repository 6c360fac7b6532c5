"""The routes that are served, and what each may be sent; whatever is not listed here does not exist.

Gradio brings some eighty routes, and a new version may bring more. The page and its programs need these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Body = Literal["none", "form", "json", "files"]
"""What a request may carry: nothing, a form, JSON that is read and screened, or uploaded files."""

Session = Literal["none", "query", "path", "body"]
"""Where a request names the session that it belongs to."""

FORM_BYTES = 4_000
SMALL_JSON_BYTES = 4_000
CALL_BYTES = 300_000
"""A question with a conversation of thirty turns, each at its longest, and the names of the documents."""

EVENT_BYTES = 6_000_000
"""An event of the page: the conversation that the browser keeps (1 MB at most) and a pasted text (2 MB), as JSON."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route that is served.

    Attributes:
        methods: the HTTP methods that it takes.
        path: a pattern of the whole path, without the prefix that a proxy shows the page under.
        body: what it may carry, and ``limit`` how many bytes of it; uploads have a limit of their own.
        session: where it names a session; such a session must be the sender's own.
        is_open: whether it is served without a login.
        is_fixed: whether it never changes while the server runs, so that browsers may keep it.
    """

    methods: tuple[str, ...]
    path: re.Pattern[str]
    body: Body = "none"
    limit: int = 0
    session: Session = "none"
    is_open: bool = False
    is_fixed: bool = False


def _get(path: str, session: Session = "none", *, is_open: bool = False, is_fixed: bool = False) -> Route:
    return Route(("GET", "HEAD"), re.compile(path), session=session, is_open=is_open, is_fixed=is_fixed)


def _post(path: str, body: Body, limit: int, session: Session = "none", *, is_open: bool = False) -> Route:
    return Route(("POST",), re.compile(path), body, limit, session, is_open)


_FILE = r"[\w-][\w.-]*"  # no empty part, none that begins with a dot, no sign that a route of Gradio's begins with
_EVENT = r"(?P<event>[0-9a-f]{32})"
_API = "/gradio_api"

ROUTES = (
    _get("/"),
    _get("/health", is_open=True),
    _post("/login", "form", FORM_BYTES, is_open=True),
    _post("/logout", "form", FORM_BYTES),
    _get("/config"),
    _get(f"/(?:assets|static|svelte)(?:/{_FILE}){{1,4}}", is_fixed=True),
    _get(r"/favicon\.ico", is_open=True, is_fixed=True),  # which the page for logging in has, too
    _get(r"/(?:manifest\.json|theme\.css|gradio_api/theme\.css|pwa_icon(?:/\d{1,4})?)", is_fixed=True),
    _get(f"{_API}/(?:info|openapi\\.json|app_id|startup-events)/?"),
    _get(f"{_API}/heartbeat/(?P<session>[\\w-]{{1,64}})", "path"),
    _get(f"{_API}/queue/data", "query"),
    _get(f"{_API}/upload_progress"),
    _get(f"{_API}/call/(?:ask|documents)/{_EVENT}"),
    _post(f"{_API}/queue/join", "json", EVENT_BYTES, "body"),
    _post(f"{_API}/run/predict/?", "json", EVENT_BYTES, "body"),
    _post(f"{_API}/(?:call|run)/(?:ask|documents)/?", "json", CALL_BYTES, "body"),
    _post(f"{_API}/(?:cancel|reset)/?", "json", SMALL_JSON_BYTES, "body"),
    _post(f"{_API}/upload", "files", 0),
)


def find_route(method: str, path: str) -> tuple[Route | None, re.Match[str] | None]:
    """The route of a path with what its pattern found; a route without a match where only the method is wrong."""
    wrong = None
    for route in ROUTES:
        if found := route.path.fullmatch(path):
            if method in route.methods:
                return route, found
            wrong = route
    return wrong, None


def strip_prefix(path: str, prefix: str) -> str | None:
    """A path without the prefix that a proxy shows the page under; None for one that can be read in two ways.

    Proxies may strip the prefix or leave it. What is left must not begin with it again: a router further inside would
    strip it a second time and serve another path than the one that was judged here.
    """
    if not path.startswith("/") or "//" in path or "\\" in path or "%" in path or not path.isprintable():
        return None
    if any(part in (".", "..") for part in path.split("/")):
        return None
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        path = path.removeprefix(prefix) or "/"
        if path == prefix or path.startswith(f"{prefix}/"):
            return None
    return path
