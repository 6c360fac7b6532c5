"""Connections: replies go out at once, and what is held open for nothing is closed; uvicorn itself waits for ever for a head."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""In which the head of a request has to arrive, counted from the connection's begin or from the last reply's end."""

HEAD_BYTES = 64_000
MOST_CONNECTIONS = 800
"""Open at once: many systems let a process have 1,024 files. A browser holds some six while it loads the page, then two."""

MOST_OF_ONE = 200
"""Open at once from one address that is not this machine: behind a proxy all come from the proxy's."""


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with an end to waiting for a request's head, and with a bound on connections."""

    _open: ClassVar[Counter[str]] = Counter()
    _waiting: asyncio.TimerHandle | None = None
    _peer = ""

    def connection_made(self, transport: Any) -> None:
        """A client connects."""
        super().connection_made(transport)
        # uvloop does so by itself, asyncio not always: the second half of each reply then waits for word of the first.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer = self.client[0] if self.client else ""
        self._open[self._peer] += 1
        is_here = self._peer in ("", "127.0.0.1", "::1")
        if len(self.connections) > MOST_CONNECTIONS or (not is_here and self._open[self._peer] > MOST_OF_ONE):
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection has ended."""
        self._stop_waiting()
        self._open[self._peer] -= 1
        if self._open[self._peer] <= 0:
            del self._open[self._peer]
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Something has arrived."""
        cycle = self.cycle
        super().handle_events()
        if self.cycle is not cycle:  # a whole head
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """A reply has been sent; the next request may follow on the same connection."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()
