"""How often a client may ask: a bucket of requests that fills again as time goes by."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

CLIENTS = 20_000
"""How many clients are remembered; the one that was seen longest ago goes first."""


class RateLimit:
    """A token bucket for each client.

    Args:
        per_minute: how many requests a client may make in a minute, over time.
        burst: how many at once, after a pause.
        clock: seconds that only grow.
    """

    def __init__(self, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic):
        self._rate = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> int:
        """Whole seconds until a client may make a request; 0 where it may now."""
        left = self._count(client, self._clock())
        return 0 if left >= 1 else math.ceil((1 - left) / self._rate)

    def take(self, client: str) -> int:
        """Count a request of a client, where it may make it now; see ``wait``."""
        if seconds := self.wait(client):
            return seconds
        now = self._clock()
        left = self._count(client, now) - 1
        self._left.pop(client, None)
        self._left[client] = (left, now)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0

    def _count(self, client: str, now: float) -> float:
        left, then = self._left.get(client, (self._burst, now))
        return min(self._burst, left + (now - then) * self._rate)


def find_client(request: Any) -> str:
    """What stands for the client of a request, empty where it is not known; see ``client_key``."""
    client = getattr(request, "client", None)
    return client_key(client.host) if client else ""


def client_key(address: str) -> str:
    """What stands for a client: its address, or the network of an IPv6 address, of which anybody has as many as they like."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)
