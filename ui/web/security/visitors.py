"""Who sends a request: a user who is logged in, a browser that was here before, or a program.

A cookie names the browser, and one the login; neither is readable by scripts or sent by other sites. What Gradio calls a
session hash is drawn by the browser with ``Math.random``, and opens all that its page holds. So each belongs to whoever
used it first, and to nobody else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SESSIONS = 50_000
"""Sessions that are remembered; the one that was used longest ago goes first."""

LOGINS = 10_000
DAY = 24 * 60 * 60

_BROWSER = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request: the user's name, empty without a login, and the browser's, empty for most programs."""

    user: str = ""
    browser: str = ""


class Browsers:
    """Names for browsers, signed, so that nobody can make one up.

    Args:
        secret: signs them.
    """

    def __init__(self, secret: bytes):
        self._secret = secret
        # Cookies do not tell ports apart: two servers on one machine must not take each other's.
        self._suffix = self._sign("cookies")[:8]

    @property
    def browser_cookie(self) -> str:
        """The name of the cookie that names the browser."""
        return f"footnote-browser-{self._suffix}"

    @property
    def login_cookie(self) -> str:
        """The name of the cookie that names the login."""
        return f"footnote-login-{self._suffix}"

    def issue(self) -> str:
        """The value of a cookie for a new browser."""
        name = secrets.token_hex(16)
        return f"{name}.{self._sign(name)}"

    def read(self, cookie: str) -> str:
        """The browser's name; empty where the cookie was not made here."""
        found = _BROWSER.fullmatch(cookie)
        return found[1] if found and hmac.compare_digest(found[2], self._sign(found[1])) else ""

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, f"browser {name}".encode(), hashlib.sha256).hexdigest()[:32]


class Logins:
    """Who is logged in. Nothing is kept on disk: a restart ends all logins.

    Args:
        hours: after how many hours without a request a login ends.
        most_hours: after how many it ends in any case.
        clock: seconds since the epoch.
    """

    def __init__(self, hours: float, most_hours: float = 7 * 24, clock: Callable[[], float] = time.time):
        self._idle = hours * 60 * 60
        self._most = max(most_hours * 60 * 60, self._idle)
        self._clock = clock
        self._users: OrderedDict[str, tuple[str, float, float]] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, user: str, browser: str) -> str:
        """Log a user in; the value of the cookie."""
        token, now = secrets.token_urlsafe(32), self._clock()
        self._users[_digest(token)] = (user, now, now)
        if len(self._users) > LOGINS:
            self._users.popitem(last=False)
        if browser:
            self._seen[user, browser] = None
            if len(self._seen) > LOGINS:
                self._seen.popitem(last=False)
        return token

    def find(self, token: str) -> str:
        """The user of a login; empty where there is none, or where it has ended."""
        name = _digest(token)
        user, begun, used = self._users.get(name, ("", 0.0, 0.0))
        now = self._clock()
        if not user:
            return ""
        if now - used > self._idle or now - begun > self._most:
            del self._users[name]
            return ""
        self._users[name] = (user, begun, now)
        return user

    def end(self, token: str) -> None:
        """Log out."""
        self._users.pop(_digest(token), None)

    def has_seen(self, user: str, browser: str) -> bool:
        """Whether a user has logged in from a browser before."""
        return bool(browser) and (user, browser) in self._seen


class Sessions:
    """Whose session is whose."""

    def __init__(self, most: int = SESSIONS):
        self._most = most
        self._owners: OrderedDict[str, Visitor] = OrderedDict()

    def belongs(self, session: str, visitor: Visitor) -> bool:
        """Whether a session is the visitor's; one that nobody has used yet becomes theirs."""
        owner = self._owners.setdefault(session, visitor)
        self._owners.move_to_end(session)
        if len(self._owners) > self._most:
            self._owners.popitem(last=False)
        return owner == visitor

    def is_known(self, session: str) -> bool:
        """Whether somebody uses a session."""
        return session in self._owners


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
