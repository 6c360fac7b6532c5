"""Under which names this server answers: a foreign name that was made to point at it reads nothing here."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::", "")

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?", re.IGNORECASE)


class Hosts:
    """The host names that are served.

    Args:
        host: the address that the server listens on.
        trusted: further names, in small letters, such as those that a proxy asks for.
    """

    def __init__(self, host: str, trusted: Collection[str] = ()):
        self._host = host.strip("[]").lower()
        self.trusted = frozenset(trusted)

    def trusts(self, header: str) -> bool:
        """Whether a request's Host names this server.

        Where the page is served on every address, any bare address will do: only names can be made to point elsewhere.
        """
        name, _ = split_host(header)
        if name in LOOPBACK or name in self.trusted or name == self._host:
            return bool(name)
        return self._host in ANY_ADDRESS and (is_address(name) or name == socket.gethostname().lower())


def split_host(header: str) -> tuple[str, str]:
    """Name and port of a Host header, in small letters and without brackets; both empty where it is none."""
    found = _HOST.fullmatch(header)
    return (found[1].strip("[]").lower(), found[2] or "") if found else ("", "")


def is_address(name: str) -> bool:
    """Whether a name is a bare IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
