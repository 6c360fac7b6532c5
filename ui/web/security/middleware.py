"""The security middleware before the page: what is asked is looked at from the outside in, and the first thing wrong ends it.

host -> route -> rate -> origin -> login -> size -> session -> files -> the page -> headers on the reply
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.render.language import use_language
from ui.web.security.bodies import (
    BodyRefused,
    Budget,
    bound_stream,
    check_length,
    is_session,
    parse_body,
    read_body,
    replay,
    screen_files,
)
from ui.web.security.headers import content_policy, find_inline_scripts
from ui.web.security.languages import find_language
from ui.web.security.login import LoginDesk, put_cookie
from ui.web.security.rates import RateLimit, client_key
from ui.web.security.reply import Reply
from ui.web.security.request import Request, Rules, inner_scope, set_header
from ui.web.security.routes import find_route, strip_prefix
from ui.web.security.senders import Senders
from ui.web.security.visitors import Browsers, Logins, Sessions, Visitor

ALL_FACTOR = 5
"""Requests of any kind that a client may make for one that makes work: opening the page takes some seventy."""


class SecurityMiddleware:
    """An ASGI middleware that lets through what the page needs.

    Args:
        app: the page.
        rules: what to go by.
        browsers: names browsers.
        logins: who is logged in.
        desk: logs in and out; None where anybody may use the page.
    """

    def __init__(self, app: ASGIApp, rules: Rules, browsers: Browsers, logins: Logins, desk: LoginDesk | None):
        self._app = app
        self._rules = rules
        self._browsers = browsers
        self._logins = logins
        self._desk = desk
        self._sessions = Sessions()
        self._senders = Senders(rules.received)
        self._budget = Budget()
        self._uploads = Budget(sys.maxsize)
        per_minute = rules.per_minute
        self._work = RateLimit(per_minute, per_minute / 2) if per_minute else None
        self._all = RateLimit(per_minute * ALL_FACTOR, per_minute * ALL_FACTOR / 2) if per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":  # the page has none
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_secure = self._rules.is_secure or scope.get("scheme") == "https"
        scripts = self._desk.scripts if self._desk else ()
        reply = Reply(send, is_secure, self._rules.origins, Headers(scope=scope).get("origin"), scripts)
        with use_language(find_language(Headers(scope=scope))):
            await self._answer(scope, receive, reply, is_secure)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply, is_secure: bool) -> None:
        try:
            looked_at = self._look_at(scope, is_secure)
            if isinstance(looked_at, Response):
                await looked_at(scope, receive, reply)
            else:
                reply.is_fixed = looked_at.route.is_fixed
                await self._serve(looked_at, receive, reply)
        except BodyRefused as refused:
            if not reply.has_begun:
                await JSONResponse({"detail": refused.line}, refused.status)(scope, receive, reply)
        except Exception:
            if not reply.is_given_up:
                raise

    # ---- before the body ----

    def _look_at(self, scope: Scope, is_secure: bool) -> Request | Response:
        headers = Headers(scope=scope)
        forwarded = [name.strip() for name in ",".join(headers.getlist("x-forwarded-host")).split(",") if name.strip()]
        for name in (*(headers.getlist("host") or [""]), *forwarded):
            if not self._rules.hosts.trusts(name):
                return PlainTextResponse("This host name is not served here.", 400)
        path = strip_prefix(scope["path"], self._rules.prefix)
        route, named = find_route(scope["method"], path) if path is not None else (None, None)
        client = client_key((scope.get("client") or ("",))[0])
        if wait := self._count(scope["method"], client):
            line = f"Too many requests; try again in {wait} s."
            return PlainTextResponse(line, 429, {"Retry-After": str(wait)})
        if scope["method"] == "OPTIONS":
            return self._answer_preflight(headers)
        if path is None or route is None:
            return PlainTextResponse("Not found.", 404)
        if named is None:
            return PlainTextResponse("Method not allowed.", 405, {"Allow": ", ".join(route.methods)})
        if not self._rules.origins.may_pass(scope["method"], headers):
            return PlainTextResponse("Another site may not ask here.", 403)
        cookies = cookie_parser(headers.get("cookie", ""))
        token = cookies.get(self._browsers.login_cookie, "")
        user = self._logins.find(token) if self._desk else ""
        visitor = Visitor(user, self._browsers.read(cookies.get(self._browsers.browser_cookie, "")))
        request = Request(scope, headers, path, route, client, visitor, token, is_secure, named.groupdict())
        if self._desk and not user and not route.is_open:
            return self._ask_for_login(request, self._desk)
        return request

    def _count(self, method: str, client: str) -> int:
        if self._work is None or self._all is None:
            return 0
        return self._all.take(client) or (self._work.take(client) if method not in ("GET", "HEAD") else 0)

    def _answer_preflight(self, headers: Headers) -> Response:
        if not self._rules.origins.is_allowed(headers.get("origin", "")):
            return PlainTextResponse("Another site may not ask here.", 403)
        allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type"}
        return Response(status_code=204, headers=allowed)

    def _ask_for_login(self, request: Request, desk: LoginDesk) -> Response:
        if request.is_page and request.scope["method"] in ("GET", "HEAD"):
            response = desk.show()
            self._name_browser(request, response.headers)
            return response
        return JSONResponse({"detail": "Not authenticated; log in first."}, 401)

    # ---- the body, and the page ----

    async def _serve(self, request: Request, receive: Receive, reply: Reply) -> None:
        route, scope = request.route, request.scope
        if request.path in ("/login", "/logout"):
            await (await self._log_in_or_out(request, receive))(scope, receive, reply)
            return
        with ExitStack() as held:
            if route.body == "files":
                receive = await self._receive_files(request, receive, held)
            elif route.body == "json":
                receive = await self._receive_json(request, receive, held)
            self._check_session(request)
            if request.is_page:
                await self._serve_page(request, receive, reply)
            elif route.body == "files":
                await self._serve_upload(request, receive, reply)
            else:
                await self._app(inner_scope(request), receive, reply)

    async def _log_in_or_out(self, request: Request, receive: Receive) -> Response:
        check_length(request.headers.get("content-length"), request.route.limit)
        body = await read_body(receive, request.route.limit)
        if self._desk is None:
            return PlainTextResponse("Not found.", 404)
        if request.path == "/logout":
            return self._desk.log_out(request.token, is_secure=request.is_secure)
        return await self._desk.log_in(
            body, request.headers, request.client, request.visitor.browser, is_secure=request.is_secure
        )

    async def _receive_files(self, request: Request, receive: Receive, held: ExitStack) -> Receive:
        room = await asyncio.to_thread(self._rules.measure_room) - self._uploads.held
        if room <= 0:
            raise BodyRefused(507, "there is no room for uploads at the moment; try again in some minutes")
        limit = check_length(request.headers.get("content-length"), room)
        held.enter_context(self._uploads.hold(limit))
        return bound_stream(receive, limit)

    async def _receive_json(self, request: Request, receive: Receive, held: ExitStack) -> Receive:
        limit = request.route.limit
        held.enter_context(self._budget.hold(check_length(request.headers.get("content-length"), limit)))
        values = parse_body(await read_body(receive, limit))
        screen_files(
            values,
            self._rules.find_upload_inputs(),
            self._rules.received,
            lambda path: self._senders.sent(path, request.visitor),
        )
        if not self._sessions_fit(values.get("session_hash"), request.visitor):
            raise BodyRefused(403, "that session belongs to somebody else")
        body = json.dumps(values).encode()
        set_header(request.scope, b"transfer-encoding", None)
        set_header(request.scope, b"content-length", str(len(body)).encode())
        return replay(body, receive)

    def _check_session(self, request: Request) -> None:
        """Refuse a session that is somebody else's, wherever the request names it."""
        match request.route.session:
            case "path":
                session: str | None = request.named.get("session")
            case "query":
                given = parse_qs(request.scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])
                session = given[0] if len(given) == 1 else None
                if session is None or not is_session(session):
                    raise BodyRefused(400, "the request names no session")
            case _:
                session = None
        if not self._sessions_fit(session, request.visitor):
            raise BodyRefused(403, "that session belongs to somebody else")
        # Where Gradio knows no such event, it takes the event's name for a session's.
        if (event := request.named.get("event")) and self._sessions.is_known(event):
            raise BodyRefused(403, "that session belongs to somebody else")

    def _sessions_fit(self, session: Any, visitor: Visitor) -> bool:
        return session is None or self._sessions.belongs(str(session), visitor)

    async def _serve_page(self, request: Request, receive: Receive, reply: Reply) -> None:
        """The page, with a policy that lets run the scripts which it came with, and no others."""
        start, body = await self._gather(request, receive)
        page = self._rules.dress_page(body.decode("utf-8", "replace"))
        body = page.encode()
        reply.policy = content_policy(find_inline_scripts(page), evaluates=True)
        if "content-length" in MutableHeaders(scope=start):
            MutableHeaders(scope=start)["content-length"] = str(len(body))
        self._name_browser(request, MutableHeaders(scope=start))
        await reply(start)
        await reply({"type": "http.response.body", "body": body})

    async def _serve_upload(self, request: Request, receive: Receive, reply: Reply) -> None:
        """Receive files; they are their sender's, and nobody else may add them."""
        start, body = await self._gather(request, receive)
        if start["status"] == 200:
            body = json.dumps(self._senders.take(json.loads(body), request.visitor)).encode()
            MutableHeaders(scope=start)["content-length"] = str(len(body))
        await reply(start)
        await reply({"type": "http.response.body", "body": body})

    async def _gather(self, request: Request, receive: Receive) -> tuple[Message, bytes]:
        """The whole reply of the page: its head, and its body, not packed."""
        start: Message = {}
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            else:
                pieces.append(message.get("body", b""))

        await self._app(inner_scope(request), receive, gather)
        return start, b"".join(pieces)

    def _name_browser(self, request: Request, headers: MutableHeaders) -> None:
        if not request.visitor.browser:
            holder, home = Response(), f"{self._rules.prefix}/"
            put_cookie(holder, self._browsers.browser_cookie, self._browsers.issue(), home, is_secure=request.is_secure)
            headers.append("set-cookie", holder.headers["set-cookie"])
