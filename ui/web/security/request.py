"""A request as the security middleware looks at it, what it is looked at by, and what of it the page gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from ui.web.security.hosts import Hosts
from ui.web.security.origins import Origins
from ui.web.security.routes import Route
from ui.web.security.visitors import Visitor

USER = "footnote.user"
"""The key of the request's scope under which the page finds the user who is logged in."""

DROPPED = ("x-gradio-server", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix", "x-original-url")
"""Headers by which Gradio would let anybody say where the page lies; what is true of them is put back."""

QUERIED = ("/gradio_api/queue/data", "/gradio_api/upload", "/gradio_api/upload_progress")
"""The routes whose query is passed on."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the security middleware goes by.

    Attributes:
        hosts: the names that are served.
        origins: the sites that may ask.
        prefix: the path that a proxy shows the page under, without a slash at its end.
        is_secure: whether people reach the page over HTTPS even where a request does not say so.
        per_minute: requests that make work a client may send in a minute; 0 for no limit.
        received: the folder that uploads are received in, resolved.
        measure_room: how many bytes may still be received; may take a moment.
        dress_page: what becomes of the page before it goes out.
        find_upload_inputs: by the number of each function of the page, which of its inputs take uploads.
    """

    hosts: Hosts
    origins: Origins
    prefix: str
    is_secure: bool
    per_minute: float
    received: Path
    measure_room: Callable[[], int]
    dress_page: Callable[[str], str]
    find_upload_inputs: Callable[[], Mapping[int, Collection[int]]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: as it came, and what has been found out about it."""

    scope: Scope
    headers: Headers
    path: str
    route: Route
    client: str
    visitor: Visitor
    token: str
    is_secure: bool
    named: Mapping[str, str | None]

    @property
    def is_page(self) -> bool:
        """Whether the page itself is asked for."""
        return self.path == "/"


def inner_scope(request: Request) -> Scope:
    """The request as the page gets it: the path that was judged, and of forwarding what is true."""
    path = request.path
    judged = {"path": path, "raw_path": path.encode("ascii", "replace"), USER: request.visitor.user}
    scope: dict[str, Any] = dict(request.scope) | judged
    if path not in QUERIED:
        scope["query_string"] = b""  # with one, Gradio loads a state from a file, or lists what is private
    for name in DROPPED:
        set_header(scope, name.encode(), None)
    if forwarded := request.headers.get("x-forwarded-host"):
        set_header(scope, b"x-forwarded-host", forwarded.encode("latin-1"))
    if request.is_secure:
        set_header(scope, b"x-forwarded-proto", b"https")
    if request.is_page or request.route.body == "files":  # the reply is read here, before it is packed
        set_header(scope, b"accept-encoding", None)
    return scope


def set_header(scope: Scope, name: bytes, value: bytes | None) -> None:
    """Replace a header of a request; None takes it away."""
    kept = [(key, held) for key, held in scope["headers"] if key != name]
    scope["headers"] = kept if value is None else [*kept, (name, value)]
