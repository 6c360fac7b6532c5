"""In which language whoever sends a request is answered: as they chose in the settings, or else as their browser says.

Both may say anything at all; what comes of it is always a language that there is.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import cookie_parser

from ui.render.language import choose_language

COOKIE = "footnote-language"
"""The cookie that the page's script keeps the choice in: the page itself comes in that language."""

LONGEST_COOKIES = 8_000
"""Characters; a browser that sends more is one that has lost its way."""


def find_language(headers: Any) -> str:
    """The code of the language, from the headers of a request, of Starlette's or Gradio's."""
    cookies = str(headers.get("cookie") or "")
    chosen = cookie_parser(cookies).get(COOKIE, "") if len(cookies) <= LONGEST_COOKIES else ""
    return choose_language(chosen, str(headers.get("accept-language") or ""))
