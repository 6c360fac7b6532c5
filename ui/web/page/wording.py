"""The page in a language of its visitor's: its parts are made once, in English, and what they say is exchanged on its way out.

Gradio sends all of them as one piece of JSON in the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ui.render.language import ENGLISH, current_language

Wording = Callable[[], dict[str, Any]]
"""Makes those properties of a part that are words, in the language that is spoken."""

Wordings = dict[int, Wording]
"""The wording of each part, by its number."""

_CONFIG = "window.gradio_config = "
"""What stands before that JSON."""


def make_worded(wordings: Wordings, kind: Callable[..., Any], wording: Wording, **rest: Any) -> Any:
    """Make a part of the page in English, and note how it is worded.

    Args:
        wordings: where it is noted.
        kind: makes the part.
        wording: its words.
        rest: its other properties.
    """
    part = kind(**wording(), **rest)
    wordings[part._id] = wording
    return part


def reword_page(page: str, wordings: Wordings) -> str:
    """A page of Gradio's with its parts in the language that is spoken."""
    before, begins, rest = page.partition(_CONFIG)
    if current_language() == ENGLISH or not begins:
        return page
    config, end = json.JSONDecoder().raw_decode(rest)
    for part in config["components"]:
        if wording := wordings.get(part["id"]):
            part["props"] |= wording()
    return f"{before}{begins}{embed_json(config)}{rest[end:]}"


def embed_json(value: Any) -> str:
    """JSON to stand in a script of the page: nothing in it ends the script."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&'\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written
