"""Bytes on a socket, for requests that no client library would send."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress


def connect(port: int, client: str = "127.0.0.1", seconds: float = 10) -> socket.socket:
    """A connection to a port of this machine, from an address of loopback."""
    return socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(client, 0))


def exchange(port: int, sent: bytes, client: str = "127.0.0.1", seconds: float = 10) -> bytes:
    """Send bytes, and give what comes back until the other side closes or the time is up."""
    received = b""
    end = time.monotonic() + seconds
    with suppress(OSError), connect(port, client, seconds) as connection:
        connection.sendall(sent)
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            part = connection.recv(65_536)
            if not part:
                break
            received += part
    return received


def still_open(connections: list[socket.socket]) -> int:
    """How many of the connections the other side has neither closed nor answered with an end."""
    count = 0
    for connection in connections:
        readable, _, _ = select.select([connection], [], [], 0)
        if not readable:
            count += 1
            continue
        with suppress(OSError):
            count += bool(connection.recv(65_536, socket.MSG_PEEK)) and _is_alive(connection)
    return count


def _is_alive(connection: socket.socket) -> bool:
    """Whether a connection on which an answer lies goes on after it."""
    with suppress(OSError):
        connection.setblocking(False)
        while connection.recv(65_536):
            pass
        return False
    with suppress(OSError):
        return not select.select([connection], [], [], 0)[0]
    return False
