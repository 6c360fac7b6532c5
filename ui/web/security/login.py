"""Logging in and out: a small page of our own, so that nothing of Gradio's is reached without a password."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ui.render.html import render_page
from ui.render.language import current_language, find_direction, gettext, mark
from ui.web.security.headers import find_inline_scripts
from ui.web.security.passwords import Passwords
from ui.web.security.visitors import Browsers, Logins

if TYPE_CHECKING:
    from starlette.datastructures import Headers

WRONG_SECONDS = 0.5
"""How long a wrong password takes to be told, whatever was wrong."""

WRONG = mark("That name and password do not fit.")


class LoginDesk:
    """Gives and takes back logins.

    Args:
        passwords: who may enter.
        logins: who is in.
        browsers: names the cookies.
        home: the path of the page, as browsers see it.

    Attributes:
        scripts: the texts of its page's inline scripts.
    """

    def __init__(self, passwords: Passwords, logins: Logins, browsers: Browsers, home: str):
        self._passwords = passwords
        self._logins = logins
        self._browsers = browsers
        self._home = home
        self.scripts = tuple(find_inline_scripts(self._render("", "")))

    def show(self, message: str = "", user: str = "", status: int = 401) -> Response:
        """The page that asks for name and password."""
        return HTMLResponse(self._render(message, user), status)

    def _render(self, message: str, user: str) -> str:
        spoken = {"language": current_language(), "direction": find_direction()}
        return render_page("login.html", message=message, user=user, action=f"{self._home}login", **spoken)

    async def log_in(self, body: bytes, headers: Headers, client: str, browser: str, *, is_secure: bool) -> Response:
        """Answer a form with a name and a password: browsers get a page, programs get JSON."""
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return JSONResponse({"detail": "That is no name and password."}, 400)
        user, password = fields.get("username", [""])[0].strip(), fields.get("password", [""])[0]
        wants_page = "text/html" in headers.get("accept", "")
        is_known = self._logins.has_seen(user, browser)
        # Behind a proxy that does not tell clients apart, a stranger's guesses shall not lock out who was in before.
        who = f"{client} {browser}" if is_known else client
        if wait := self._passwords.wait(who, user, is_known=is_known):
            return self._refuse(
                gettext("Too many wrong passwords; try again in %(seconds)s s.", seconds=wait), user, wants_page, wait
            )
        if not self._passwords.fits(user, password):
            count = self._passwords.note_failure(who, user)
            # What is no user's name may be a password that was typed into the wrong field.
            name = f"'{user}'" if self._passwords.is_user(user) else "an unknown user"
            logging.getLogger(__name__).warning("wrong password for %s from %s, number %d", name, client, count)
            await asyncio.sleep(WRONG_SECONDS)
            return self._refuse(gettext(WRONG), user, wants_page)
        self._passwords.note_success(who)
        response = RedirectResponse(self._home, 303) if wants_page else JSONResponse({"success": True})
        token = self._logins.begin(user, browser)
        put_cookie(response, self._browsers.login_cookie, token, self._home, is_secure=is_secure)
        return response

    def log_out(self, token: str, *, is_secure: bool) -> Response:
        """End a login, and have the browser forget what it kept of the page."""
        self._logins.end(token)
        response = RedirectResponse(self._home, 303, headers={"Clear-Site-Data": '"storage"'})
        path = cookie_path(self._home)
        response.delete_cookie(self._browsers.login_cookie, path, secure=is_secure, httponly=True, samesite="lax")
        return response

    def _refuse(self, message: str, user: str, wants_page: bool, wait: int = 0) -> Response:
        status = 429 if wait else 401
        response = self.show(message, user[:200], status) if wants_page else JSONResponse({"detail": message}, status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response


def put_cookie(response: Response, name: str, value: str, home: str, *, is_secure: bool) -> None:
    """Set a cookie that no script reads and no other site sends; it ends with the browser."""
    response.set_cookie(name, value, path=cookie_path(home), secure=is_secure, httponly=True, samesite="lax")


def cookie_path(home: str) -> str:
    """The path of cookies for a page: with or without a slash at its end, as people write it."""
    return home.rstrip("/") or "/"
