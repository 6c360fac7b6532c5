"""How replies leave: with the headers of protection, and not to somebody who never takes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from ui.web.security.headers import content_policy, put_headers
from ui.web.security.origins import Origins

SEND_SECONDS = 120.0
"""For how long a client may not take what it is sent."""


class Reply:
    """An ASGI ``send`` that puts the headers of protection on, and gives up on a client that takes nothing.

    Args:
        send: sends it on.
        is_secure: whether it goes out over HTTPS.
        origins: which sites may read it.
        origin: the site that asks, if one does.
        scripts: the texts of the only inline scripts that may run.

    Attributes:
        is_fixed: whether browsers may keep it.
        policy: its Content-Security-Policy.
        has_begun: whether its head has been sent.
        is_given_up: whether the client did not take it.
    """

    def __init__(self, send: Send, is_secure: bool, origins: Origins, origin: str | None, scripts: Iterable[str] = ()):
        self._send = send
        self._is_secure = is_secure
        self._origins = origins
        self._origin = origin
        self.is_fixed = False
        self.policy = content_policy(scripts)
        self.has_begun = False
        self.is_given_up = False

    async def __call__(self, message: Message) -> None:
        """Send one message. Raises ConnectionError where the client does not take it."""
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            is_fixed = self.is_fixed and message["status"] < 400
            put_headers(headers, policy=self.policy, is_secure=self._is_secure, is_fixed=is_fixed)
            self._origins.put_on(headers, self._origin)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
        except TimeoutError:
            self.is_given_up = True
            logging.getLogger(__name__).info("a client takes nothing of what it is sent; its connection is closed")
            raise ConnectionError("the client takes nothing") from None
