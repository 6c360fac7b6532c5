"""Names and passwords: comparing them, and slowing down whoever guesses."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from ui.web.security.rates import RateLimit

FREE_TRIES = 5
"""Wrong passwords of one client before it has to wait: a second at first, then twice as long each time."""

LONGEST_WAIT = 15 * 60
FORGOTTEN_AFTER = 60 * 60
"""Seconds without a wrong password after which a client's count begins anew."""

USER_BURST, USER_PER_MINUTE = 30, 2
"""Wrong passwords for one user from anywhere: so many at once, and so many a minute after that."""

CLIENTS = 20_000


class Passwords:
    """Who may enter.

    Args:
        accounts: passwords by user.
        clock: seconds that only grow.
    """

    def __init__(self, accounts: Mapping[str, str], clock: Callable[[], float] = time.monotonic):
        self._known = {user: _digest(user, password) for user, password in accounts.items()}
        self._clock = clock
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._users = RateLimit(USER_PER_MINUTE, USER_BURST, clock)

    def is_user(self, name: str) -> bool:
        """Whether there is a user of that name."""
        return name in self._known

    def fits(self, user: str, password: str) -> bool:
        """Whether a password is the user's. It takes as long whoever is asked for, and however much of it is right."""
        given = _digest(user, password)
        return sum(hmac.compare_digest(given, known) for known in self._known.values()) > 0  # every one is compared

    def wait(self, client: str, user: str, *, is_known: bool) -> int:
        """Whole seconds that a client has to wait before it may try again; 0 where it may now.

        One client is slowed down by its own wrong passwords; many that guess together by those for the user.

        Args:
            client: who asks.
            user: whose password it tries.
            is_known: whether the user was in from this browser before; others' guesses do not lock it out.
        """
        count, last = self._tries.get(client, (0, 0.0))
        wait = 0
        if count >= FREE_TRIES:
            delay = min(LONGEST_WAIT, 2.0 ** min(count - FREE_TRIES, 20))
            wait = max(0, math.ceil(last + delay - self._clock()))
        return wait or (0 if is_known or user not in self._known else self._users.wait(user))

    def note_failure(self, client: str, user: str) -> int:
        """Count a wrong password of a client for a user; how many of the client's there were."""
        now = self._clock()
        count, last = self._tries.pop(client, (0, now))
        count = 1 if now - last > FORGOTTEN_AFTER else count + 1
        self._tries[client] = (count, now)
        if len(self._tries) > CLIENTS:
            self._tries.popitem(last=False)
        if user in self._known:
            self._users.take(user)
        return count

    def note_success(self, client: str) -> None:
        """Forget a client's wrong passwords."""
        self._tries.pop(client, None)


def _digest(user: str, password: str) -> bytes:
    # With the name's length, since both may hold any sign: "a" with "b:c" is not "a:b" with "c".
    return hashlib.sha256(f"{len(user)}:{user}{password}".encode("utf-8", "surrogatepass")).digest()
