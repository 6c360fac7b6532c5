"""Which other sites may speak to the page through a person's browser: none, unless the operator names them.

A browser says where a request comes from (Fetch standard, "Origin"; Fetch Metadata, "Sec-Fetch-Site"). Programs say
nothing, and need no such care: they act for nobody but themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from ui.web.security.hosts import Hosts, split_host

DEFAULT_PORTS = {"http": "80", "https": "443"}
SAFE_METHODS = ("GET", "HEAD")

Place = tuple[str, str]
"""Host name and port."""


class Origins:
    """Tells own requests from those of foreign sites.

    Args:
        hosts: the names that are served.
        allowed: foreign origins that may read and ask, each as a browser writes it: ``https://host:port``.
    """

    def __init__(self, hosts: Hosts, allowed: Collection[str] = ()):
        self._hosts = hosts
        self._allowed = frozenset(allowed)

    def is_allowed(self, origin: str) -> bool:
        """Whether an origin is one of those that the operator named."""
        return origin in self._allowed

    def may_pass(self, method: str, headers: Headers) -> bool:
        """Whether a request may go on: it is no foreign site's that nobody allowed."""
        origin = headers.get("origin")
        if origin is not None:
            return self.is_allowed(origin) or self._is_own(origin, headers)
        # A link from another site may open the page; nothing of another site may change anything.
        return method in SAFE_METHODS or headers.get("sec-fetch-site", "none") in ("same-origin", "none")

    def put_on(self, headers: MutableHeaders, origin: str | None) -> None:
        """Let an allowed origin read the reply, and no other, whatever the page said of it."""
        for name in (
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Credentials",
            "Access-Control-Expose-Headers",
        ):
            del headers[name]
        headers.add_vary_header("Origin")
        if origin is not None and self.is_allowed(origin):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"

    def _is_own(self, origin: str, headers: Headers) -> bool:
        try:
            parts = urlsplit(origin)
            place = (parts.hostname or "", str(parts.port or DEFAULT_PORTS.get(parts.scheme, "")))
        except ValueError:
            return False
        if parts.scheme not in DEFAULT_PORTS or parts.path or parts.query or not place[0]:
            return False
        asked = [name for name in ("host", "x-forwarded-host") if self._hosts.trusts(headers.get(name, ""))]
        if any(place in _places(headers[name]) for name in asked):
            return True
        # A proxy that asks for another name than people do; the operator has told us theirs.
        return place[0] in self._hosts.trusted and place[1] == DEFAULT_PORTS[parts.scheme]


def _places(host: str) -> tuple[Place, ...]:
    name, port = split_host(host)
    return ((name, port),) if port else tuple((name, default) for default in DEFAULT_PORTS.values())
